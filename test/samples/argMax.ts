import { argMaxPrimitive } from "../../src/ops/reduce/argMax.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import type { Samples } from "./support/sample.ts";

const chosen: readonly (readonly [shape: Shape, axis: number])[] = [
  [[5], 0],
  [[4, 3], 0],
  [[4, 5], 0],
  [[3, 4], 1],
  [[2, 3, 4], 1],
  [[6, 16], 0],
  [[6, 17], 0],
  [[6, 15], 0],
];

export const argMaxSamples: Samples<{ readonly axis: number }> = {
  primitive: argMaxPrimitive,
  cases: chosen.map(([shape, axis]) => ({ inputs: [{ shape }], attributes: { axis } })),
  refused: [
    {
      inputs: [{ shape: [2, 0] }],
      attributes: { axis: 1 },
      error: "ShapeError: argMax: the axis must not be empty, got shape [2, 0]. Check for an empty axis first.",
    },
  ],
  differentiable: false,
};
