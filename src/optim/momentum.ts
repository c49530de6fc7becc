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

/** Options of `Momentum`. */
export interface MomentumOptions extends OptimizerOptions, WeightDecayOptions {
  /** μ, from 0 to 1: the decay of the buffer. */
  readonly momentum: number;
  /** The part of a gradient that is left out of the buffer, from 0 to 1; never of the first one. Default: 0. */
  readonly dampening?: number;
}

/** The update of `Momentum`. Where η is inside the buffer it is in `gradientRate`, else in `stepRate`; the other is 1. */
export const momentumPrimitive: UpdatePrimitive<"momentum", "gradientRate" | "stepRate", "decay"> =
  /* @__PURE__ */ updatePrimitive({
    name: "momentum",
    slots: { momentum: 0 },
    rates: ["gradientRate", "stepRate"],
    constants: ["decay"],
    formula: ({ add, sub, mul, shared }, { w, momentum, g }, { gradientRate, stepRate, decay }) => {
      const buffer = shared(add(mul(decay, momentum), mul(gradientRate, g)));
      return { w: sub(w, mul(stepRate, buffer)), momentum: buffer };
    },
  });

/**
 * Gradient descent with momentum. The buffer b starts at 0; d is the dampening, 0 in a variable's first update.
 *
 * - `tensorflow1`, `pytorch`: b ← μ·b + (1 − d)·g; w ← w − η·b
 * - `keras`: b ← μ·b + η·(1 − d)·g; w ← w − b. The rate is in the buffer, so that a change of it takes effect slowly.
 *   (Keras' own velocity is −b.)
 *
 * Source: Polyak, "Some methods of speeding up the convergence of iteration methods", 1964; `ApplyMomentum` of TensorFlow
 * 1.15, `keras.optimizers.SGD(momentum)`, `torch.optim.SGD(momentum, dampening)`.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const optimizer = new Momentum({ learningRate: 0.01, momentum: 0.9 });
 */
export class Momentum extends Optimizer {
  constructor(options: MomentumOptions) {
    const rules = { ...optimizerRules, ...weightDecayRules, momentum: required(decayRule), dampening: decayRule };
    const own = copyOptions("Momentum", options, rules);
    const { variant, momentum, dampening = 0 } = own;
    const update = updateWith(momentumPrimitive, {
      weightDecay: own.weightDecay,
      constants: { decay: momentum },
      rates: (rate, count) => {
        // Without momentum PyTorch has no buffer, and nothing to dampen.
        const undamped = count === 1 || momentum === 0 ? 1 : 1 - dampening;
        return variant === "keras"
          ? { gradientRate: rate * undamped, stepRate: 1 }
          : { gradientRate: undamped, stepRate: rate };
      },
      countsVariables: true,
    });
    super("Momentum", own, update);
  }
}
