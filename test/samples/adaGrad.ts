import { adaGradPrimitive } from "../../src/optim/adaGrad.ts";
import { type UpdateSamples, updateSamples } from "./support/update.ts";

export const adaGradSamples: UpdateSamples<typeof adaGradPrimitive> = updateSamples(
  adaGradPrimitive,
  { accumulator: { low: 0.01, high: 1 } },
  [
    [{ inside: 0.01, outside: 0 }, { rate: 0.1 }],
    [{ inside: 0, outside: 0.1 }, { rate: 0.1 }],
  ],
);
