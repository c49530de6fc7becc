import type { Primitive } from "../tensor/primitive.ts";
import { adaGradKernel, momentumKernel, nesterovKernel, sgdKernel } from "../wasm/update.ts";
import { ruleLike, type UpdateRule, updatePrimitive } from "./updateRule.ts";

/**
 * The updates of SGD, Momentum, Nesterov and AdaGrad. Libraries write them differently; each difference is a rate or a
 * constant here (1 or 0 where it does not act, which changes no bit), so that a rule is one kernel. What the variants put
 * there stands with the optimizers.
 */

const sgdRule: UpdateRule<void> = {
  name: "sgd",
  slots: [],
  rates: ["rate"],
  constants: () => [],
  apply: (state, gradient, [rate]) => {
    state[0] -= rate * gradient;
  },
  kernel: sgdKernel,
};

/** w' = w − rate·g */
export const sgdPrimitive: Primitive = /* @__PURE__ */ updatePrimitive(sgdRule);

export interface MomentumAttributes {
  readonly momentum: number;
}

const momentumRule: UpdateRule<MomentumAttributes> = {
  name: "momentum",
  slots: ["buffer"],
  rates: ["gradientRate", "stepRate"],
  constants: ({ momentum }) => [momentum],
  apply: (state, gradient, [gradientRate, stepRate, momentum]) => {
    state[1] = momentum * state[1] + gradientRate * gradient;
    state[0] -= stepRate * state[1];
  },
  kernel: momentumKernel,
};

/** b' = momentum·b + gradientRate·g; w' = w − stepRate·b' */
export const momentumPrimitive: Primitive<MomentumAttributes> = /* @__PURE__ */ updatePrimitive(momentumRule);

const nesterovRule: UpdateRule<MomentumAttributes> = /* @__PURE__ */ ruleLike(momentumRule, {
  name: "nesterov",
  apply: (state, gradient, [gradientRate, stepRate, momentum]) => {
    state[1] = momentum * state[1] + gradientRate * gradient;
    state[0] -= stepRate * (gradientRate * gradient + momentum * state[1]);
  },
  kernel: nesterovKernel,
});

/** b' = momentum·b + gradientRate·g; w' = w − stepRate·(gradientRate·g + momentum·b') */
export const nesterovPrimitive: Primitive<MomentumAttributes> = /* @__PURE__ */ updatePrimitive(nesterovRule);

/** Where a small number keeps a denominator √s away from zero: √(s + inside) + outside. */
export interface EpsilonAttributes {
  readonly inside: number;
  readonly outside: number;
}

const adaGradRule: UpdateRule<EpsilonAttributes> = {
  name: "adaGrad",
  slots: ["accumulator"],
  rates: ["rate"],
  constants: ({ inside, outside }) => [inside, outside],
  apply: (state, gradient, [rate, inside, outside]) => {
    state[1] += gradient * gradient;
    state[0] -= (rate * gradient) / (Math.sqrt(state[1] + inside) + outside);
  },
  kernel: adaGradKernel,
};

/** a' = a + g²; w' = w − rate·g / (√(a' + inside) + outside) */
export const adaGradPrimitive: Primitive<EpsilonAttributes> = /* @__PURE__ */ updatePrimitive(adaGradRule);
