/**
 * A number with few significant digits, three unless said, in powers of ten where it is very small or large: `0.0123`,
 * `1.23e-5`, `1e6`.
 */
export const shortNumber = (value: number, digits = 3): string => {
  if (value !== 0 && (Math.abs(value) < 0.001 || Math.abs(value) >= 1e5)) {
    return value
      .toExponential(digits - 1)
      .replace(/\.?0+e/, "e")
      .replace("e+", "e");
  }
  return String(Number(value.toPrecision(digits)));
};

/** Above this, whole numbers are too long to be read. */
const longest = 1e9;

/**
 * A number that says where something is, such as an epoch: a whole one is whole, of others no digit before the point is
 * rounded away. `1234`, `1234.5`, `0.333`.
 */
export const placeNumber = (value: number, digits = 3): string => {
  const size = Math.abs(value);
  if (size >= longest || !(size >= 10 ** (digits - 1))) return shortNumber(value, digits);
  return String(Number(value.toFixed(1)));
};
