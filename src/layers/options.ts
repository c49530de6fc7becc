import { ValueError } from "../tensor/errors.ts";

/** Whose formulas and defaults a layer has; single options override. */
export type LayerVariant = "tensorflow1" | "keras" | "pytorch";

const variants: readonly LayerVariant[] = ["tensorflow1", "keras", "pytorch"];

/** A value as an error shows it. */
const show = (value: unknown): string => {
  if (typeof value === "string") return `"${value}"`;
  if (typeof value === "function") return "a function";
  return Array.isArray(value) ? `[${value.join(", ")}]` : String(value);
};

/**
 * Refuses option names that do not exist, so that a misspelled option is not passed over.
 * @throws ValueError that lists the options.
 */
export const checkOptions = (layer: string, options: object, known: readonly string[]): void => {
  if (typeof options !== "object" || options === null) {
    throw new ValueError(`${layer}: options are one object, got ${show(options)}. Pass { ${known[0]}: ... }.`);
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new ValueError(
        `${layer}: every option must be one that exists, got "${name}". The options are ${known.join(", ")}.`,
      );
    }
  }
};

/** The entry of a table that an option names. */
export const choose = <T>(layer: string, option: string, name: string, table: Readonly<Record<string, T>>): T => {
  if (!Object.hasOwn(table, name)) {
    throw new ValueError(
      `${layer}: ${option} must be a function or a known name, got ${show(name)}. ` +
        `The names are ${Object.keys(table).join(", ")}.`,
    );
  }
  return table[name];
};

/** The variant, TensorFlow 1 unless said. */
export const checkVariant = (layer: string, variant: LayerVariant = "tensorflow1"): LayerVariant => {
  if (!variants.includes(variant)) {
    throw new ValueError(
      `${layer}: variant must be one of ${variants.join(", ")}, got ${show(variant)}. Choose one of these.`,
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
    throw new ValueError(`${layer}: ${option} must be ${rule}, got ${show(value)}. Correct the ${option}.`);
  }
  return value;
};

/** A flag; strings and numbers are not taken for one. */
export const checkFlag = (layer: string, option: string, value: boolean): boolean => {
  if (typeof value !== "boolean") {
    throw new ValueError(`${layer}: ${option} must be true or false, got ${show(value)}. Correct the ${option}.`);
  }
  return value;
};

/** A function that may be left out. */
export const checkFunction = <F>(layer: string, option: string, value: F | undefined): F | undefined => {
  if (value !== undefined && typeof value !== "function") {
    throw new ValueError(`${layer}: ${option} must be a function, got ${show(value)}. Pass (weights) => tensor.`);
  }
  return value;
};
