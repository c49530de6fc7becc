import type { TypedArray } from "../../tensor/dtype.ts";
import type { Histogram } from "../../train/history/inspection.ts";
import { extentOf } from "../page/collections.ts";

/** More bins than this are finer than a chart. */
const mostBins = 40;

/** The finite values in bins of equal width between the least and the largest of them: √n bins, so that few values do not make a comb. */
export const histogramOf = (values: TypedArray): Histogram => {
  const [low, high] = extentOf(values);
  if (low > high) return { low: 0, high: 0, counts: [] };
  // Values that are all the same have no width to be divided.
  const bins = low === high ? 1 : Math.min(mostBins, Math.ceil(Math.sqrt(values.length)));
  const counts = new Array<number>(bins).fill(0);
  const perUnit = low === high ? 0 : bins / (high - low);
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (Number.isFinite(value)) counts[Math.min(counts.length - 1, Math.floor((value - low) * perUnit))]++;
  }
  return { low, high, counts };
};
