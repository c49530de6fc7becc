import { type ClipOptions, clipPrimitive } from "../../src/ops/elementwise/clip.ts";
import { unaryCases } from "./support/elementwise.ts";
import type { Samples } from "./support/sample.ts";

export const clipSamples: Samples<ClipOptions> = {
  primitive: clipPrimitive,
  cases: unaryCases({ min: -0.5, max: 0.25 }, { low: -1, high: 1, kinks: [-0.5, 0.25] }),
  refused: [
    {
      inputs: [{ shape: [2], dtype: "int32", low: 0, high: 5 }],
      attributes: { min: 0, max: 1 },
      error: "DTypeError: clip: operands must all be float32, or all float64, got int32. Convert with toFloat(...).",
    },
  ],
};
