import { pow } from "../base/math.ts";
import { copyOptions, number, oneOf } from "../base/options.ts";
import { average, type UpdatePrimitive, updatePrimitive } from "../ops/update/updateRule.ts";
import { Optimizer } from "./optimizer/optimizer.ts";
import { averageRule, commonRules, epsilonRule, type OptimizerOptions } from "./optimizer/optimizerOptions.ts";
import { updateWith } from "./optimizer/variableUpdate.ts";
import type { Schedule } from "./schedules/schedule.ts";

/** Options of `NAdam`. */
export interface NAdamOptions extends Omit<OptimizerOptions, "learningRate" | "variant"> {
  /** Default: 0.001 (`keras`), 0.002 (`pytorch`). */
  readonly learningRate?: number | Schedule;
  /** β₁, from 0 to below 1. Default: 0.9. */
  readonly beta1?: number;
  /** β₂, from 0 to below 1. Default: 0.999. */
  readonly beta2?: number;
  /** ε, above 0. Default: 1e-7 (`keras`), 1e-8 (`pytorch`). */
  readonly epsilon?: number;
  /** ψ, from 0: how fast the momentum rises to β₁. Default: 1 (`keras`), 0.004 (`pytorch`). */
  readonly momentumDecay?: number;
  /** The defaults, and what t counts. Default: "keras". */
  readonly variant?: "keras" | "pytorch";
}

/** The update of `NAdam`. The weights are 1 − β₁ and 1 − β₂. */
export const nAdamPrimitive: UpdatePrimitive<
  "m" | "v",
  "gradientRate" | "momentRate" | "epsilon",
  "weight1" | "weight2"
> = /* @__PURE__ */ updatePrimitive({
  name: "nAdam",
  slots: { m: 0, v: 0 },
  rates: ["gradientRate", "momentRate", "epsilon"],
  constants: ["weight1", "weight2"],
  formula: (algebra, state, { gradientRate, momentRate, epsilon, weight1, weight2 }) => {
    const { add, sub, mul, div, sqrt } = algebra;
    const m = average(algebra, state.m, state.g, weight1);
    const v = average(algebra, state.v, mul(state.g, state.g), weight2);
    const ahead = add(mul(gradientRate, state.g), mul(momentRate, m));
    return { w: sub(state.w, div(ahead, add(sqrt(v), epsilon))), m, v };
  },
});

/**
 * Adam with Nesterov's momentum, which rises with the step: μₜ = β₁·(1 − ½·0.96^(t·ψ)), Πₜ = μ₁·…·μₜ.
 * m ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g²; v̂ = v / (1 − β₂ᵗ);
 * w ← w − η·((1 − μₜ)·g / (1 − Πₜ) + μₜ₊₁·m / (1 − Πₜ₊₁)) / (√v̂ + ε).
 *
 * - `keras`: ψ is 1 by default, and t the step of the optimizer
 * - `pytorch`: ψ is 0.004 by default, and t the update of the variable
 *
 * Source: Dozat, "Incorporating Nesterov momentum into Adam", 2016; `keras.optimizers.Nadam`, `torch.optim.NAdam`.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const optimizer = new NAdam({ learningRate: 0.002, variant: "pytorch" });
 */
export class NAdam extends Optimizer {
  constructor(options: NAdamOptions = {}) {
    const rules = { beta1: averageRule, beta2: averageRule, epsilon: epsilonRule, momentumDecay: number({ from: 0 }) };
    const own = copyOptions("NAdam", options, { ...commonRules, ...rules, variant: oneOf("keras", "pytorch") });
    const isPyTorch = own.variant === "pytorch";
    const { beta1 = 0.9, beta2 = 0.999 } = own;
    const { epsilon = isPyTorch ? 1e-8 : 1e-7, momentumDecay = isPyTorch ? 0.004 : 1 } = own;
    const momentumAt = (count: number): number => beta1 * (1 - 0.5 * pow(0.96, count * momentumDecay));
    const productTo = products(momentumAt);
    const update = updateWith(nAdamPrimitive, {
      constants: { weight1: 1 - beta1, weight2: 1 - beta2 },
      rates: (rate, count) => {
        // As in Adam, √(1 − β₂ᵗ) is taken out of the denominator.
        const scaled = rate * Math.sqrt(1 - pow(beta2, count));
        return {
          gradientRate: (scaled * (1 - momentumAt(count))) / (1 - productTo(count)),
          momentRate: (scaled * momentumAt(count + 1)) / (1 - productTo(count + 1)),
          epsilon: epsilon * Math.sqrt(1 - pow(beta2, count)),
        };
      },
      countsVariables: isPyTorch,
    });
    super("NAdam", { ...own, learningRate: own.learningRate ?? (isPyTorch ? 0.002 : 0.001) }, update);
  }
}

/** Πₜ of factors below 1, each computed once. A product below 2⁻⁶⁰, which 1 − Π does not show, is not continued. */
const products = (factorAt: (count: number) => number): ((count: number) => number) => {
  const known = [1];
  return (count) => {
    while (known.length <= count && known[known.length - 1] > 2 ** -60) {
      known.push(known[known.length - 1] * factorAt(known.length));
    }
    return known[Math.min(count, known.length - 1)];
  };
};
