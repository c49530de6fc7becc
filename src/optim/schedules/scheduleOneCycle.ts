import { cosPi } from "../../base/math.ts";
import { copyOptions, flag, number, oneOf, required } from "../../base/options.ts";
import type { Schedule } from "./schedule.ts";
import { scheduleOf } from "./schedule.ts";

/** Options of `oneCycle`. */
export interface OneCycleOptions {
  /** The highest rate. */
  readonly max: number;
  /** The number of steps of the whole cycle; later steps have the rate of its last. */
  readonly totalSteps: number;
  /** The part of the steps that raise the rate, from 0 to 1. Default: 0.3. */
  readonly riseFraction?: number;
  /** The first rate is max / divisor. Default: 25. */
  readonly divisor?: number;
  /** The last rate is the first / finalDivisor. Default: 10000. */
  readonly finalDivisor?: number;
  /** The form of rise and fall. Default: "cosine". */
  readonly anneal?: "cosine" | "linear";
  /** Whether the rate falls as long as it rose, to the first rate, and to the last one after that. Default: false. */
  readonly threePhase?: boolean;
}

/** A part of the cycle, up to and including step `end`, which need not be whole. */
interface Phase {
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/**
 * A learning rate that rises to its maximum and falls far below where it began, once: from max / divisor at step 0 to max at
 * step riseFraction · totalSteps − 1, and to max / divisor / finalDivisor at step totalSteps − 1. Between two rates a and b,
 * a part p of the way, it is b + (a − b)·½(1 + cos(πp)), or a + (b − a)·p if "linear". The momentum stays as it is.
 *
 * Source: Smith and Topin, "Super-convergence", 2018; `torch.optim.lr_scheduler.OneCycleLR`.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const rate = oneCycle({ max: 0.1, totalSteps: 100 });
 * rate(0); // 0.004
 * rate(29); // 0.1
 * rate(99) < 1e-6; // true
 */
export const oneCycle = (options: OneCycleOptions): Schedule => {
  const where = "oneCycle";
  const own = copyOptions(where, options, {
    max: required(number({ from: 0 })),
    totalSteps: required(number({ from: 1 })),
    riseFraction: number({ from: 0, to: 1 }),
    divisor: number({ above: 0 }),
    finalDivisor: number({ above: 0 }),
    anneal: oneOf("cosine", "linear"),
    threePhase: flag,
  });
  const { max, totalSteps, riseFraction = 0.3, divisor = 25, finalDivisor = 1e4 } = own;
  const { anneal = "cosine", threePhase = false } = own;
  const first = max / divisor;
  const last = first / finalDivisor;
  const risen = riseFraction * totalSteps - 1;
  const phases: readonly Phase[] = [
    { end: risen, from: first, to: max },
    ...(threePhase ? [{ end: 2 * riseFraction * totalSteps - 2, from: max, to: first }] : []),
    { end: totalSteps - 1, from: threePhase ? first : max, to: last },
  ];
  const schedule = (step: number): number => {
    const at = Math.min(step, totalSteps - 1);
    const phase = phases.findIndex(({ end }) => at <= end);
    const { end, from, to } = phases[phase];
    const begin = phase === 0 ? 0 : phases[phase - 1].end;
    // A phase that ends where it begins is over.
    const progress = end > begin ? (at - begin) / (end - begin) : 1;
    return anneal === "linear" ? (to - from) * progress + from : to + ((from - to) / 2) * (1 + cosPi(progress));
  };
  return scheduleOf(where, schedule, { max, totalSteps, riseFraction, divisor, finalDivisor, anneal, threePhase });
};
