import { inTopKPrimitive } from "../../src/ops/network/inTopK.ts";
import { indexInput, type Samples } from "./support/sample.ts";

export const inTopKSamples: Samples<{ readonly k: number }> = {
  primitive: inTopKPrimitive,
  cases: [1, 2, 10].flatMap((k) =>
    [
      [0, 3],
      [1, 1],
      [3, 4],
      [4, 5],
      [5, 17],
      [17, 3],
    ].map(([rows, classes]) => ({
      inputs: [{ shape: [rows, classes], values: [1, 3, 2, 2, 0, 3, 1] }, indexInput([rows], classes)],
      attributes: { k },
    })),
  ),
  refused: [
    {
      inputs: [{ shape: [1, 3] }, { shape: [1], dtype: "int32", values: [3] }],
      attributes: { k: 1 },
      error:
        "ValueError: inTopK: a label must lie from 0 to 2, got 3 at position 0. Correct it, or the number of classes.",
    },
    {
      inputs: [{ shape: [2, 3] }, { shape: [3], dtype: "int32", values: [0] }],
      attributes: { k: 1 },
      error:
        "ShapeError: inTopK: predictions must be [rows, classes] and labels [rows], got [2, 3] and [3]. Reshape them, or check that both come from the same batch.",
    },
  ],
  differentiable: false,
};
