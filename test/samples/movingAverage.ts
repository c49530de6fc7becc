import { type MovingAverageAttributes, movingAveragePrimitive } from "../../src/ops/movingAverage.ts";
import type { Samples } from "./support/sample.ts";
import { updateCases, updateRefusals } from "./support/update.ts";

export const movingAverageSamples: Samples<MovingAverageAttributes> = {
  primitive: movingAveragePrimitive,
  cases: updateCases({ kept: 0.9, share: 0.11 }, [], []),
  refused: updateRefusals({ name: "movingAverage", slots: [], by: "value", rates: [] }, { kept: 0.9, share: 0.1 }),
  differentiable: false,
};
