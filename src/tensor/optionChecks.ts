import { ValueError } from "../base/errors.ts";
import { showValue } from "../base/showValue.ts";

/** A number that obeys a rule; NaN obeys none. */
export const checkNumber = (
  where: string,
  option: string,
  value: unknown,
  rule: string,
  allowed: (value: number) => boolean,
): number => {
  if (typeof value === "number" && allowed(value)) return value;
  throw new ValueError(`${where}: ${option} must be ${rule}, got ${showValue(value)}. Correct the ${option}.`);
};

/** A flag; strings and numbers are not taken for one. */
export const checkFlag = (where: string, option: string, value: unknown): boolean => {
  if (typeof value === "boolean") return value;
  throw new ValueError(`${where}: ${option} must be true or false, got ${showValue(value)}. Correct the ${option}.`);
};

/** A function that may be left out. */
export const checkFunction = <F>(where: string, option: string, value: F | undefined): F | undefined => {
  if (value === undefined || typeof value === "function") return value;
  throw new ValueError(`${where}: ${option} must be a function, got ${showValue(value)}. Pass (weights) => tensor.`);
};

/** One of some words. */
export const checkChoice = <T extends string>(where: string, option: string, value: T, known: readonly T[]): T => {
  if (known.includes(value)) return value;
  throw new ValueError(
    `${where}: ${option} must be one of ${known.join(", ")}, got ${showValue(value)}. Choose one of these.`,
  );
};

/** Whose formulas and defaults there are. */
type Variant = "tensorflow1" | "keras" | "pytorch";

export const variants: readonly Variant[] = ["tensorflow1", "keras", "pytorch"];

/** The variant that was asked for, or the first. */
export const checkVariant = <Known extends Variant>(
  where: string,
  variant: Known | undefined,
  known: readonly Known[] = variants as readonly Known[],
): Known => checkChoice(where, "variant", variant ?? known[0], known);
