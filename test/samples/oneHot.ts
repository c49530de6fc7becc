import { type OneHotAttributes, oneHotPrimitive } from "../../src/ops/shape/oneHot.ts";
import { indexInput, type Samples } from "./support/sample.ts";

export const oneHotSamples: Samples<OneHotAttributes> = {
  primitive: oneHotPrimitive,
  cases: [[0], [1], [3], [4], [5], [17], [2, 3], []].map((shape) => ({
    inputs: [indexInput(shape, 5)],
    attributes: { depth: 5, dtype: "float32" as const },
  })),
  refused: [
    {
      inputs: [{ shape: [3], dtype: "int32", values: [0, 1, 2] }],
      attributes: { depth: 2, dtype: "float32" as const },
      error:
        "ValueError: oneHot: an index must lie from 0 to 1, got 2 at position 2. Correct it, or the number of classes.",
    },
  ],
  nonFinite: false,
  differentiable: false,
};
