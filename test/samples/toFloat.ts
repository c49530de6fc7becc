import { type FloatOptions, toFloatPrimitive } from "../../src/ops/support/toFloat.ts";
import { edgeSizes, type Samples } from "./support/sample.ts";

export const toFloatSamples: Samples<FloatOptions> = {
  primitive: toFloatPrimitive,
  cases: edgeSizes.flatMap((size) => [
    { inputs: [{ shape: [size], dtype: "uint8" as const, low: 0, high: 256, scale: 1 / 255 }], attributes: {} },
    { inputs: [{ shape: [size], dtype: "int32" as const, low: -1000, high: 1000 }], attributes: {} },
    { inputs: [{ shape: [1, size], dtype: "bool" as const, low: 0, high: 2 }], attributes: {} },
    { inputs: [{ shape: [size], dtype: "float64" as const }], attributes: {} },
  ]),
  // Every tensor has a dtype and a shape that can be converted.
  refused: [],
};
