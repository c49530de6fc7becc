import { transposePrimitive } from "../../src/ops/shape/transpose.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import type { Samples } from "./support/sample.ts";

const orders: readonly (readonly [Shape, readonly number[]])[] = [
  [[5], [0]],
  [
    [3, 5],
    [1, 0],
  ],
  [
    [4, 4],
    [1, 0],
  ],
  [
    [17, 16],
    [1, 0],
  ],
  [
    [0, 3],
    [1, 0],
  ],
  [
    [2, 3, 4],
    [2, 0, 1],
  ],
  [
    [2, 3, 4, 5],
    [0, 2, 1, 3],
  ],
  [
    [2, 1, 3, 1, 2, 2],
    [5, 3, 0, 2, 4, 1],
  ],
];

export const transposeSamples: Samples<{ readonly axes: readonly number[] }> = {
  primitive: transposePrimitive,
  cases: orders.map(([shape, axes]) => ({ inputs: [{ shape }], attributes: { axes } })),
  refused: [
    {
      inputs: [{ shape: [2, 3] }],
      attributes: { axes: [0, 0] },
      error: "ShapeError: transpose: axes must name each axis of x once, got axes=[0, 0] for shape [2, 3].",
    },
  ],
};
