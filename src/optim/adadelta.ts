import { copyOptions } from "../base/options.ts";
import { average, type UpdatePrimitive, updatePrimitive } from "../ops/update/updateRule.ts";
import { Optimizer } from "./optimizer/optimizer.ts";
import {
  averageRule,
  commonRules,
  epsilonRule,
  type OptimizerOptions,
  optimizerRules,
} from "./optimizer/optimizerOptions.ts";
import { updateWith } from "./optimizer/variableUpdate.ts";
import type { Schedule } from "./schedules/schedule.ts";

/** Options of `Adadelta`. */
export interface AdadeltaOptions extends Omit<OptimizerOptions, "learningRate"> {
  /** Default: 0.001, of `pytorch` 1. */
  readonly learningRate?: number | Schedule;
  /** ρ, the decay of the averages, from 0 to below 1. Default: 0.95, of `pytorch` 0.9. */
  readonly decay?: number;
  /** ε, above 0. Default: 1e-8 (`tensorflow1`), 1e-7 (`keras`), 1e-6 (`pytorch`). */
  readonly epsilon?: number;
}

const defaults = {
  tensorflow1: { learningRate: 0.001, decay: 0.95, epsilon: 1e-8 },
  keras: { learningRate: 0.001, decay: 0.95, epsilon: 1e-7 },
  pytorch: { learningRate: 1, decay: 0.9, epsilon: 1e-6 },
} as const;

/** The update of `Adadelta`; `weight` is 1 − ρ. */
export const adadeltaPrimitive: UpdatePrimitive<"accum" | "accum_update", "rate", "weight" | "epsilon"> =
  /* @__PURE__ */ updatePrimitive({
    name: "adadelta",
    slots: { accum: 0, accum_update: 0 },
    rates: ["rate"],
    constants: ["weight", "epsilon"],
    formula: (algebra, { w, accum: s, accum_update: d, g }, { rate, weight, epsilon }) => {
      const { add, sub, mul, div, sqrt, shared } = algebra;
      const accum = average(algebra, s, mul(g, g), weight);
      const u = shared(mul(div(sqrt(add(d, epsilon)), sqrt(add(accum, epsilon))), g));
      return { w: sub(w, mul(rate, u)), accum, accum_update: average(algebra, d, mul(u, u), weight) };
    },
  });

/**
 * Adadelta: steps in the units of the variable, the root mean square of the last updates over that of the gradients.
 * s ← ρ·s + (1 − ρ)·g²; u = √(d + ε) / √(s + ε) · g; w ← w − η·u; d ← ρ·d + (1 − ρ)·u². s and d start at 0.
 *
 * The variants differ in their defaults alone. Those of `tensorflow1` and `keras` have a rate of 0.001, a thousandth of the
 * paper's, with which a network hardly learns.
 *
 * Source: Zeiler, "ADADELTA: an adaptive learning rate method", 2012, algorithm 1; `ApplyAdadelta` of TensorFlow 1.15,
 * `keras.optimizers.Adadelta`, `torch.optim.Adadelta`.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const optimizer = new Adadelta({ variant: "pytorch" });
 */
export class Adadelta extends Optimizer {
  constructor(options: AdadeltaOptions = {}) {
    const rules = { ...optimizerRules, ...commonRules, decay: averageRule, epsilon: epsilonRule };
    const own = copyOptions("Adadelta", options, rules);
    const preset = defaults[own.variant ?? "tensorflow1"];
    const { learningRate = preset.learningRate, decay = preset.decay, epsilon = preset.epsilon } = own;
    const update = updateWith(adadeltaPrimitive, {
      constants: { weight: 1 - decay, epsilon },
      rates: (rate) => ({ rate }),
    });
    super("Adadelta", { ...own, learningRate }, update);
  }
}
