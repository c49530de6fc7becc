import { type UpdatePrimitive, updatePrimitive } from "./updateRule.ts";

/** average' = decay·average + share·value: how moving statistics follow those of a batch. */
export const movingAveragePrimitive: UpdatePrimitive<never, never, "decay" | "share"> = /* @__PURE__ */ updatePrimitive(
  {
    name: "movingAverage",
    slots: {},
    by: "value",
    rates: [],
    constants: ["decay", "share"],
    formula: ({ add, mul }, { w, g }, { decay, share }) => ({ w: add(mul(decay, w), mul(share, g)) }),
  },
);
