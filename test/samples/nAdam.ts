import { nAdamPrimitive } from "../../src/optim/nAdam.ts";
import { ranges, type UpdateSamples, updateSamples } from "./support/update.ts";

export const nAdamSamples: UpdateSamples<typeof nAdamPrimitive> = updateSamples(
  nAdamPrimitive,
  { m: ranges.buffers, v: ranges.squares },
  [
    [
      { weight1: 0.1, weight2: 0.01 },
      { gradientRate: 0.02, momentRate: 0.1, epsilon: 0.01 },
    ],
  ],
  // The sum of two products in the numerator may cancel.
  { tolerance: 3e-6 },
);
