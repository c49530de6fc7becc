/**
 * The least and the largest of some values, those left out that are not finite; from Infinity to -Infinity where there is
 * none. Not Math.max(...values): a call takes only so many arguments, and a run may have more epochs.
 */
export const extentOf = (values: Iterable<number>): readonly [low: number, high: number] => {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
};
