import { type Shape, sizeOf } from "../../tensor/shape.ts";

/** The sizes of a tensor as a matrix: the last axis is the columns. */
export const rowsOf = (shape: Shape): [rows: number, columns: number] => [
  sizeOf(shape.slice(0, -1)),
  shape.at(-1) ?? 1,
];

/**
 * m = max x and log Σ exp(x − m), in double. They stay apart: m may be so large that their sum is m. Where m is not finite,
 * 0 takes its place. @internal
 */
export const logSumExpOf = (x: Float64Array): [shift: number, logSum: number] => {
  let shift = Number.NEGATIVE_INFINITY;
  for (const value of x) shift = Math.max(shift, value);
  if (!Number.isFinite(shift)) shift = 0;
  let total = 0;
  for (const value of x) total += Math.exp(value - shift);
  return [shift, Math.log(total)];
};
