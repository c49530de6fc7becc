import { type Shape, sizeOf } from "../../tensor/shape.ts";

/** The sizes of a tensor as a matrix: the last axis is the columns. */
export const rowsOf = (shape: Shape): [rows: number, columns: number] => [
  sizeOf(shape.slice(0, -1)),
  shape.at(-1) ?? 1,
];

/** m + log Σ exp(x − m) with m = max x, in double; an infinite m is the result. @internal */
export const logSumExpOf = (x: Float64Array): number => {
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of x) largest = Math.max(largest, value);
  if (!Number.isFinite(largest)) return largest;
  let total = 0;
  for (const value of x) total += Math.exp(value - largest);
  return largest + Math.log(total);
};
