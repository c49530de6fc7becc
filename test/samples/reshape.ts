import { broadcastToPrimitive, reshapePrimitive } from "../../src/ops/reshape.ts";
import { type Shape, sizeOf } from "../../src/tensor/shape.ts";
import type { Samples } from "./support/sample.ts";

const shapes: readonly Shape[] = [
  [0],
  [1],
  [3],
  [4],
  [5],
  [16],
  [17],
  [],
  [3, 5],
  [4, 4],
  [2, 3, 4],
  [2, 1, 3, 1, 2, 2],
];

export const reshapeSamples: Samples<{ readonly shape: Shape }> = {
  primitive: reshapePrimitive,
  cases: shapes.map((shape) => ({ inputs: [{ shape }], attributes: { shape: [1, sizeOf(shape)] } })),
  refused: [
    {
      inputs: [{ shape: [2, 3] }],
      attributes: { shape: [4] },
      error:
        "ShapeError: reshape: the number of elements must stay, got x=[2, 3] (6) and shape [4] (4). Choose lengths with that product, or one -1.",
    },
  ],
};

const repeats: readonly (readonly [Shape, Shape])[] = [
  [[], [3]],
  [[], []],
  [
    [1, 1],
    [2, 0],
  ],
  [[], [5, 4]],
  [[1], [17]],
  [[5], [3, 5]],
  [
    [3, 1],
    [3, 4],
  ],
  [
    [2, 1, 4],
    [2, 3, 4],
  ],
  [
    [1, 3],
    [0, 3],
  ],
  [
    [2, 1],
    [3, 4, 2, 5],
  ],
];

export const broadcastToSamples: Samples<{ readonly shape: Shape }> = {
  primitive: broadcastToPrimitive,
  cases: repeats.map(([from, shape]) => ({ inputs: [{ shape: from }], attributes: { shape } })),
  refused: [
    {
      inputs: [{ shape: [2] }],
      attributes: { shape: [3] },
      error:
        "ShapeError: broadcastTo: x must have lengths of the shape, or 1, from the last axis, got x=[2] and shape [3]. Reshape x first.",
    },
  ],
};
