import { describeFunction, descriptionOf } from "../../base/describe.ts";
import { copyOptions, number, required } from "../../base/options.ts";
import type { Schedule } from "./schedule.ts";
import { rateRule, scheduleOf } from "./schedule.ts";

/** Options of `linearWarmUp`. */
export interface LinearWarmUpOptions {
  /** The rate, or the schedule, that follows the warm-up; it counts its steps from there. */
  readonly schedule: number | Schedule;
  /** The number of steps that raise the rate. */
  readonly steps: number;
  /** What it rises from, as a part of the first rate of `schedule`, from 0. Default: 0. */
  readonly startFactor?: number;
}

/**
 * A learning rate that rises in a straight line to where another one begins: with η₀ = schedule(0), in the first `steps` steps
 * η = η₀ · (startFactor + (1 − startFactor) · step / steps), then η = schedule(step − steps). A startFactor of 0 lets the very
 * first step change nothing; Goyal et al. begin with a part above 0.
 *
 * Source: Goyal et al., "Accurate, large minibatch SGD", 2017, section 2.2; `keras.optimizers.schedules.CosineDecay` with
 * `warmup_steps` (from 0); `torch.optim.lr_scheduler.SequentialLR` of a `LinearLR` and another.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const rate = linearWarmUp({ steps: 10, schedule: cosineDecay({ initial: 0.1, decaySteps: 100 }) });
 * rate(0); // 0
 * rate(5); // 0.05
 * rate(10); // 0.1
 * rate(60); // 0.05, half of the cosine
 */
export const linearWarmUp = (options: LinearWarmUpOptions): Schedule => {
  const where = "linearWarmUp";
  const own = copyOptions(where, options, {
    schedule: required(rateRule),
    steps: required(number({ above: 0 })),
    startFactor: number({ from: 0 }),
  });
  const { schedule: after, steps, startFactor = 0 } = own;
  const rateAfter = (step: number): number => (typeof after === "number" ? after : after(step));
  const rate = (step: number): number => {
    if (step >= steps) return rateAfter(step - steps);
    return rateAfter(0) * (startFactor + ((1 - startFactor) * step) / steps);
  };
  // A schedule around a function without a description trains, but cannot be saved.
  if (typeof after === "function" && !descriptionOf(after)) return rate;
  const plain = typeof after === "number" ? after : describeFunction(where, "schedule", after);
  return scheduleOf(where, rate, { schedule: plain, steps, startFactor });
};
