import { copyOptions, number } from "../base/options.ts";
import { average, type UpdatePrimitive, updatePrimitive } from "../ops/update/updateRule.ts";
import { Optimizer } from "./optimizer/optimizer.ts";
import { averageRule, commonRules, type OptimizerOptions } from "./optimizer/optimizerOptions.ts";
import { updateWith } from "./optimizer/variableUpdate.ts";
import type { Schedule } from "./schedules/schedule.ts";

/** Options of `Lion`, which has no variants. */
export interface LionOptions extends Omit<OptimizerOptions, "learningRate" | "variant"> {
  /** Default: 0.0001, as in the authors' program (Keras: 0.001). */
  readonly learningRate?: number | Schedule;
  /** β₁, from 0 to below 1. Default: 0.9. */
  readonly beta1?: number;
  /** β₂, from 0 to below 1. Default: 0.99. */
  readonly beta2?: number;
  /** λ, from 0. Default: 0. */
  readonly weightDecay?: number;
}

/** The update of `Lion`. The weights are 1 − β₁ and 1 − β₂; `decayRate` is η·λ. */
export const lionPrimitive: UpdatePrimitive<"momentum", "rate" | "decayRate", "weight1" | "weight2"> =
  /* @__PURE__ */ updatePrimitive({
    name: "lion",
    slots: { momentum: 0 },
    rates: ["rate", "decayRate"],
    constants: ["weight1", "weight2"],
    formula: (algebra, { w, momentum, g }, { rate, decayRate, weight1, weight2 }) => {
      const { sub, mul, sign } = algebra;
      const direction = sign(average(algebra, momentum, g, weight1));
      const decayed = sub(w, mul(decayRate, w));
      return { w: sub(decayed, mul(rate, direction)), momentum: average(algebra, momentum, g, weight2) };
    },
  });

/**
 * Lion: every element moves by the learning rate, in the direction of the sign of a moving average, and the weights decay.
 * c = β₁·m + (1 − β₁)·g; w ← w − η·(sign(c) + λ·w); m ← β₂·m + (1 − β₂)·g, from 0.
 *
 * The authors advise a rate three to ten times smaller than AdamW's, and a weight decay as many times larger.
 *
 * Source: Chen et al., "Symbolic discovery of optimization algorithms", 2023, algorithm 2; `keras.optimizers.Lion`, which
 * agrees.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const optimizer = new Lion({ learningRate: 0.0003, weightDecay: 0.1 });
 */
export class Lion extends Optimizer {
  constructor(options: LionOptions = {}) {
    const rules = { beta1: averageRule, beta2: averageRule, weightDecay: number({ from: 0 }) };
    const own = copyOptions("Lion", options, { ...commonRules, ...rules });
    const { learningRate = 0.0001, beta1 = 0.9, beta2 = 0.99, weightDecay = 0 } = own;
    const update = updateWith(lionPrimitive, {
      constants: { weight1: 1 - beta1, weight2: 1 - beta2 },
      rates: (rate) => ({ rate, decayRate: rate * weightDecay }),
    });
    super("Lion", { ...own, learningRate }, update);
  }
}
