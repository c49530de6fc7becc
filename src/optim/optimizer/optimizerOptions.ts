import { functionLike, number, type OptionRule, type OptionRules, required } from "../../base/options.ts";
import { type Variant, variantRule } from "../../base/variant.ts";
import { rateRule, type Schedule } from "../schedules/schedule.ts";
import type { GradientTransform } from "./gradients.ts";

/** Options of every optimizer. */
export interface OptimizerOptions {
  /** The learning rate η, or a schedule of it. */
  readonly learningRate: number | Schedule;
  /** Transforms the gradients before each update: `clipByValue(-1, 1)`. */
  readonly clip?: GradientTransform;
  /** Formula and defaults. Default: "tensorflow1". */
  readonly variant?: Variant;
}

/** The rules for the options of every optimizer, for one that has a default for the learning rate. */
export const commonRules: OptionRules<Omit<OptimizerOptions, "variant">> = {
  learningRate: rateRule,
  clip: /* @__PURE__ */ functionLike("(gradients) => gradients"),
};

/** The rules for the options of every optimizer. */
export const optimizerRules: OptionRules<OptimizerOptions> = {
  ...commonRules,
  learningRate: /* @__PURE__ */ required(rateRule),
  variant: variantRule,
};

/** The option of optimizers whose weight decay is a part of the gradient. */
export interface WeightDecayOptions {
  /**
   * λ, from 0: g ← g + λ·w for every variable, biases too, after `clip`, as `weight_decay` of PyTorch. AdamW decays weights
   * beside the gradient; `l2` of single layers is a part of the loss. Default: 0.
   */
  readonly weightDecay?: number;
}

/** The rule for `weightDecay`. */
export const weightDecayRules: OptionRules<WeightDecayOptions> = { weightDecay: /* @__PURE__ */ number({ from: 0 }) };

/** A decay or a momentum: from 0 to 1. */
export const decayRule: OptionRule = /* @__PURE__ */ number({ from: 0, to: 1 });

/** The decay of an average, which at 1 would never move. */
export const averageRule: OptionRule = /* @__PURE__ */ number({ from: 0, below: 1 });

/** ε, which keeps a denominator away from zero. */
export const epsilonRule: OptionRule = {
  words: "a finite number above 0, also in float32",
  holds: (value) => Number.isFinite(value) && Math.fround(value as number) > 0,
};
