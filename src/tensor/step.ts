import { arena } from "./arena.ts";
import { currentStep, enterStep, leaveStep, type Storage } from "./storage.ts";

/**
 * A step is the outermost synchronous call of `minimize`, `computeGradients`, `grad`, `valueAndGrad` or `predict`. Its
 * temporaries live in the arena and are given back all at once when it ends.
 */

/** What the last step handed to the next one instead of copying it out. */
interface Handed {
  readonly storage: Storage;
  consumed: boolean;
}

let handed: Handed[] = [];
let effects: (() => void)[] = [];
let sealed = false;

export interface StepOptions {
  /** Whether what the previous step handed over stays where it is (applyGradients reads it there). */
  readonly resume?: boolean;
}

/**
 * Runs the body as a step, or as part of the step that runs already. `finish` is called at the end of the outermost step
 * only, while its memory is alive: it moves the result out.
 */
export const runStep = <T>(body: () => T, finish: (result: T) => void, options: StepOptions = {}): T => {
  if (currentStep() !== 0) return body();
  if (!options.resume) copyOutHanded();
  const mark = arena.mark();
  const handedBefore = handed.length;
  enterStep();
  let succeeded = false;
  try {
    const result = body();
    for (const effect of effects) effect();
    finish(result);
    succeeded = true;
    return result;
  } finally {
    effects = [];
    sealed = false;
    leaveStep();
    if (!succeeded) {
      // Their memory goes: a later read must be refused, not shown another step's numbers.
      for (const { storage } of handed.splice(handedBefore)) storage.retained = false;
    }
    if (handed.length === handedBefore) arena.release(mark);
  }
};

/** Whether a step is running. */
export const inStep = (): boolean => currentStep() !== 0;

/**
 * Does something at the end of the running step, if it succeeds: after the update of the variables, as moving statistics
 * need it. Outside a step it is done at once.
 */
export const atEndOfStep = (effect: () => void): void => {
  if (inStep()) effects.push(effect);
  else effect();
};

/** Runs the body and forgets what it wanted done at the end of the step. */
export const withoutEffects = <T>(body: () => T): T => {
  const before = effects.length;
  try {
    return body();
  } finally {
    effects.length = before;
  }
};

/**
 * Promises that nobody reads a temporary of this step any more, so that variables may be updated in place instead of
 * keeping what was read before. Only the outermost owner of a step can know this; it ends with the step.
 */
export const sealStep = (): void => {
  sealed = true;
};

export const isSealed = (): boolean => sealed;

/** Leaves a result where it is, readable until the next step begins; then it is copied out, unless it was consumed. */
export const handOver = (storage: Storage): void => {
  if (storage.array || storage.retained) return;
  storage.retained = true;
  handed.push({ storage, consumed: false });
};

/** Marks what was handed over as used: it is not copied out when its memory goes. */
export const consume = (storage: Storage): void => {
  for (const entry of handed) if (entry.storage === storage) entry.consumed = true;
};

const copyOutHanded = (): void => {
  if (handed.length === 0) return;
  for (const { storage, consumed } of handed) {
    if (consumed) storage.retained = false;
    else storage.moveToArray();
  }
  handed = [];
  arena.release(0);
};
