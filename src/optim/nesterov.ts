import { copyOptions, required } from "../base/options.ts";
import { type UpdatePrimitive, updatePrimitive } from "../ops/update/updateRule.ts";
import { Optimizer } from "./optimizer/optimizer.ts";
import {
  decayRule,
  type OptimizerOptions,
  optimizerRules,
  type WeightDecayOptions,
  weightDecayRules,
} from "./optimizer/optimizerOptions.ts";
import { updateWith } from "./optimizer/variableUpdate.ts";

/** Options of `Nesterov`. */
export interface NesterovOptions extends OptimizerOptions, WeightDecayOptions {
  /** μ, from 0 to 1: the decay of the buffer. */
  readonly momentum: number;
}

/** The update of `Nesterov`; the rates are those of `momentumPrimitive`. */
export const nesterovPrimitive: UpdatePrimitive<"momentum", "gradientRate" | "stepRate", "decay"> =
  /* @__PURE__ */ updatePrimitive({
    name: "nesterov",
    slots: { momentum: 0 },
    rates: ["gradientRate", "stepRate"],
    constants: ["decay"],
    formula: ({ add, sub, mul, shared }, { w, momentum, g }, { gradientRate, stepRate, decay }) => {
      const scaled = shared(mul(gradientRate, g));
      const buffer = shared(add(mul(decay, momentum), scaled));
      return { w: sub(w, mul(stepRate, add(scaled, mul(decay, buffer)))), momentum: buffer };
    },
  });

/**
 * Gradient descent with Nesterov's accelerated gradient: momentum that looks one step ahead. The buffer b starts at 0.
 *
 * - `tensorflow1`, `pytorch`: b ← μ·b + g; w ← w − η·(g + μ·b)
 * - `keras`: b ← μ·b + η·g; w ← w − (η·g + μ·b). (Keras' own velocity is −b.)
 *
 * Source: Nesterov, "A method for solving the convex programming problem with convergence rate O(1/k²)", 1983, in the form
 * of Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013; `ApplyMomentum` with
 * `use_nesterov` of TensorFlow 1.15, `keras.optimizers.SGD(nesterov)`, `torch.optim.SGD(nesterov)`.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const optimizer = new Nesterov({ learningRate: 0.01, momentum: 0.9 });
 */
export class Nesterov extends Optimizer {
  constructor(options: NesterovOptions) {
    const own = copyOptions("Nesterov", options, {
      ...optimizerRules,
      ...weightDecayRules,
      momentum: required(decayRule),
    });
    const update = updateWith(nesterovPrimitive, {
      weightDecay: own.weightDecay,
      constants: { decay: own.momentum },
      rates: (rate) =>
        own.variant === "keras" ? { gradientRate: rate, stepRate: 1 } : { gradientRate: 1, stepRate: rate },
    });
    super("Nesterov", own, update);
  }
}
