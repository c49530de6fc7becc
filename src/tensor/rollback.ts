/**
 * Undoing changes of state. Whoever changes state that outlives a step (a variable, a random generator) says how to undo
 * it; `rolledBack` runs a function and then undoes all of it, newest first. A gradient check evaluates a function many
 * times this way, each time from the same state.
 */
let journal: (() => void)[] | undefined;

/** Registers how to undo a change that is about to happen. Costs nothing outside `rolledBack`. */
export const onRollback = (undo: () => void): void => {
  journal?.push(undo);
};

/** Whether changes will be undone: what must be remembered for that need not be otherwise. */
export const isJournaling = (): boolean => journal !== undefined;

/** As `rolledBack`; tells beside the result whether anything had to be undone. */
export const rehearsed = <T>(body: () => T): { readonly result: T; readonly changed: boolean } =>
  rolledBack(() => {
    const result = body();
    return { result, changed: (journal?.length ?? 0) > 0 };
  });

/** Runs the body and then undoes every change of state that it made, also when it throws. */
export const rolledBack = <T>(body: () => T): T => {
  const outer = journal;
  const own: (() => void)[] = [];
  journal = own;
  try {
    return body();
  } finally {
    journal = outer;
    for (let index = own.length - 1; index >= 0; index--) own[index]!();
  }
};
