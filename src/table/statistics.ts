/** What the numbers of a column are like; NaN counts for no value. @internal */
export interface ColumnMoments {
  readonly count: number;
  readonly mean: number;
  /** Biased: the root of the mean squared distance from the mean. 0 for numbers that are all equal. */
  readonly deviation: number;
  readonly low: number;
  readonly high: number;
}

/** Mean, deviation, least and largest, in double and two passes. @internal */
export const momentsOf = (values: Float64Array): ColumnMoments => {
  let [count, sum, low, high] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    count++;
    sum += value;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  // Rounding must not turn numbers that are all equal into ones that vary.
  const mean = low === high ? low : sum / count;
  let squares = 0;
  for (const value of values) if (!Number.isNaN(value)) squares += (value - mean) ** 2;
  return { count, mean, deviation: Math.sqrt(squares / count), low, high };
};

/** The middle one of the numbers, or the mean of the two in the middle; NaN counts for no value. @internal */
export const medianOf = (values: Float64Array): number => {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/** The value that is there most often; of several the least. @internal */
export const mostFrequent = <Value extends number | string>(values: Iterable<Value>): Value | undefined => {
  const counts = new Map<Value, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let [best, most]: [Value | undefined, number] = [undefined, 0];
  for (const [value, count] of counts) {
    if (count > most || (count === most && best !== undefined && value < best)) [best, most] = [value, count];
  }
  return best;
};
