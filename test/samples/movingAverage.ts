import { movingAveragePrimitive } from "../../src/ops/update/movingAverage.ts";
import { type UpdateSamples, updateSamples } from "./support/update.ts";

export const movingAverageSamples: UpdateSamples<typeof movingAveragePrimitive> = updateSamples(
  movingAveragePrimitive,
  {},
  [[{ decay: 0.9, share: 0.11 }, {}]],
  { by: "value" },
);
