import { reshapePrimitive } from "../../src/ops/shape/reshape.ts";
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
