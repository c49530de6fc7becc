import { lionPrimitive } from "../../src/optim/lion.ts";
import { ranges, type UpdateSamples, updateSamples } from "./support/update.ts";

export const lionSamples: UpdateSamples<typeof lionPrimitive> = updateSamples(
  lionPrimitive,
  { momentum: ranges.buffers },
  [
    [
      { weight1: 0.1, weight2: 0.01 },
      { rate: 0.1, decayRate: 0.02 },
    ],
  ],
);
