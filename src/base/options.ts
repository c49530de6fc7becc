import { checkDepth } from "./checkDepth.ts";
import { ValueError } from "./errors.ts";
import { noOptions, showValue } from "./showValue.ts";

/** What an option may be: the rule in words, as an error prints it, and as a test. */
export interface OptionRule {
  /** Completes "must be": `a whole number from 1`. */
  readonly words: string;
  readonly holds: (value: unknown) => boolean;
  /** Whether leaving the option out breaks the rule too. Default: false. */
  readonly required?: boolean;
}

/** A rule for every option of an interface: a missing entry does not compile. */
export type OptionRules<Options> = { readonly [Name in keyof Required<Options>]: OptionRule };

/**
 * The rules of both. A call that is marked as pure leaves a bundle when nothing uses it; an object with a spread never does.
 */
export const joinRules = <First extends object, Second extends object>(
  first: First,
  second: Second,
): First & Second => ({
  ...first,
  ...second,
});

/** The interval of a number; a missing bound is infinite. */
export interface Interval {
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
  readonly below?: number;
}

/**
 * Checks options against their rules.
 * @returns The options.
 * @throws ValueError for a value that breaks its rule, and for a name that has no rule: a misspelled option would silently
 * do nothing.
 */
export const checkOptions = <Options extends object>(
  where: string,
  options: Options,
  rules: OptionRules<Options>,
): Options => {
  if (options === noOptions) return options;
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    const [first] = Object.keys(rules);
    throw new ValueError(`${where}: options are one object, got ${showValue(options)}. Pass { ${first}: ... }.`);
  }
  // Operations are checked in every step, so this makes no array of names.
  for (const name in options) {
    if (!Object.hasOwn(rules, name)) {
      throw new ValueError(
        `${where}: every option must be one that exists, got ${showValue(name)}. ` +
          `The options are ${Object.keys(rules).join(", ")}.${renamed(name, rules)}`,
      );
    }
  }
  for (const name in rules) checkOption(where, name, options[name], rules[name]);
  return options;
};

/** Names of options in other libraries. */
const aliases: Readonly<Record<string, string>> = {
  lr: "learningRate",
  eps: "epsilon",
  dim: "axis",
  keepdim: "keepDims",
  validationData: "validation",
  classWeight: "classWeights",
  restoreBestWeights: "restoreBest",
  std: "stddev",
  p: "rate",
};

/** `kernel_initializer` and `he_normal` as names are written here. */
const inCamelCase = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** The name that an option of another library has here. */
const renamed = (name: string, rules: object): string => {
  const camel = inCamelCase(name);
  const meant = Object.hasOwn(rules, camel) ? camel : aliases[camel];
  return meant !== undefined && Object.hasOwn(rules, meant) ? ` Write ${meant}.` : "";
};

/**
 * Checks options, and copies them for callers that keep them: what the caller does to its object, and to the lists and plain
 * objects in it, changes nothing later.
 * @throws ValueError as `checkOptions` does.
 */
export const copyOptions = <Options extends object>(
  where: string,
  options: Options,
  rules: OptionRules<Options>,
): Options => copyEntries(checkOptions(where, options, rules), where, 0);

/**
 * Checks one value: an option, or an argument that has a place instead of a name.
 * @returns The value.
 * @throws ValueError when it breaks the rule.
 */
export const checkOption = <T>(where: string, name: string, value: T, rule: OptionRule): T => {
  if (value === undefined ? !rule.required : rule.holds(value)) return value;
  const camel = typeof value === "string" ? inCamelCase(value) : value;
  const advice = camel !== value && rule.holds(camel) ? ` Write ${showValue(camel)}.` : "";
  throw new ValueError(`${where}: ${name} must be ${rule.words}, got ${showValue(value)}.${advice}`);
};

/** A copy of lists and plain objects, at every depth; anything else (functions, tensors, arrays of numbers) is shared. */
export const copyPlain = <T>(value: T, where: string = "options", depth: number = 0): T => {
  checkDepth(where, "lists and objects", depth);
  if (Array.isArray(value)) return value.map((entry) => copyPlain(entry, where, depth + 1)) as T;
  return isPlainObject(value) ? copyEntries(value, where, depth) : value;
};

const copyEntries = <T extends object>(entries: T, where: string, depth: number): T => {
  const copy: Partial<T> = {};
  for (const name in entries) copy[name] = copyPlain(entries[name], where, depth + 1);
  return copy as T;
};

/** Whether a value is an object as braces make it. */
export const isPlainObject = (value: unknown): value is object => {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** The rule, for an option that has no default. */
export const required = (rule: OptionRule): OptionRule => ({ ...rule, required: true });

/** Anything: what takes the option checks it. */
export const anything: OptionRule = { words: "anything", holds: () => true };

/** True or false; texts and numbers are not taken for either. */
export const flag: OptionRule = { words: "true or false", holds: (value) => typeof value === "boolean" };

/** Text that is not empty. */
export const text: OptionRule = { words: "text", holds: (value) => typeof value === "string" && value !== "" };

/** An object of a class: `a layer or model`. */
export const instanceOf = (words: string, Class: { readonly prototype: unknown }): OptionRule => ({
  words,
  holds: (value) => value instanceof (Class as abstract new () => unknown),
});

/** An array whose entries hold a rule: `an array of variables`. */
export const listOf = (words: string, holds: (entry: unknown) => boolean): OptionRule => ({
  words: `an array of ${words}`,
  holds: (value) => Array.isArray(value) && value.every(holds),
});

/** A function; `form` is its signature: `(weights) => tensor`. */
export const functionLike = (form: string): OptionRule => ({
  words: `a function ${form}`,
  holds: (value) => typeof value === "function",
});

export const regularExpression: OptionRule = {
  words: "a regular expression",
  holds: (value) => value instanceof RegExp,
};

/** One of some texts. */
export const oneOf = (...names: readonly string[]): OptionRule => ({
  words: `one of ${names.join(", ")}`,
  holds: (value) => names.includes(value as string),
});

/** A finite number in an interval: `a finite number above 0`. */
export const number = (interval: Interval = {}): OptionRule => ({
  words: `a finite number${inWords(interval)}`,
  holds: (value) => Number.isFinite(value) && isInside(value as number, interval),
});

/** A whole number that float64 holds exactly, in an interval: `a whole number from 1`. */
export const whole = (interval: Interval = {}): OptionRule => ({
  words: `a whole number${inWords(interval)}`,
  holds: (value) => Number.isSafeInteger(value) && isInside(value as number, interval),
});

/** The bounds in the order of the arguments, the lower bound first. */
const inWords = (interval: Interval): string =>
  Object.entries(interval)
    .map(([bound, value], index) => `${index > 0 && bound === "below" ? "," : ""} ${bound} ${value}`)
    .join("");

const isInside = (value: number, { from, above, to, below }: Interval): boolean =>
  !(value < from! || value <= above! || value > to! || value >= below!);
