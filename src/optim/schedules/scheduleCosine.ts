import { cosPi, pow } from "../../base/math.ts";
import { copyOptions, number, required } from "../../base/options.ts";
import type { Schedule } from "./schedule.ts";
import { scheduleOf } from "./schedule.ts";

/** Options of `cosineDecay`. */
export interface CosineDecayOptions {
  /** The rate of the first step. */
  readonly initial: number;
  /** The number of steps until the rate is at its lowest. */
  readonly decaySteps: number;
  /** The part of `initial` that is left at last, from 0 to 1. Default: 0. */
  readonly alpha?: number;
}

/** Half a cosine, from 1 at 0 to 0 at 1. */
const halfCosine = (progress: number): number => 0.5 * (1 + cosPi(progress));

/**
 * A learning rate that falls along half a cosine: η = initial · ((1 − α)·½(1 + cos(π · min(step, decaySteps) / decaySteps)) + α).
 * The same bits everywhere. Source: `tf.train.cosine_decay` of TensorFlow 1; Loshchilov and Hutter, "SGDR", 2017, equation
 * 5 without restarts.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const rate = cosineDecay({ initial: 0.1, decaySteps: 100 });
 * rate(0); // 0.1
 * rate(50); // 0.05
 * rate(200); // 0
 */
export const cosineDecay = (options: CosineDecayOptions): Schedule => {
  const where = "cosineDecay";
  const own = copyOptions(where, options, {
    initial: required(number({ from: 0 })),
    decaySteps: required(number({ above: 0 })),
    alpha: number({ from: 0, to: 1 }),
  });
  const { initial, decaySteps, alpha = 0 } = own;
  const schedule = (step: number): number =>
    initial * ((1 - alpha) * halfCosine(Math.min(step, decaySteps) / decaySteps) + alpha);
  return scheduleOf(where, schedule, { initial, decaySteps, alpha });
};

/** Options of `cosineDecayRestarts`. */
export interface CosineDecayRestartsOptions {
  /** The rate of the first step. */
  readonly initial: number;
  /** The number of steps until the first restart. */
  readonly firstDecaySteps: number;
  /** How many times as long each period is as the one before, from 1; TensorFlow's t_mul. Default: 2. */
  readonly periodFactor?: number;
  /** What each period begins with, as a part of the one before, above 0; TensorFlow's m_mul. Default: 1. */
  readonly peakFactor?: number;
  /** The part of `initial` that is left at the end of each period, from 0 to 1. Default: 0. */
  readonly alpha?: number;
}

/**
 * A learning rate that falls along half a cosine, and begins again at the end of each period: after i restarts, `done` steps
 * into a period, η = initial · ((1 − α)·peakFactorⁱ·½(1 + cos(π · done / (firstDecaySteps · periodFactorⁱ))) + α). A period's
 * first step has its full rate. Source: `tf.train.cosine_decay_restarts` of TensorFlow 1; Loshchilov and Hutter, "SGDR:
 * stochastic gradient descent with warm restarts", 2017, equation 5.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const rate = cosineDecayRestarts({ initial: 0.1, firstDecaySteps: 100, periodFactor: 2, peakFactor: 0.5 });
 * rate(50); // 0.05
 * rate(100); // 0.05, the first step after the first restart
 * rate(200); // 0.025, in the middle of the second period
 */
export const cosineDecayRestarts = (options: CosineDecayRestartsOptions): Schedule => {
  const where = "cosineDecayRestarts";
  const own = copyOptions(where, options, {
    initial: required(number({ from: 0 })),
    firstDecaySteps: required(number({ above: 0 })),
    periodFactor: number({ from: 1 }),
    peakFactor: number({ above: 0 }),
    alpha: number({ from: 0, to: 1 }),
  });
  const { initial, firstDecaySteps, periodFactor = 2, peakFactor = 1, alpha = 0 } = own;
  const schedule = (step: number): number => {
    // Counted, not by the logarithm of the formula in the source: that rounds to either side at a restart.
    const equal = periodFactor === 1 ? Math.floor(step / firstDecaySteps) : 0;
    let peak = pow(peakFactor, equal);
    let begin = equal * firstDecaySteps;
    let length = firstDecaySteps;
    while (step >= begin + length) {
      begin += length;
      length *= periodFactor;
      peak *= peakFactor;
    }
    return initial * ((1 - alpha) * peak * halfCosine((step - begin) / length) + alpha);
  };
  return scheduleOf(where, schedule, { initial, firstDecaySteps, periodFactor, peakFactor, alpha });
};
