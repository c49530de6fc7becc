import type { CallbackState } from "../batches/position.ts";
import type { Callback } from "../callbacks/callback.ts";

/** Callbacks that have a state, by name; callbacks of the same name are numbered in their order. */
const named = (callbacks: readonly Callback[]): ReadonlyMap<string, Callback> => {
  const byName = new Map<string, Callback>();
  for (const callback of callbacks) {
    const { name } = callback;
    if (name === undefined || !callback.state) continue;
    let key = name;
    for (let number = 2; byName.has(key); number++) key = `${name} ${number}`;
    byName.set(key, callback);
  }
  return byName;
};

/** The states of the callbacks, by name. */
export const callbackStates = (callbacks: readonly Callback[]): Readonly<Record<string, CallbackState>> =>
  Object.fromEntries(
    Array.from(named(callbacks), ([name, callback]) => [name, callback.state?.() ?? { values: {}, tensors: {} }]),
  );

/** Restores the states of callbacks by name; callbacks without a saved state begin anew. */
export const restoreCallbacks = (
  callbacks: readonly Callback[],
  states: Readonly<Record<string, CallbackState>>,
): void => {
  for (const [name, callback] of named(callbacks)) {
    if (Object.hasOwn(states, name)) callback.restoreState?.(states[name]);
  }
};
