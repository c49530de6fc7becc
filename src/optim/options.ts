import { ValueError } from "../tensor/errors.ts";
import { checkNumber as checkRule } from "../tensor/optionChecks.ts";
import type { GradientTransform } from "./gradients.ts";
import type { Schedule } from "./schedule.ts";

/** Whose formulas and defaults an optimizer has: TensorFlow 1.15, Keras 3 or PyTorch. */
export type Variant = "tensorflow1" | "keras" | "pytorch";

/** Options of every optimizer. */
export interface OptimizerOptions {
  /** The learning rate η, or a schedule of it. */
  readonly learningRate: number | Schedule;
  /** Transforms the gradients before each update: `clipByValue(-1, 1)`. */
  readonly clip?: GradientTransform;
  /** Formula and defaults. Default: "tensorflow1". */
  readonly variant?: Variant;
}

/** The interval in which an option lies; a missing bound is infinite. */
export interface Interval {
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
  readonly below?: number;
}

const words: Readonly<Record<keyof Interval, string>> = {
  from: "at least",
  above: "above",
  to: "at most",
  below: "below",
};

/** @throws ValueError when an option is no finite number, or outside of its interval. */
export const checkNumber = (where: string, name: string, value: unknown, interval: Interval): number => {
  const bounds = Object.entries(interval).map(([bound, limit]) => `${words[bound as keyof Interval]} ${limit}`);
  const rule = bounds.length > 0 ? `a finite number, ${bounds.join(" and ")}` : "a finite number";
  const { from = -Infinity, above = -Infinity, to = Infinity, below = Infinity } = interval;
  const isInside = (number: number): boolean =>
    Number.isFinite(number) && number >= from && number > above && number <= to && number < below;
  return checkRule(where, name, value, rule, isInside);
};

/** @throws ValueError when a number that must be above zero is not, or vanishes in float32. */
export const checkEpsilon = (where: string, value: unknown): number => {
  const epsilon = checkNumber(where, "epsilon", value, { above: 0 });
  if (Math.fround(epsilon) === 0) {
    throw new ValueError(`${where}: epsilon must not round to zero in float32, got ${epsilon}. Pass another epsilon.`);
  }
  return epsilon;
};

/** The options that every optimizer has. */
export const optimizerOptions: readonly string[] = ["learningRate", "clip", "variant"];
