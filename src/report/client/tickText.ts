import { shortNumber } from "../page/shortNumber.ts";

/** More digits than this do not fit beside an axis. */
const mostDigits = 12;

/** The numbers on an axis, with as many digits as tell each from the next one; null has no label. */
export const tickTexts = (splits: readonly (number | null)[], step: number): string[] => {
  // What is 0 but for rounding.
  const ticks = splits.map((split) => (split !== null && Math.abs(split) < 1e-6 * step ? 0 : split));
  const texts = (show: (tick: number) => string): string[] => ticks.map((tick) => (tick === null ? "" : show(tick)));
  const longest = (all: readonly string[]): number => Math.max(...all.map(({ length }) => length));
  const decimals = decimalsOf(step);
  const plain = decimals === undefined ? undefined : texts((tick) => tick.toFixed(decimals));
  if (plain && ticks.every((tick) => Math.abs(tick ?? 0) < 1e5)) return plain;
  const short = texts((tick) => shortNumber(tick, digitsOf(tick, step)));
  return plain && longest(plain) <= longest(short) ? plain : short;
};

/** How many decimals multiples of a step have; undefined where that are many. */
const decimalsOf = (step: number): number | undefined => {
  for (let decimals = 0; decimals < 6; decimals++) {
    const scaled = step * 10 ** decimals;
    if (Math.round(scaled) >= 1 && Math.abs(scaled - Math.round(scaled)) < 1e-6) return decimals;
  }
  return undefined;
};

/** How many digits a multiple of a step has. */
const digitsOf = (tick: number, step: number): number => {
  let digits = 1;
  while (digits < mostDigits && Math.abs(Number(tick.toPrecision(digits)) - tick) > 1e-3 * step) digits++;
  return digits;
};
