import { adamWAmsgradPrimitive, adamWPrimitive } from "../../src/optim/adamW.ts";
import { ranges, type UpdateSamples, updateSamples } from "./support/update.ts";

const slots = { m: ranges.buffers, v: ranges.squares, vhat: ranges.squares };
const cases = [
  [
    { weight1: 0.1, weight2: 0.01 },
    { rate: 0.1, epsilon: 0.01, decayRate: 0.02 },
  ],
] as const;

export const adamWSamples: UpdateSamples<typeof adamWPrimitive> = updateSamples(adamWPrimitive, slots, cases);

export const adamWAmsgradSamples: UpdateSamples<typeof adamWAmsgradPrimitive> = updateSamples(
  adamWAmsgradPrimitive,
  slots,
  cases,
);
