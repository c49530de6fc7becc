import { updateVariables } from "../autograd/variable.ts";
import {
  rmsPropCenteredMomentumPrimitive,
  rmsPropCenteredPrimitive,
  rmsPropMomentumPrimitive,
  rmsPropPrimitive,
} from "../ops/updateAdaptive.ts";
import { checkFlag, checkVariant } from "../tensor/optionChecks.ts";
import { checkOptions } from "../tensor/options.ts";
import { Optimizer } from "./optimizer.ts";
import { checkEpsilon, checkNumber, type OptimizerOptions, optimizerOptions } from "./options.ts";
import type { Schedule } from "./schedule.ts";

/** Options of `RMSProp`. */
export interface RMSPropOptions extends Omit<OptimizerOptions, "learningRate"> {
  /** Default: 0.001 (`keras`), 0.01 (`pytorch`); `tensorflow1` has none. */
  readonly learningRate?: number | Schedule;
  /** ρ, the part of the averages that is kept, from 0 to below 1. Default: 0.9, of `pytorch` 0.99. */
  readonly decay?: number;
  /** μ, from 0 to 1. Default: 0. */
  readonly momentum?: number;
  /** ε, above 0. Default: 1e-10 (`tensorflow1`), 1e-7 (`keras`), 1e-8 (`pytorch`). */
  readonly epsilon?: number;
  /** Whether to divide by the deviation of the gradient instead of its mean square. Default: false. */
  readonly centered?: boolean;
}

const defaults = {
  tensorflow1: { learningRate: undefined, decay: 0.9, epsilon: 1e-10, start: 1 },
  keras: { learningRate: 0.001, decay: 0.9, epsilon: 1e-7, start: 0 },
  pytorch: { learningRate: 0.01, decay: 0.99, epsilon: 1e-8, start: 0 },
} as const;

/**
 * RMSProp: the gradient divided by its root mean square, a moving average. s ← ρ·s + (1 − ρ)·g², from 1 in `tensorflow1`,
 * else from 0; centered, also a ← ρ·a + (1 − ρ)·g from 0, and s − a² (not below 0, where rounding takes it) stands in the
 * place of s. The buffer b starts at 0.
 *
 * - `tensorflow1`, `keras`: b ← μ·b + η·g / √(s + ε); w ← w − b
 * - `pytorch`: b ← μ·b + g / (√s + ε); w ← w − η·b
 *
 * Source: Tieleman and Hinton, "Lecture 6.5, RMSProp", 2012; centered, Graves, "Generating sequences with recurrent neural
 * networks", 2013; `ApplyRMSProp`, `ApplyCenteredRMSProp` of TensorFlow 1.15, `keras.optimizers.RMSprop`,
 * `torch.optim.RMSprop`.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const optimizer = new RMSProp({ learningRate: 0.001, decay: 0.9, momentum: 0.9, epsilon: 1e-10 });
 */
export class RMSProp extends Optimizer {
  constructor(options: RMSPropOptions) {
    checkOptions("RMSProp", options, [...optimizerOptions, "decay", "momentum", "epsilon", "centered"]);
    const variant = checkVariant("RMSProp", options.variant);
    const own = defaults[variant];
    const decay = checkNumber("RMSProp", "decay", options.decay ?? own.decay, { from: 0, below: 1 });
    const momentum = checkNumber("RMSProp", "momentum", options.momentum ?? 0, { from: 0, to: 1 });
    const epsilon = checkEpsilon("RMSProp", options.epsilon ?? own.epsilon);
    const centered = checkFlag("RMSProp", "centered", options.centered ?? false);
    const isPyTorch = variant === "pytorch";
    const attributes = { decay, momentum, inside: isPyTorch ? 0 : epsilon, outside: isPyTorch ? epsilon : 0 };
    const plain = centered ? rmsPropCenteredPrimitive : rmsPropPrimitive;
    const withMomentum = centered ? rmsPropCenteredMomentumPrimitive : rmsPropMomentumPrimitive;
    const primitive = momentum > 0 ? withMomentum : plain;
    const learningRate = options.learningRate ?? own.learningRate;
    super("RMSProp", { ...options, learningRate } as OptimizerOptions, {
      slots: {
        mean_square: own.start,
        ...(centered ? { mean_gradient: 0 } : {}),
        ...(momentum > 0 ? { momentum: 0 } : {}),
      },
      rates: (rate) => (isPyTorch ? [1, rate] : [rate, 1]),
      apply: (updates, rates) => updateVariables(primitive, updates, [rates], attributes),
      countsVariables: false,
    });
  }
}
