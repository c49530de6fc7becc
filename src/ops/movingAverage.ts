import type { Primitive } from "../tensor/primitive.ts";
import { movingAverageKernel } from "../wasm/update.ts";
import { type UpdateRule, updatePrimitive } from "./updateRule.ts";

/** How much of the average stays, and how much of the new value enters. */
export interface MovingAverageAttributes {
  readonly kept: number;
  readonly share: number;
}

const rule: UpdateRule<MovingAverageAttributes> = {
  name: "movingAverage",
  slots: [],
  by: "value",
  rates: [],
  constants: ({ kept, share }) => [kept, share],
  apply: (state, value, [kept, share]) => {
    state[0] = kept * state[0] + share * value;
  },
  kernel: movingAverageKernel,
};

/** average' = kept·average + share·value: how moving statistics follow those of a batch. */
export const movingAveragePrimitive: Primitive<MovingAverageAttributes> = /* @__PURE__ */ updatePrimitive(rule);
