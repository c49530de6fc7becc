import { copyOptions, oneOf } from "../base/options.ts";
import { type AdamOptions, adamRules, adamUpdate, adamWith } from "./adam.ts";
import { Optimizer } from "./optimizer/optimizer.ts";

/** Options of `AdamW`. */
export interface AdamWOptions extends Omit<AdamOptions, "variant" | "weightDecay"> {
  /** λ, from 0. Default: 0.004 (`keras`), 0.01 (`pytorch`). */
  readonly weightDecay?: number;
  /** TensorFlow 1 has no AdamW. Default: "keras". */
  readonly variant?: "keras" | "pytorch";
}

export const adamWPrimitive: ReturnType<typeof adamUpdate> = /* @__PURE__ */ adamUpdate("adamW", { decays: true });
export const adamWAmsgradPrimitive: ReturnType<typeof adamUpdate> = /* @__PURE__ */ adamUpdate("adamWAmsgrad", {
  amsgrad: true,
  decays: true,
});

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
    const rules = { ...adamRules, variant: oneOf("keras", "pytorch") };
    const own = copyOptions("AdamW", options, rules);
    const primitive = own.amsgrad ? adamWAmsgradPrimitive : adamWPrimitive;
    const { learningRate = 0.001, variant = "keras" } = own;
    const { weightDecay = variant === "keras" ? 0.004 : 0.01 } = own;
    super("AdamW", { ...own, learningRate }, adamWith(primitive, own, variant, weightDecay));
  }
}
