import { adadeltaPrimitive } from "../../src/optim/adadelta.ts";
import { ranges, type UpdateSamples, updateSamples } from "./support/update.ts";

export const adadeltaSamples: UpdateSamples<typeof adadeltaPrimitive> = updateSamples(
  adadeltaPrimitive,
  { accum: ranges.squares, accum_update: ranges.squares },
  [[{ weight: 0.1, epsilon: 0.01 }, { rate: 0.5 }]],
);
