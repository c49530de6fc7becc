import { nesterovPrimitive } from "../../src/optim/nesterov.ts";
import { ranges, type UpdateSamples, updateSamples } from "./support/update.ts";

export const nesterovSamples: UpdateSamples<typeof nesterovPrimitive> = updateSamples(
  nesterovPrimitive,
  { momentum: ranges.buffers },
  [
    [{ decay: 0.9 }, { gradientRate: 1, stepRate: 0.1 }],
    [{ decay: 0.5 }, { gradientRate: 0.1, stepRate: 1 }],
  ],
);
