import { pow } from "../base/math.ts";
import { copyOptions, flag, type OptionRules } from "../base/options.ts";
import { type Variant, variantRule } from "../base/variant.ts";
import { average, type UpdatePrimitive, updatePrimitive } from "../ops/update/updateRule.ts";
import { Optimizer } from "./optimizer/optimizer.ts";
import {
  averageRule,
  commonRules,
  epsilonRule,
  type OptimizerOptions,
  type WeightDecayOptions,
  weightDecayRules,
} from "./optimizer/optimizerOptions.ts";
import { updateWith, type VariableUpdate } from "./optimizer/variableUpdate.ts";
import type { Schedule } from "./schedules/schedule.ts";

/** Options of `Adam`. */
export interface AdamOptions extends Omit<OptimizerOptions, "learningRate">, WeightDecayOptions {
  /** Default: 0.001. */
  readonly learningRate?: number | Schedule;
  /** β₁, from 0 to below 1. Default: 0.9. */
  readonly beta1?: number;
  /** β₂, from 0 to below 1. Default: 0.999. */
  readonly beta2?: number;
  /** ε, above 0. Default: 1e-8, of `keras` 1e-7. */
  readonly epsilon?: number;
  /** Whether to divide by the largest v so far. Default: false. */
  readonly amsgrad?: boolean;
}

/** The rules for the options of `Adam`. */
export const adamRules: OptionRules<AdamOptions> = {
  ...commonRules,
  ...weightDecayRules,
  beta1: averageRule,
  beta2: averageRule,
  epsilon: epsilonRule,
  amsgrad: flag,
  variant: variantRule,
};

type AdamRate = "rate" | "epsilon" | "decayRate";
type AdamPrimitive = UpdatePrimitive<string, AdamRate, "weight1" | "weight2">;

/** The update of `Adam`, or of `AdamW`. The weights are 1 − β₁ and 1 − β₂; `decayRate` is η·λ. */
export const adamUpdate = (
  name: string,
  { amsgrad = false, decays = false }: { readonly amsgrad?: boolean; readonly decays?: boolean },
): AdamPrimitive =>
  updatePrimitive<string, AdamRate, "weight1" | "weight2">({
    name,
    slots: { m: 0, v: 0, ...(amsgrad ? { vhat: 0 } : {}) },
    rates: ["rate", "epsilon", ...(decays ? (["decayRate"] as const) : [])],
    constants: ["weight1", "weight2"],
    formula: (algebra, state, { rate, epsilon, decayRate, weight1, weight2 }) => {
      const { add, sub, mul, div, max, sqrt, shared } = algebra;
      const m = average(algebra, state.m, state.g, weight1);
      const v = average(algebra, state.v, mul(state.g, state.g), weight2);
      const vhat = amsgrad ? shared(max(state.vhat, v)) : v;
      const w = decays ? sub(state.w, mul(decayRate, state.w)) : state.w;
      return { w: sub(w, div(mul(rate, m), add(sqrt(vhat), epsilon))), m, v, vhat };
    },
  });

export const adamPrimitive: AdamPrimitive = /* @__PURE__ */ adamUpdate("adam", {});
export const adamAmsgradPrimitive: AdamPrimitive = /* @__PURE__ */ adamUpdate("adamAmsgrad", { amsgrad: true });

/** The primitive of an optimizer of Adam's kind, with its numbers. `weightDecay` is λ. */
export const adamWith = (
  primitive: AdamPrimitive,
  { beta1 = 0.9, beta2 = 0.999, ...options }: AdamOptions,
  variant: Variant,
  weightDecay = 0,
): VariableUpdate => {
  const { epsilon = variant === "keras" ? 1e-7 : 1e-8 } = options;
  return updateWith(primitive, {
    constants: { weight1: 1 - beta1, weight2: 1 - beta2 },
    rates: (learningRate, count) => {
      // PyTorch's η·m̂ / (√v̂ + ε) is α·m / (√v + ε·√(1 − β₂ᵗ)), so that one kernel has both formulas.
      const root = Math.sqrt(1 - pow(beta2, count));
      return {
        rate: (learningRate * root) / (1 - pow(beta1, count)),
        epsilon: variant === "pytorch" ? epsilon * root : epsilon,
        // Not 1 − η·λ: rounded to float32, that would lose the digits of a small decay.
        decayRate: learningRate * weightDecay,
      };
    },
    countsVariables: variant === "pytorch",
  });
};

/**
 * Adam: moving averages of the gradient and of its square, corrected for their start at 0.
 * m ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g².
 *
 * - `tensorflow1`, `keras`: w ← w − η·√(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε), t the step of the optimizer. This ε is the
 *   paper's ε̂.
 * - `pytorch`: w ← w − η·m̂ / (√v̂ + ε), m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ), t the update of the variable.
 *
 * With `amsgrad`, the largest v so far takes the place of v in the denominator.
 *
 * Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1 (`pytorch`) and the end of section
 * 2 (the others); Reddi, Kale and Kumar, "On the convergence of Adam and beyond", 2018 (`amsgrad`); `ApplyAdam` of TensorFlow
 * 1.15, `keras.optimizers.Adam`, `torch.optim.Adam`.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const optimizer = new Adam({ learningRate: 0.001 });
 */
export class Adam extends Optimizer {
  constructor(options: AdamOptions = {}) {
    const own = copyOptions("Adam", options, adamRules);
    const primitive = own.amsgrad ? adamAmsgradPrimitive : adamPrimitive;
    const { learningRate = 0.001, variant = "tensorflow1", weightDecay = 0 } = own;
    super("Adam", { ...own, learningRate }, { ...adamWith(primitive, own, variant), weightDecay });
  }
}
