/**
 * A number with few significant digits, three unless said, in powers of ten where it is very small or large: `0.0123`,
 * `1.2e-5`, `1e6`.
 */
export const shortNumber = (value: number, digits = 3): string => {
  if (value !== 0 && (Math.abs(value) < 0.001 || Math.abs(value) >= 1e5)) {
    return value.toExponential(1).replace(".0e", "e").replace("e+", "e");
  }
  return String(Number(value.toPrecision(digits)));
};
