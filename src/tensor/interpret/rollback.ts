import { type Dynamic, dynamic } from "../../base/dynamic.ts";

/**
 * Undoing changes of state. Code that changes state which outlives a step (a variable, a random generator) says how to undo
 * it; `rolledBack` runs a function and then undoes all of it, newest first. A gradient check evaluates a function many
 * times this way, each time from the same state.
 */
const undoing: Dynamic<(() => void)[] | undefined> = /* @__PURE__ */ dynamic<(() => void)[] | undefined>(undefined);

/** Registers how to undo a change that is about to happen. Costs nothing outside `rolledBack`. */
export const onRollback = (undo: () => void): void => {
  undoing.get()?.push(undo);
};

/** Whether changes will be undone; if not, nothing needs to be remembered for that. */
export const willRollBack = (): boolean => undoing.get() !== undefined;

/** As `rolledBack`; also tells whether anything had to be undone. */
export const rehearsed = <T>(body: () => T): { readonly result: T; readonly changed: boolean } =>
  rolledBack(() => {
    const result = body();
    return { result, changed: (undoing.get()?.length ?? 0) > 0 };
  });

/** Runs the body and then undoes every change of state that it made, also when it throws. */
export const rolledBack = <T>(body: () => T): T => {
  const undos: (() => void)[] = [];
  try {
    return undoing.during(undos, body);
  } finally {
    for (let index = undos.length - 1; index >= 0; index--) undos[index]!();
  }
};
