/** The verdict on a claim. */
export type Verdict = "held" | "did not hold" | "within noise";

/** The mean of an estimate over the seeds, and the interval that contains the true value with 95 % confidence. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** The 97.5 % quantile of Student's t distribution for 1, 2, 3, ... degrees of freedom. */
const quantiles: readonly number[] = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086,
];

/** Student's interval: mean ± t·s/√n. The values are differences within a seed, so that common effects of a seed cancel. */
export const intervalOf = (values: readonly number[]): Interval => {
  const { length } = values;
  if (length < 2) throw new Error(`an interval needs at least 2 seeds, got ${length}`);
  const mean = values.reduce((sum, value) => sum + value, 0) / length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (length - 1);
  const quantile = quantiles[Math.min(length - 1, quantiles.length) - 1];
  const half = quantile * Math.sqrt(variance / length);
  return { mean, low: mean - half, high: mean + half };
};

/** The rule: a claim held if the whole interval is in the region, and did not hold if no part of it is. */
export const verdictOf = ({ low, high }: Interval, [from, to]: readonly [from: number, to: number]): Verdict => {
  if (low > from && high < to) return "held";
  return high <= from || low >= to ? "did not hold" : "within noise";
};
