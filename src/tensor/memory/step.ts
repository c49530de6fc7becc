import { arena } from "./arena.ts";
import { type RecordedStorage, recorder } from "./recorder.ts";

/** The elements of a result, which a step may leave in its memory for the next one. */
interface StepResult extends RecordedStorage {
  /** Whether the elements are readable after the step that computed them. */
  retained: boolean;
  /** Computes elements that nothing has asked for yet. */
  check(): void;
  moveToArray(): void;
}

/**
 * The outermost synchronous call of `minimize`, `computeGradients`, `grad`, `valueAndGrad` or `predict`. Its temporaries
 * live in the arena and are given back all at once when it ends. This object is all the state that a step has.
 */
export class Step {
  /** Whether it is a function that is recorded: steps begin and end within it. */
  readonly isRecording: boolean;
  /** Whether its temporaries belong to a recording, which needs them where they are. */
  isRecorded: boolean;
  /** Its temporaries are readable while it runs. */
  isRunning = true;
  /**
   * Whether variables may be updated in place instead of keeping what was read before: nothing reads a temporary of this
   * step any more. Only the outermost owner of a step can know this.
   */
  allowsInPlaceUpdates = false;
  /** What is done at its end, if it succeeds. */
  readonly effects: (() => void)[] = [];
  /** Results that stay in its memory until the next step begins; used ones are not copied out then. */
  readonly results: { readonly storage: StepResult; isUsed: boolean }[] = [];

  constructor(isRecording: boolean = false) {
    this.isRecording = isRecording;
    this.isRecorded = isRecording;
  }

  /** Gives the memory of the results back to the arena. Copies are made of those that may still be read, unless the step failed. */
  endResults(failed?: boolean): void {
    for (const { storage, isUsed } of this.results) {
      if (isUsed || failed) storage.retained = false;
      else storage.moveToArray();
    }
    this.results.length = 0;
  }
}

let running: Step | undefined;
/** Steps that have ended, whose results are in the arena. */
let withResults: Step[] = [];

/** The step that runs, if one does, or the function that is recorded. */
export const currentStep = (): Step | undefined => running;

/** Whether a step runs. */
export const isInStep = (): boolean => running !== undefined && !running.isRecording;

/** Sets what runs, and returns what ran before: for what records. */
export const setCurrentStep = (next: Step | undefined): Step | undefined => {
  const before = running;
  running = next;
  return before;
};

export interface StepOptions {
  /** Whether the results of the previous step stay where they are (applyGradients reads them there). */
  readonly resume?: boolean;
}

const startAnew: StepOptions = {};

/**
 * Runs the body as a step, or as part of the step that runs already. `finish` is called at the end of the outermost step
 * only, while its memory is alive: it moves the result out.
 */
export const runStep = <T>(body: () => T, finish: (result: T) => void, options: StepOptions = startAnew): T => {
  if (isInStep()) return body();
  const recording = running;
  if (!recording && !options.resume) copyOutResults();
  const mark = arena.mark();
  const step = new Step();
  running = step;
  recorder()?.begins(step);
  let failed = true;
  try {
    const result = body();
    for (const effect of step.effects) effect();
    finish(result);
    failed = false;
    return result;
  } finally {
    running = recording;
    step.isRunning = false;
    step.effects.length = 0;
    if (failed) step.endResults(failed);
    if (step.results.length > 0) withResults.push(step);
    // What is recorded keeps its memory.
    else if (!recording) arena.release(mark);
  }
};

/**
 * Does something at the end of the running step, if it succeeds: after the update of the variables, as moving statistics
 * need it. Outside a step it is done at once.
 */
export const atEndOfStep = (effect: () => void): void => {
  if (isInStep()) running!.effects.push(effect);
  else effect();
};

/** Runs the body and forgets what was to be done at the end of the step. */
export const withoutEffects = <T>(body: () => T): T => {
  if (!running) return body();
  const { effects } = running;
  const before = effects.length;
  try {
    return body();
  } finally {
    effects.length = before;
  }
};

/** Leaves a result of the running step where it is, readable until the next step begins; then it is copied out, unless it was used. */
export const handOver = (storage: StepResult): void => {
  const recording = recorder();
  if (recording) recording.retain(storage);
  if (recording || storage.array || storage.retained || !running) return;
  storage.check();
  storage.retained = true;
  running.results.push({ storage, isUsed: false });
};

/** Marks a result that was handed over as used: it is not copied out when its memory goes. */
export const markUsed = (storage: StepResult): void => {
  for (const { results } of withResults) {
    for (const entry of results) if (entry.storage === storage) entry.isUsed = true;
  }
};

/** Copies out what the last step handed over: its memory is needed again. */
export const copyOutResults = (): void => {
  if (withResults.length === 0) return;
  for (const step of withResults) step.endResults();
  withResults = [];
  arena.release(0);
};
