import type { Callback } from "./callback.ts";
import type { CallbackState } from "./position.ts";

/** Callbacks that have a state, by name; a name that stands for several is numbered in their order. */
const named = (callbacks: readonly Callback[]): ReadonlyMap<string, Callback> => {
  const found = new Map<string, Callback>();
  for (const callback of callbacks) {
    const { name } = callback;
    if (name === undefined || !callback.state) continue;
    let key = name;
    for (let number = 2; found.has(key); number++) key = `${name} ${number}`;
    found.set(key, callback);
  }
  return found;
};

/** What the callbacks remember. */
export const callbackStates = (callbacks: readonly Callback[]): Readonly<Record<string, CallbackState>> =>
  Object.fromEntries(
    Array.from(named(callbacks), ([name, callback]) => [name, callback.state?.() ?? { values: {}, tensors: {} }]),
  );

/** Gives callbacks what those of the same names remembered; others begin anew. */
export const restoreCallbacks = (
  callbacks: readonly Callback[],
  states: Readonly<Record<string, CallbackState>>,
): void => {
  for (const [name, callback] of named(callbacks)) {
    if (Object.hasOwn(states, name)) callback.restoreState?.(states[name]);
  }
};
