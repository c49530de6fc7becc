import { ValueError } from "./errors.ts";

/** How a function was made: what a saved model holds instead of its code. */
export interface Description {
  /** The name of what made it: `varianceScaling`, `exponentialDecay`, or one that a user registered. */
  readonly name: string;
  /** The options that it was made with: plain JSON, where a function is `{ function, options }`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether it is a custom function. */
  readonly isCustom?: boolean;
}

/** A WeakMap, because functions may be frozen. */
const descriptions = new WeakMap<object, Description>();

/**
 * Notes how a function was made, so that a saved model can hold it. Every factory of functions calls this on the function
 * that it returns; a function among the options is described by `describeFunction`.
 * @param options What must be passed to make an equal function, in plain JSON.
 * @returns The function.
 * @internal
 */
export const described = <F extends object>(
  f: F,
  name: string,
  options: Readonly<Record<string, unknown>> = {},
  isCustom?: boolean,
): F => {
  descriptions.set(f, isCustom ? { name, options, isCustom } : { name, options });
  return f;
};

/** Whether it is a function of the library, or none: such a function only computes. @internal */
export const isLibraryFunction = (f: unknown): boolean => {
  if (typeof f !== "function") return true;
  const description = descriptions.get(f);
  return description !== undefined && !description.isCustom;
};

/** How a function was made; undefined for a custom function. @internal */
export const descriptionOf = (f: unknown): Description | undefined =>
  typeof f === "function" || (typeof f === "object" && f !== null) ? descriptions.get(f) : undefined;

/** A described function as plain JSON. */
export interface FunctionConfig {
  readonly function: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * A function as a config holds it.
 * @param where The layer, optimizer or factory whose option it is.
 * @throws ValueError for a function without a description, naming the option.
 * @internal
 */
export const describeFunction = (where: string, option: string, f: unknown): FunctionConfig => {
  const description = descriptionOf(f);
  if (!description) {
    throw new ValueError(
      `${where}: ${option} must have a description to be saved, got a custom function. ` +
        'Give it a name with registerFunction("name", f), or save the variables alone with saveVariables.',
    );
  }
  return { function: description.name, options: description.options };
};
