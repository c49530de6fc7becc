import { toInt32Primitive } from "../../src/ops/support/toInt32.ts";
import { edgeSizes, type Samples } from "./support/sample.ts";

export const toInt32Samples: Samples = {
  primitive: toInt32Primitive,
  cases: edgeSizes.flatMap((size) => [
    { inputs: [{ shape: [size], low: -1000, high: 1000 }], attributes: undefined },
    { inputs: [{ shape: [1, size], dtype: "float64" as const, low: -5, high: 5 }], attributes: undefined },
  ]),
  refused: [
    {
      inputs: [{ shape: [2], dtype: "int32", low: 0, high: 5 }],
      attributes: undefined,
      error: "DTypeError: toInt32: x must be float32 or float64, got int32. Convert with toFloat(...).",
    },
  ],
};
