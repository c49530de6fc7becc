/** A number with four significant digits, three of very small and large ones: small losses are not all 0.00. */
export const shortNumber = (value: number): string => {
  const size = Math.abs(value);
  if (value === 0 || !Number.isFinite(value)) return String(value);
  if (size < 1e-3 || size >= 1e7) return value.toExponential(2);
  return size >= 999.95 ? value.toFixed(0) : value.toPrecision(4);
};

/** A fraction as percents, `96.71 %`; with more digits where two would make it look like nothing or all. */
export const formatPercent = (fraction: number): string => {
  const percent = 100 * fraction;
  const isExact = percent === 0 || percent === 100;
  for (let digits = 2; digits < 12; digits++) {
    const text = percent.toFixed(digits);
    if (isExact || (Number(text) !== 0 && Number(text) !== 100)) return `${text} %`;
  }
  return `${percent} %`;
};

/** Seconds as `4.21 ms`, `0.84 s`, `42.1 s`, `3:05` or `1:02:09`. */
export const formatSeconds = (seconds: number): string => {
  if (seconds > 0 && seconds < 0.0995) return formatMilliseconds(1000 * seconds);
  if (seconds < 59.95) return `${seconds < 9.995 ? seconds.toFixed(2) : seconds.toFixed(1)} s`;
  const rounded = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(rounded / 3600), Math.floor(rounded / 60) % 60, rounded % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
};

/** Milliseconds with three significant digits: `0.0284 ms`, `12.3 ms`, `1235 ms`. */
export const formatMilliseconds = (milliseconds: number): string =>
  `${milliseconds >= 999.5 ? milliseconds.toFixed(0) : milliseconds.toPrecision(3)} ms`;
