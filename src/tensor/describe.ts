import { ValueError } from "./errors.ts";

/** How a function was made: what a saved model says of it instead of its code. */
export interface Description {
  /** The name of what made it: `varianceScaling`, `exponentialDecay`, or one that a user registered. */
  readonly name: string;
  /** The options that it was made with: plain JSON, where a function stands as `{ function, options }`. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Beside the functions, not on them: a function may be frozen, and whoever looks at it sees nothing added. */
const descriptions = new WeakMap<object, Description>();

/**
 * Notes how a function was made, so that a saved model can say it. Every factory of functions calls this on what it
 * returns; a function inside of the options is given with `describeFunction`.
 * @param options What must be passed to make an equal function, in plain JSON.
 * @returns The function.
 * @internal
 */
export const described = <F extends object>(f: F, name: string, options: Readonly<Record<string, unknown>> = {}): F => {
  descriptions.set(f, { name, options });
  return f;
};

/** How a function was made; undefined for one of the user's own. @internal */
export const descriptionOf = (f: unknown): Description | undefined =>
  typeof f === "function" || (typeof f === "object" && f !== null) ? descriptions.get(f) : undefined;

/** A described function as plain JSON says it. */
export interface FunctionConfig {
  readonly function: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * A function in the form in which a config holds it.
 * @param where The layer, optimizer or factory whose option it is.
 * @throws ValueError for a function without a description, naming the option.
 * @internal
 */
export const describeFunction = (where: string, option: string, f: unknown): FunctionConfig => {
  const description = descriptionOf(f);
  if (!description) {
    throw new ValueError(
      `${where}: ${option} must have a description to be saved, got a function of one's own. ` +
        'Give it a name with registerFunction("name", f), or save the variables alone with saveVariables.',
    );
  }
  return { function: description.name, options: description.options };
};
