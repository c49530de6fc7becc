import { ValueError } from "../../base/errors.ts";
import { showFunction, showValue } from "../../base/showValue.ts";
import type { Callback } from "./callback.ts";

/** What `fit` calls; `Record`, so that none can be forgotten. */
const hooks: Readonly<Record<Extract<keyof Callback, `on${string}`>, true>> = {
  onTrainBegin: true,
  onEpochBegin: true,
  onStep: true,
  onEpochEnd: true,
  onTrainEnd: true,
  onEnd: true,
};
const names = Object.keys(hooks) as readonly (keyof typeof hooks)[];
const listed = "The hooks are onTrainBegin, onEpochBegin, onStep, onEpochEnd and onTrainEnd.";

/**
 * Refuses callbacks that would never be called: functions, objects without a hook, and misspelt hooks.
 * @throws ValueError.
 */
export const checkCallbacks = (operation: string, callbacks: readonly Callback[]): void => {
  if (!Array.isArray(callbacks)) {
    throw new ValueError(
      `${operation}: callbacks must be a list, got ${showValue(callbacks)}. Pass { callbacks: [progressBar()] }, for example.`,
    );
  }
  for (const callback of callbacks as readonly unknown[]) checkCallback(operation, callback);
};

const checkCallback = (operation: string, callback: unknown): void => {
  if ((typeof callback !== "object" && typeof callback !== "function") || callback === null) {
    throw new ValueError(
      `${operation}: a callback must be an object with a hook, got ${showValue(callback)}. Leave it out of the list.`,
    );
  }
  const properties = namesOf(callback);
  const unknown = properties.find((name) => /^on[A-Z]/.test(name) && !Object.hasOwn(hooks, name));
  if (unknown !== undefined) {
    throw new ValueError(
      `${operation}: every hook of a callback must be one that exists, got "${unknown}". ${listed} Give other things other names.`,
    );
  }
  const own = names.filter((name) => properties.includes(name));
  // A schedule that is a callback too is a function that has hooks.
  if (own.length === 0 && typeof callback === "function") {
    const { name } = callback;
    throw new ValueError(
      `${operation}: a callback must be an object with a hook, got ${showFunction(callback)}. ` +
        (name
          ? `If it makes a callback, call it: ${name}(). If it is to be called itself, pass { onEpochEnd: ${name} }.`
          : "Pass { onEpochEnd: (run, record) => ... }, for example."),
    );
  }
  if (own.length === 0) {
    const has = properties.length > 0 ? `with ${properties.slice(0, 5).join(", ")}` : "with nothing in it";
    throw new ValueError(`${operation}: a callback must have a hook, got ${showFunction(callback)} ${has}. ${listed}`);
  }
  for (const name of own) {
    const hook = (callback as Callback)[name];
    if (hook === undefined || typeof hook === "function") continue;
    throw new ValueError(
      `${operation}: ${name} of a callback must be a function, got ${showValue(hook)}. Pass (run) => ..., for example.`,
    );
  }
};

/** The names of its own properties and of those of its classes. */
const namesOf = (callback: object): readonly string[] => {
  const properties = new Set<string>();
  const common: readonly unknown[] = [Object.prototype, Function.prototype, null];
  for (let owner = callback; !common.includes(owner); owner = Object.getPrototypeOf(owner) as object) {
    for (const name of Object.getOwnPropertyNames(owner)) if (name !== "constructor") properties.add(name);
  }
  return [...properties];
};
