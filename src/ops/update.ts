import type { Primitive } from "../tensor/primitive.ts";
import { adaGradKernel, momentumKernel, nesterovKernel, sgdKernel } from "../wasm/update.ts";
import { type Samples, samples } from "./sample.ts";
import { ruleLike, type UpdateRule, updateCases, updatePrimitive, updateRefusals } from "./updateRule.ts";

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

export const sgdSamples: Samples = /* @__PURE__ */ samples(() => ({
  primitive: sgdPrimitive,
  cases: updateCases(undefined, [], [0.1]),
  refused: updateRefusals(sgdRule, undefined),
  differentiable: false,
}));

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

export const momentumSamples: Samples = /* @__PURE__ */ samples(() => ({
  primitive: momentumPrimitive,
  cases: [
    ...updateCases({ momentum: 0.9 }, [{ low: -1, high: 1 }], [1, 0.1]),
    ...updateCases({ momentum: 0.5 }, [{ low: -1, high: 1 }], [0.1, 1]),
  ],
  refused: updateRefusals(momentumRule, { momentum: 0.9 }),
  differentiable: false,
}));

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

export const nesterovSamples: Samples = /* @__PURE__ */ samples(() => ({
  primitive: nesterovPrimitive,
  cases: [
    ...updateCases({ momentum: 0.9 }, [{ low: -1, high: 1 }], [1, 0.1]),
    ...updateCases({ momentum: 0.5 }, [{ low: -1, high: 1 }], [0.1, 1]),
  ],
  refused: updateRefusals(nesterovRule, { momentum: 0.9 }),
  differentiable: false,
}));

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

export const adaGradSamples: Samples = /* @__PURE__ */ samples(() => ({
  primitive: adaGradPrimitive,
  cases: [
    ...updateCases({ inside: 0.01, outside: 0 }, [{ low: 0.01, high: 1 }], [0.1]),
    ...updateCases({ inside: 0, outside: 0.1 }, [{ low: 0.01, high: 1 }], [0.1]),
  ],
  refused: updateRefusals(adaGradRule, { inside: 0, outside: 0 }),
  differentiable: false,
}));
