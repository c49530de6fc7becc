import { adamAmsgradPrimitive, adamPrimitive } from "../../src/optim/adam.ts";
import { ranges, type UpdateSamples, updateSamples } from "./support/update.ts";

const slots = { m: ranges.buffers, v: ranges.squares, vhat: ranges.squares };
const cases = [
  [
    { weight1: 0.1, weight2: 0.01 },
    { rate: 0.1, epsilon: 0.01 },
  ],
] as const;

export const adamSamples: UpdateSamples<typeof adamPrimitive> = updateSamples(adamPrimitive, slots, cases);

export const adamAmsgradSamples: UpdateSamples<typeof adamAmsgradPrimitive> = updateSamples(
  adamAmsgradPrimitive,
  slots,
  cases,
);
