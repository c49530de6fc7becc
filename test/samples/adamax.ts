import { adamaxPrimitive } from "../../src/optim/adamax.ts";
import { ranges, type UpdateSamples, updateSamples } from "./support/update.ts";

export const adamaxSamples: UpdateSamples<typeof adamaxPrimitive> = updateSamples(
  adamaxPrimitive,
  { m: ranges.buffers, v: ranges.squares },
  [
    [{ weight1: 0.1, beta2: 0.9, inside: 0.01, outside: 0 }, { rate: 0.1 }],
    [{ weight1: 0.1, beta2: 0.9, inside: 0, outside: 0.1 }, { rate: 0.1 }],
  ],
);
