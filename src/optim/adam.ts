import { updateVariables } from "../autograd/variable.ts";
import { adamPrimitive } from "../ops/updateAdaptive.ts";
import { pow } from "../tensor/math.ts";
import { checkVariant } from "../tensor/optionChecks.ts";
import { checkOptions } from "../tensor/options.ts";
import { Optimizer } from "./optimizer.ts";
import { checkEpsilon, checkNumber, type OptimizerOptions, optimizerOptions, type Variant } from "./options.ts";
import type { Schedule } from "./schedule.ts";

/** Options of `Adam`. */
export interface AdamOptions extends Omit<OptimizerOptions, "learningRate"> {
  /** Default: 0.001. */
  readonly learningRate?: number | Schedule;
  /** β₁, from 0 to below 1. Default: 0.9. */
  readonly beta1?: number;
  /** β₂, from 0 to below 1. Default: 0.999. */
  readonly beta2?: number;
  /** ε, above 0. Default: 1e-8, of `keras` 1e-7. */
  readonly epsilon?: number;
}

/** Adam's options, checked, the missing ones filled in. */
export interface AdamValues {
  readonly learningRate: number | Schedule;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Checks what Adam and AdamW share. */
export const checkAdam = (where: string, options: AdamOptions, variant: Variant): AdamValues => ({
  learningRate: options.learningRate ?? 0.001,
  beta1: checkNumber(where, "beta1", options.beta1 ?? 0.9, { from: 0, below: 1 }),
  beta2: checkNumber(where, "beta2", options.beta2 ?? 0.999, { from: 0, below: 1 }),
  epsilon: checkEpsilon(where, options.epsilon ?? (variant === "keras" ? 1e-7 : 1e-8)),
});

/**
 * The rate α of the first moment, and what is added to the root of the second one: PyTorch's
 * η·m̂ / (√v̂ + ε) is α·m / (√v + ε·√(1 − β₂ᵗ)), so that one kernel has both formulas.
 */
export const adamRates = (
  { beta1, beta2, epsilon }: AdamValues,
  variant: Variant,
  learningRate: number,
  count: number,
): [rate: number, epsilon: number] => {
  const root = Math.sqrt(1 - pow(beta2, count));
  const rate = (learningRate * root) / (1 - pow(beta1, count));
  return [rate, variant === "pytorch" ? epsilon * root : epsilon];
};

/**
 * Adam: moving averages of the gradient and of its square, corrected for their start at 0.
 * m ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g².
 *
 * - `tensorflow1`, `keras`: w ← w − η·√(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε), t the step of the optimizer. This ε is the
 *   paper's ε̂.
 * - `pytorch`: w ← w − η·m̂ / (√v̂ + ε), m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ), t the update of the variable.
 *
 * Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1 (`pytorch`) and the end of section
 * 2 (the others); `ApplyAdam` of TensorFlow 1.15, `keras.optimizers.Adam`, `torch.optim.Adam`.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const optimizer = new Adam({ learningRate: 0.001 });
 */
export class Adam extends Optimizer {
  constructor(options: AdamOptions = {}) {
    checkOptions("Adam", options, [...optimizerOptions, "beta1", "beta2", "epsilon"]);
    const variant = checkVariant("Adam", options.variant);
    const values = checkAdam("Adam", options, variant);
    const { beta1, beta2 } = values;
    super(
      "Adam",
      { ...options, learningRate: values.learningRate },
      {
        slots: { m: 0, v: 0 },
        rates: (learningRate, count) => adamRates(values, variant, learningRate, count),
        apply: (updates, rates) => updateVariables(adamPrimitive, updates, [rates], { beta1, beta2 }),
        countsVariables: variant === "pytorch",
      },
    );
  }
}
