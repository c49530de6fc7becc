import { broadcastToPrimitive, sumPrimitive } from "../../src/ops/shape/broadcast.ts";
import type { ReduceAttributes } from "../../src/ops/shape/reduction.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import { reductionCases, refusesIntegerReduction } from "./support/reduction.ts";
import type { Samples } from "./support/sample.ts";

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

export const sumSamples: Samples<ReduceAttributes> = {
  primitive: sumPrimitive,
  cases: [...reductionCases({}), { inputs: [{ shape: [3, 0] }], attributes: { axis: 1, count: 1 } }],
  refused: [refusesIntegerReduction("sum")],
};
