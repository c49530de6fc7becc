/** A value that holds for the time of a call, and for everything that is called from there. */
export interface Dynamic<T> {
  readonly get: () => T;
  /** Runs the body with another value; afterwards the value is what it was, also when the body throws. */
  readonly during: <Result>(value: T, body: () => Result) => Result;
}

/**
 * A dynamic scope: module state that a function sets for what it calls. All such state is made here, so that a search for
 * `dynamic(` finds it.
 */
export const dynamic = <T>(initial: T): Dynamic<T> => {
  let current = initial;
  return {
    get: () => current,
    during: (value, body) => {
      const outer = current;
      current = value;
      try {
        return body();
      } finally {
        current = outer;
      }
    },
  };
};

/**
 * A dynamic scope for code that runs in every step: a function that sets another value and returns the former one, which the
 * caller sets again in a `finally` of its own.
 */
export const dynamicSwap = <T>(initial: T): ((value: T) => T) => {
  let current = initial;
  return (value) => {
    const outer = current;
    current = value;
    return outer;
  };
};
