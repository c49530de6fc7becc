import uPlot from "uplot";

/** The ends of a logarithmic axis: round numbers, and half a power of ten apart at the least, so that noise does not look like a fall. */
export const logRange = (low: number | null, high: number | null): uPlot.Range.MinMax => {
  if (low === null || high === null) return [0.1, 10];
  return uPlot.rangeLog(Math.min(low, high / 3.2), high, 10, false);
};

/** Powers of ten, with 2 and 5 between them where there is room, and not all of them where there are many. */
const logSplits = (low: number, high: number): number[] => {
  const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const every = Math.ceil((to - from) / 6);
  const splits: number[] = [];
  for (let power = from; power <= to; power += every) {
    for (const times of to - from <= 2 ? [1, 2, 5] : [1]) splits.push(times * 10 ** power);
  }
  // Powers are rounded: what lies on an edge counts as within.
  return splits.filter((split) => split >= low * 0.999 && split <= high * 1.001);
};

/** What makes an axis of a chart a logarithmic one. */
export const logAxis: Pick<uPlot.Axis, "incrs" | "splits" | "filter"> = {
  // One increment that always fits: without any, the axis would not ask for its splits.
  incrs: [1e300],
  splits: (_, __, low, high) => logSplits(low, high),
  filter: (_, splits) => splits,
};
