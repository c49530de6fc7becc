import { described } from "../tensor/described.ts";
import { pow } from "../tensor/math.ts";
import { checkOptions } from "../tensor/options.ts";
import { checkNumber, checkSwitch } from "./options.ts";

/** What a saved schedule is made from again: its name and its options. */
export interface ScheduleDescription {
  readonly schedule: string;
  readonly [option: string]: unknown;
}

/**
 * A learning rate for each step: a function of how many steps were done (0 in the first one). One that can be described
 * can be saved; any function of the step will do for training.
 */
export interface Schedule {
  (step: number): number;
  toJSON?(): ScheduleDescription;
}

/** Options of `exponentialDecay`. */
export interface ExponentialDecayOptions {
  /** The rate η₀ of the first step. */
  readonly initial: number;
  /** The number of steps in which the rate is multiplied by `decayRate` once. */
  readonly decaySteps: number;
  readonly decayRate: number;
  /** Whether the rate falls in stairs, once every `decaySteps`, instead of a little in every step. Default: false. */
  readonly staircase?: boolean;
}

/**
 * A learning rate that falls exponentially: η = initial · decayRate^(step / decaySteps), with the exponent rounded down
 * when `staircase` is set. The same bits everywhere. Source: `tf.train.exponential_decay` of TensorFlow 1.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const rate = exponentialDecay({ initial: 0.1, decaySteps: 100, decayRate: 0.5 });
 * rate(0); // 0.1
 * rate(100); // 0.05
 */
export const exponentialDecay = (options: ExponentialDecayOptions): Schedule => {
  const where = "exponentialDecay";
  checkOptions(where, options, ["initial", "decaySteps", "decayRate", "staircase"]);
  const initial = checkNumber(where, "initial", options.initial, { from: 0 });
  const decaySteps = checkNumber(where, "decaySteps", options.decaySteps, { above: 0 });
  const decayRate = checkNumber(where, "decayRate", options.decayRate, { above: 0 });
  const staircase = checkSwitch(where, "staircase", options.staircase ?? false);
  const rate = (step: number): number => {
    const exponent = step / decaySteps;
    return initial * pow(decayRate, staircase ? Math.floor(exponent) : exponent);
  };
  const values = { initial, decaySteps, decayRate, staircase };
  const schedule = Object.assign(rate, { toJSON: (): ScheduleDescription => ({ schedule: where, ...values }) });
  return described(schedule, where, values);
};
