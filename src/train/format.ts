/** A number with four significant digits: small losses are not all 0.00. */
export const formatNumber = (value: number): string => {
  const size = Math.abs(value);
  if (value === 0 || !Number.isFinite(value)) return String(value);
  if (size < 1e-3 || size >= 1e7) return value.toExponential(2);
  return size >= 1000 ? value.toFixed(0) : value.toPrecision(4);
};

/** A fraction as percents, `96.71 %`. */
export const formatPercent = (fraction: number): string => `${(100 * fraction).toFixed(2)} %`;

/** Seconds as `0.84 s`, `42.1 s`, `3:05` or `1:02:09`. */
export const formatSeconds = (seconds: number): string => {
  if (seconds < 59.95) return `${seconds < 9.995 ? seconds.toFixed(2) : seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
};
