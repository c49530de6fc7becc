import type { Primitive } from "../tensor/primitive.ts";
import { adamKernel, adamWKernel, rmsPropKernel } from "../wasm/update.ts";
import type { EpsilonAttributes } from "./update.ts";
import { ruleLike, type UpdateRule, updatePrimitive } from "./updateRule.ts";

/** The updates of RMSProp and Adam, whose slots are moving averages: mean' = mean + (value − mean)·(1 − decay). */

export interface RMSPropAttributes extends EpsilonAttributes {
  readonly decay: number;
  /** Only of the updates with momentum. */
  readonly momentum: number;
}

const rmsPropRule = (name: string, centered: boolean, withMomentum: boolean): UpdateRule<RMSPropAttributes> => ({
  name,
  slots: ["meanSquare", ...(centered ? ["meanGradient"] : []), ...(withMomentum ? ["buffer"] : [])],
  rates: ["gradientRate", "stepRate"],
  // 1 − decay is computed in double: rounded to float32 first, a decay near 1 would lose most of its digits.
  constants: ({ decay, inside, outside, momentum }) => [
    1 - decay,
    inside,
    outside,
    ...(withMomentum ? [momentum] : []),
  ],
  apply: (state, gradient, [gradientRate, stepRate, part, inside, outside, momentum]) => {
    state[1] += (gradient * gradient - state[1]) * part;
    let spread = state[1];
    if (centered) {
      state[2] += (gradient - state[2]) * part;
      spread = Math.max(state[1] - state[2] * state[2], 0);
    }
    let step = (gradientRate * gradient) / (Math.sqrt(spread + inside) + outside);
    if (withMomentum) {
      const buffer = centered ? 3 : 2;
      step += momentum * state[buffer];
      state[buffer] = step;
    }
    state[0] -= stepRate * step;
  },
  kernel: rmsPropKernel(name, centered, withMomentum),
});

const plainRule = /* @__PURE__ */ rmsPropRule("rmsProp", false, false);
const momentumRule = /* @__PURE__ */ rmsPropRule("rmsPropMomentum", false, true);
const centeredRule = /* @__PURE__ */ rmsPropRule("rmsPropCentered", true, false);
const centeredMomentumRule = /* @__PURE__ */ rmsPropRule("rmsPropCenteredMomentum", true, true);

/** s' = average of g²; w' = w − stepRate·gradientRate·g / (√(s' + inside) + outside) */
export const rmsPropPrimitive: Primitive<RMSPropAttributes> = /* @__PURE__ */ updatePrimitive(plainRule);

/** s' = average of g²; b' = momentum·b + gradientRate·g / (√(s' + inside) + outside); w' = w − stepRate·b' */
export const rmsPropMomentumPrimitive: Primitive<RMSPropAttributes> = /* @__PURE__ */ updatePrimitive(momentumRule);

/** As rmsProp, with max(s' − a'², 0) in the place of s'; a' = average of g. Rounding may push the difference below zero. */
export const rmsPropCenteredPrimitive: Primitive<RMSPropAttributes> = /* @__PURE__ */ updatePrimitive(centeredRule);

/** As rmsPropMomentum, with max(s' − a'², 0) in the place of s'; a' = average of g. */
export const rmsPropCenteredMomentumPrimitive: Primitive<RMSPropAttributes> =
  /* @__PURE__ */ updatePrimitive(centeredMomentumRule);

export interface AdamAttributes {
  readonly beta1: number;
  readonly beta2: number;
}

const adamRule: UpdateRule<AdamAttributes> = {
  name: "adam",
  slots: ["m", "v"],
  rates: ["rate", "epsilon"],
  constants: ({ beta1, beta2 }) => [1 - beta1, 1 - beta2],
  apply: (state, gradient, [rate, epsilon, part1, part2]) => {
    state[1] += (gradient - state[1]) * part1;
    state[2] += (gradient * gradient - state[2]) * part2;
    state[0] -= (rate * state[1]) / (Math.sqrt(state[2]) + epsilon);
  },
  kernel: adamKernel,
};

/** m' = average of g, v' = average of g²; w' = w − rate·m' / (√v' + epsilon) */
export const adamPrimitive: Primitive<AdamAttributes> = /* @__PURE__ */ updatePrimitive(adamRule);

const adamWRule: UpdateRule<AdamAttributes> = /* @__PURE__ */ ruleLike(adamRule, {
  name: "adamW",
  rates: ["rate", "epsilon", "decay"],
  apply: (state, gradient, [rate, epsilon, decay, part1, part2]) => {
    state[0] -= decay * state[0];
    adamRule.apply(state, gradient, [rate, epsilon, part1, part2]);
  },
  kernel: adamWKernel,
});

/** As adam, from w − decay·w: `decay` is the learning rate times the weight decay. */
export const adamWPrimitive: Primitive<AdamAttributes> = /* @__PURE__ */ updatePrimitive(adamWRule);
