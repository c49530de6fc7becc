import { type UpdatePrimitive, updatePrimitive } from "./updateRule.ts";

/** average' = kept·average + share·value: how moving statistics follow those of a batch. */
export const movingAveragePrimitive: UpdatePrimitive<never, never, "kept" | "share"> = /* @__PURE__ */ updatePrimitive({
  name: "movingAverage",
  slots: {},
  by: "value",
  rates: [],
  constants: ["kept", "share"],
  formula: ({ add, mul }, { w, g }, { kept, share }) => ({ w: add(mul(kept, w), mul(share, g)) }),
});
