import type { Shape } from "../../../src/tensor/shape.ts";

/** Shapes and the axis of their channels. @internal */
export const channelShapes: readonly (readonly [Shape, number])[] = [
  [[5, 1], 1],
  [[5, 3], 1],
  [[4, 4], 1],
  [[3, 5], 1],
  [[17, 9], 1],
  [[6, 16], 1],
  [[6, 17], 1],
  [[2, 3, 2, 4], 3],
  [[2, 3, 2, 3], 1],
  [[3, 0], 1],
];

/** One number per channel. @internal */
export const channelInput = (
  shape: Shape,
  axis: number,
  low = -1,
  high = 1,
): { shape: number[]; low: number; high: number } => ({
  shape: [shape[axis]],
  low,
  high,
});
