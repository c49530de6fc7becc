import { logSumExpPrimitive } from "../../src/ops/reduce/logSumExp.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import { refusesIntegers, type Samples } from "./support/sample.ts";

const shapes: readonly Shape[] = [
  [1],
  [3],
  [4],
  [5],
  [15],
  [16],
  [17],
  [1, 1],
  [3, 3],
  [5, 4],
  [4, 5],
  [17, 3],
  [2, 3, 5],
  [0, 3],
];

export const logSumExpSamples: Samples = {
  primitive: logSumExpPrimitive,
  cases: [
    ...shapes.map((shape) => ({ inputs: [{ shape, low: -3, high: 3 }], attributes: undefined })),
    { inputs: [{ shape: [2, 3], values: [100, 99, 98.5, -100, -101, -100.5] }], attributes: undefined },
  ],
  refused: [
    refusesIntegers("logSumExp", 1, undefined),
    {
      inputs: [{ shape: [2, 0] }],
      attributes: undefined,
      error:
        "ShapeError: logSumExp: the reduced axes must not be empty, got shape [2, 0]. Check for an empty axis first.",
    },
  ],
};
