import { updateVariables } from "../autograd/variable.ts";
import { adamWPrimitive } from "../ops/updateAdaptive.ts";
import { checkVariant } from "../tensor/optionChecks.ts";
import { checkOptions } from "../tensor/options.ts";
import { type AdamOptions, adamRates, checkAdam } from "./adam.ts";
import { Optimizer } from "./optimizer.ts";
import { checkNumber, optimizerOptions } from "./options.ts";

/** Options of `AdamW`. */
export interface AdamWOptions extends Omit<AdamOptions, "variant"> {
  /** λ, from 0. Default: 0.004 (`keras`), 0.01 (`pytorch`). */
  readonly weightDecay?: number;
  /** TensorFlow 1 has no AdamW. Default: "keras". */
  readonly variant?: "keras" | "pytorch";
}

/**
 * Adam with decoupled weight decay: w ← w − η·λ·w, then the update of `Adam` in the same variant, whose gradient and
 * moving averages the decay does not enter.
 *
 * Source: Loshchilov and Hutter, "Decoupled weight decay regularization", 2019; `keras.optimizers.AdamW`,
 * `torch.optim.AdamW`.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const optimizer = new AdamW({ learningRate: 0.001, weightDecay: 0.01 });
 */
export class AdamW extends Optimizer {
  constructor(options: AdamWOptions = {}) {
    checkOptions("AdamW", options, [...optimizerOptions, "beta1", "beta2", "epsilon", "weightDecay"]);
    const variant = checkVariant("AdamW", options.variant, ["keras", "pytorch"]);
    const values = checkAdam("AdamW", options, variant);
    const weightDecay = options.weightDecay ?? (variant === "keras" ? 0.004 : 0.01);
    const decay = checkNumber("AdamW", "weightDecay", weightDecay, { from: 0 });
    const { beta1, beta2 } = values;
    super(
      "AdamW",
      { ...options, learningRate: values.learningRate },
      {
        slots: { m: 0, v: 0 },
        // The product η·λ flows, not 1 − η·λ: rounded to float32, that would lose the digits of a small decay.
        rates: (learningRate, count) => [...adamRates(values, variant, learningRate, count), learningRate * decay],
        apply: (updates, rates) => updateVariables(adamWPrimitive, updates, [rates], { beta1, beta2 }),
        countsVariables: variant === "pytorch",
      },
    );
  }
}
