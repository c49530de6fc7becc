import { concatPrimitive } from "../../src/ops/shape/concat.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import type { Samples } from "./support/sample.ts";

const joins: readonly (readonly [axis: number, shapes: readonly Shape[]])[] = [
  [0, [[3]]],
  [0, [[3], [0], [4]]],
  [
    1,
    [
      [2, 3],
      [2, 5],
    ],
  ],
  [
    0,
    [
      [1, 17],
      [2, 17],
    ],
  ],
  [
    1,
    [
      [2, 1, 3],
      [2, 4, 3],
      [2, 2, 3],
    ],
  ],
];

export const concatSamples: Samples<{ readonly axis: number }> = {
  primitive: concatPrimitive,
  cases: joins.map(([axis, parts]) => ({ inputs: parts.map((shape) => ({ shape })), attributes: { axis } })),
  refused: [
    {
      inputs: [{ shape: [2, 3] }, { shape: [3, 3] }],
      attributes: { axis: 1 },
      error:
        "ShapeError: concat: shapes must agree on every axis but axis 1, got [2, 3], [3, 3]. Reshape or slice them first.",
    },
    {
      inputs: [{ shape: [2] }, { shape: [2], dtype: "int32", low: 0, high: 3 }],
      attributes: { axis: 0 },
      error: "DTypeError: concat: tensors must have one dtype, got float32, int32. Convert with toFloat(...).",
    },
  ],
};
