import { ValueError } from "../tensor/errors.ts";
import { showValue } from "../tensor/options.ts";

/** Whose formulas and defaults a layer has; single options override. */
export type LayerVariant = "tensorflow1" | "keras" | "pytorch";

const variants: readonly LayerVariant[] = ["tensorflow1", "keras", "pytorch"];

/** The entry of a table that an option names. */
export const choose = <T>(layer: string, option: string, name: string, table: Readonly<Record<string, T>>): T => {
  if (!Object.hasOwn(table, name)) {
    throw new ValueError(
      `${layer}: ${option} must be a function or a known name, got ${showValue(name)}. ` +
        `The names are ${Object.keys(table).join(", ")}.`,
    );
  }
  return table[name];
};

/** The variant, TensorFlow 1 unless said. */
export const checkVariant = (layer: string, variant: LayerVariant = "tensorflow1"): LayerVariant => {
  if (!variants.includes(variant)) {
    throw new ValueError(
      `${layer}: variant must be one of ${variants.join(", ")}, got ${showValue(variant)}. Choose one of these.`,
    );
  }
  return variant;
};

/** A number that obeys a rule; NaN obeys none. */
export const checkNumber = (
  layer: string,
  option: string,
  value: number,
  rule: string,
  allowed: (value: number) => boolean,
): number => {
  if (typeof value !== "number" || !allowed(value)) {
    throw new ValueError(`${layer}: ${option} must be ${rule}, got ${showValue(value)}. Correct the ${option}.`);
  }
  return value;
};

/** A flag; strings and numbers are not taken for one. */
export const checkFlag = (layer: string, option: string, value: boolean): boolean => {
  if (typeof value !== "boolean") {
    throw new ValueError(`${layer}: ${option} must be true or false, got ${showValue(value)}. Correct the ${option}.`);
  }
  return value;
};

/** A function that may be left out. */
export const checkFunction = <F>(layer: string, option: string, value: F | undefined): F | undefined => {
  if (value !== undefined && typeof value !== "function") {
    throw new ValueError(`${layer}: ${option} must be a function, got ${showValue(value)}. Pass (weights) => tensor.`);
  }
  return value;
};
