import { ValueError } from "../tensor/errors.ts";
import { showValue } from "../tensor/options.ts";
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

/** @throws ValueError when an option is no finite number, or outside of its interval. */
export const checkNumber = (where: string, name: string, value: unknown, interval: Interval): number => {
  const { from, above, to, below } = interval;
  const inside =
    typeof value === "number" &&
    Number.isFinite(value) &&
    (from === undefined || value >= from) &&
    (above === undefined || value > above) &&
    (to === undefined || value <= to) &&
    (below === undefined || value < below);
  if (inside) return value;
  const bounds = [
    from === undefined ? [] : [`at least ${from}`],
    above === undefined ? [] : [`above ${above}`],
    to === undefined ? [] : [`at most ${to}`],
    below === undefined ? [] : [`below ${below}`],
  ].flat();
  throw new ValueError(
    `${where}: ${name} must be a finite number${bounds.length > 0 ? `, ${bounds.join(" and ")}` : ""}, got ${showValue(value)}. Pass another ${name}.`,
  );
};

/** @throws ValueError when a number that must be above zero is not, or vanishes in float32. */
export const checkEpsilon = (where: string, value: unknown): number => {
  const epsilon = checkNumber(where, "epsilon", value, { above: 0 });
  if (Math.fround(epsilon) === 0) {
    throw new ValueError(`${where}: epsilon must not round to zero in float32, got ${epsilon}. Pass another epsilon.`);
  }
  return epsilon;
};

/** @throws ValueError when an option is neither true nor false. */
export const checkSwitch = (where: string, name: string, value: unknown): boolean => {
  if (typeof value === "boolean") return value;
  throw new ValueError(`${where}: ${name} must be true or false, got ${showValue(value)}. Pass one of them.`);
};

/** The variant that was asked for, or the first of those that the optimizer has. @throws ValueError for another. */
export const checkVariant = <Known extends Variant>(
  where: string,
  value: unknown,
  known: readonly [Known, ...Known[]],
): Known => {
  if (value === undefined) return known[0];
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  throw new ValueError(
    `${where}: variant must be one of ${known.map(showValue).join(", ")}, got ${showValue(value)}. Choose one of these.`,
  );
};

export const allVariants: readonly [Variant, ...Variant[]] = ["tensorflow1", "keras", "pytorch"];

/** The options that every optimizer has. */
export const optimizerOptions: readonly string[] = ["learningRate", "clip", "variant"];
