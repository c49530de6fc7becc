import { described } from "../../base/describe.ts";
import { pow } from "../../base/math.ts";
import {
  checkOption,
  copyOptions,
  flag,
  number,
  type OptionRule,
  type OptionRules,
  required,
} from "../../base/options.ts";

/**
 * A learning rate for each step: a function of how many steps were done (0 in the first step). It is asked before every
 * step, and the number flows into it: nothing is fixed when training starts. Any function of the step will do; those of
 * the library can be saved, and give the same bits everywhere.
 */
export type Schedule = (step: number) => number;

const from0: OptionRule = /* @__PURE__ */ number({ from: 0 });

/** A learning rate, or a schedule of it. */
export const rateRule: OptionRule = {
  words: "a schedule, or a finite number from 0",
  holds: (value) => typeof value === "function" || from0.holds(value),
};

/** Options of `exponentialDecay` and `inverseTimeDecay`. */
export interface ExponentialDecayOptions {
  /** The rate η₀ of the first step. */
  readonly initial: number;
  /** The number of steps of one decay: `step` divided by it is the exponent or factor. */
  readonly decaySteps: number;
  /** How strongly it decays in `decaySteps` steps: what multiplies the rate (exponential), or adds to its divisor (inverse time). */
  readonly decayRate: number;
  /** Whether the rate falls in steps, once every `decaySteps`, instead of a little in every step. Default: false. */
  readonly staircase?: boolean;
}

const stepRule: OptionRule = /* @__PURE__ */ required(/* @__PURE__ */ number());

/**
 * A schedule that checks its step, and that a saved optimizer can describe.
 * @param options What makes an equal schedule.
 */
export const scheduleOf = (where: string, rate: (step: number) => number, options: object): Schedule =>
  described(
    (step: number): number => rate(checkOption(where, "the step", step, stepRule)),
    where,
    options as Readonly<Record<string, unknown>>,
  );

const decayRules: OptionRules<ExponentialDecayOptions> = {
  initial: /* @__PURE__ */ required(/* @__PURE__ */ number({ from: 0 })),
  decaySteps: /* @__PURE__ */ required(/* @__PURE__ */ number({ above: 0 })),
  decayRate: /* @__PURE__ */ required(/* @__PURE__ */ number({ from: 0 })),
  staircase: flag,
};

/** A schedule from a formula, which takes how often `decaySteps` went by. */
const decay = (
  where: string,
  options: ExponentialDecayOptions,
  rules: OptionRules<ExponentialDecayOptions>,
  rate: (initial: number, decayRate: number, times: number) => number,
): Schedule => {
  const { initial, decaySteps, decayRate, staircase = false } = copyOptions(where, options, rules);
  const schedule = (step: number): number => {
    const times = step / decaySteps;
    return rate(initial, decayRate, staircase ? Math.floor(times) : times);
  };
  return scheduleOf(where, schedule, { initial, decaySteps, decayRate, staircase });
};

/**
 * A learning rate that falls exponentially: η = initial · decayRate^(step / decaySteps), with the exponent rounded down
 * when `staircase` is set. The same bits everywhere. Source: `tf.train.exponential_decay` of TensorFlow 1.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const rate = exponentialDecay({ initial: 0.1, decaySteps: 100, decayRate: 0.5 });
 * rate(0); // 0.1
 * rate(100); // 0.05
 */
export const exponentialDecay = (options: ExponentialDecayOptions): Schedule =>
  decay(
    "exponentialDecay",
    options,
    { ...decayRules, decayRate: required(number({ above: 0 })) },
    (initial, decayRate, times) => initial * pow(decayRate, times),
  );

/**
 * A learning rate that falls with the inverse of time: η = initial / (1 + decayRate · step / decaySteps), with the quotient
 * rounded down when `staircase` is set. Source: `tf.train.inverse_time_decay` of TensorFlow 1; Robbins and Monro, "A
 * stochastic approximation method", 1951, whose conditions it meets (its sum is infinite, that of its squares is not).
 * @throws ValueError for options out of range or unknown.
 * @example
 * const rate = inverseTimeDecay({ initial: 0.1, decaySteps: 100, decayRate: 1 });
 * rate(0); // 0.1
 * rate(100); // 0.05
 */
export const inverseTimeDecay = (options: ExponentialDecayOptions): Schedule =>
  decay("inverseTimeDecay", options, decayRules, (initial, decayRate, times) => initial / (1 + decayRate * times));

/** Options of `polynomialDecay`. */
export interface PolynomialDecayOptions {
  /** The rate of the first step. */
  readonly initial: number;
  /** The number of steps until `end` is reached. */
  readonly decaySteps: number;
  /** The last rate. Default: 0.0001. */
  readonly end?: number;
  /** Above 0. Default: 1, a straight line. */
  readonly power?: number;
  /** Whether it rises again when `end` is reached, to fall over 2, 3, ... times `decaySteps` from its start. Default: false. */
  readonly cycle?: boolean;
}

/**
 * A learning rate that falls to an end: η = (initial − end)·(1 − min(step, decaySteps) / decaySteps)^power + end. With
 * `cycle`, decaySteps is the next multiple of it instead of a bound. Source: `tf.train.polynomial_decay` of TensorFlow 1.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const rate = polynomialDecay({ initial: 0.1, decaySteps: 100, end: 0, power: 2 });
 * rate(0); // 0.1
 * rate(50); // 0.025
 * rate(200); // 0
 */
export const polynomialDecay = (options: PolynomialDecayOptions): Schedule => {
  const where = "polynomialDecay";
  const own = copyOptions(where, options, {
    initial: required(number({ from: 0 })),
    decaySteps: required(number({ above: 0 })),
    end: number({ from: 0 }),
    power: number({ above: 0 }),
    cycle: flag,
  });
  const { initial, decaySteps, end = 0.0001, power = 1, cycle = false } = own;
  const schedule = (step: number): number => {
    const whole = cycle ? decaySteps * Math.max(1, Math.ceil(step / decaySteps)) : decaySteps;
    return (initial - end) * pow(1 - Math.min(step, whole) / whole, power) + end;
  };
  return scheduleOf(where, schedule, { initial, decaySteps, end, power, cycle });
};
