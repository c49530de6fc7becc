import { momentumPrimitive } from "../../src/optim/momentum.ts";
import { ranges, type UpdateSamples, updateSamples } from "./support/update.ts";

export const momentumSamples: UpdateSamples<typeof momentumPrimitive> = updateSamples(
  momentumPrimitive,
  { momentum: ranges.buffers },
  [
    [{ decay: 0.9 }, { gradientRate: 1, stepRate: 0.1 }],
    [{ decay: 0.5 }, { gradientRate: 0.1, stepRate: 1 }],
  ],
);
