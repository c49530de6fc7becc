import { pow } from "../base/math.ts";
import { copyOptions, oneOf } from "../base/options.ts";
import { average, type UpdatePrimitive, updatePrimitive } from "../ops/update/updateRule.ts";
import { Optimizer } from "./optimizer/optimizer.ts";
import { averageRule, commonRules, epsilonRule, type OptimizerOptions } from "./optimizer/optimizerOptions.ts";
import { updateWith } from "./optimizer/variableUpdate.ts";
import type { Schedule } from "./schedules/schedule.ts";

/** Options of `Adamax`. */
export interface AdamaxOptions extends Omit<OptimizerOptions, "learningRate" | "variant"> {
  /** Default: 0.001 (`keras`), 0.002 (`pytorch`). */
  readonly learningRate?: number | Schedule;
  /** β₁, from 0 to below 1. Default: 0.9. */
  readonly beta1?: number;
  /** β₂, from 0 to below 1. Default: 0.999. */
  readonly beta2?: number;
  /** ε, above 0. Default: 1e-7 (`keras`), 1e-8 (`pytorch`). */
  readonly epsilon?: number;
  /** Where ε is, and the defaults. Default: "keras". */
  readonly variant?: "keras" | "pytorch";
}

/** The update of `Adamax`. ε is `inside` the maximum or `outside`; the other is 0. `weight1` is 1 − β₁. */
export const adamaxPrimitive: UpdatePrimitive<"m" | "v", "rate", "weight1" | "beta2" | "inside" | "outside"> =
  /* @__PURE__ */ updatePrimitive({
    name: "adamax",
    slots: { m: 0, v: 0 },
    rates: ["rate"],
    constants: ["weight1", "beta2", "inside", "outside"],
    formula: (algebra, state, { rate, weight1, beta2, inside, outside }) => {
      const { add, sub, mul, div, max, abs, shared } = algebra;
      const m = average(algebra, state.m, state.g, weight1);
      const v = shared(max(mul(beta2, state.v), add(abs(state.g), inside)));
      return { w: sub(state.w, div(mul(rate, m), add(v, outside))), m, v };
    },
  });

/**
 * Adamax: Adam with the largest gradient, which decays, in the place of the root mean square. m ← β₁·m + (1 − β₁)·g, from 0;
 * v starts at 0.
 *
 * - `keras`: v ← max(β₂·v, |g|); w ← w − η / (1 − β₁ᵗ) · m / (v + ε), t the step of the optimizer
 * - `pytorch`: v ← max(β₂·v, |g| + ε); w ← w − η / (1 − β₁ᵗ) · m / v, t the update of the variable
 *
 * Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 2; `keras.optimizers.Adamax`,
 * `torch.optim.Adamax`.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const optimizer = new Adamax({ learningRate: 0.002 });
 */
export class Adamax extends Optimizer {
  constructor(options: AdamaxOptions = {}) {
    const rules = { beta1: averageRule, beta2: averageRule, epsilon: epsilonRule, variant: oneOf("keras", "pytorch") };
    const own = copyOptions("Adamax", options, { ...commonRules, ...rules });
    const isPyTorch = own.variant === "pytorch";
    const { beta1 = 0.9, beta2 = 0.999, epsilon = isPyTorch ? 1e-8 : 1e-7 } = own;
    const update = updateWith(adamaxPrimitive, {
      constants: { weight1: 1 - beta1, beta2, inside: isPyTorch ? epsilon : 0, outside: isPyTorch ? 0 : epsilon },
      rates: (rate, count) => ({ rate: rate / (1 - pow(beta1, count)) }),
      countsVariables: isPyTorch,
    });
    super("Adamax", { ...own, learningRate: own.learningRate ?? (isPyTorch ? 0.002 : 0.001) }, update);
  }
}
