import { checkFolder, onInterrupt, writeFile } from "#platform";
import { ValueError } from "../tensor/errors.ts";
import { checkOptions, showValue } from "../tensor/options.ts";
import type { Callback, TrainingRun } from "./callback.ts";
import type { EpochRecord, Monitor } from "./epochRecord.ts";
import { Watched } from "./monitor.ts";
import type { CallbackState } from "./position.ts";
import { encodeCheckpoint } from "./saveCheckpoint.ts";

/** Options of `checkpoints`. */
export interface CheckpointsOptions {
  /** How many steps of the optimizer lie between two checkpoints. */
  readonly everySteps?: number;
  /** How many epochs lie between two checkpoints. Default: 1, unless `everySteps` is given. */
  readonly everyEpochs?: number;
  /**
   * Instead of that: a checkpoint only after an epoch that is better than all before in this, `"validationLoss"` for
   * example; see `monitor` of `earlyStopping`. Ctrl-C then is left to others.
   */
  readonly best?: Monitor;
}

/** A callback that keeps the best epoch. */
export interface BestCheckpoints extends Callback {
  /** The epoch (from 0) whose checkpoint was written last, and its value; undefined before the first. */
  readonly best: BestEpoch | undefined;
}

/** An epoch that was better than all before it. */
export interface BestEpoch {
  /** Counted from 0. */
  readonly epoch: number;
  /** What was watched. */
  readonly value: number;
}

/** Where checkpoints go: a file, or a function that keeps the bytes where there are no files. */
export type CheckpointTarget = string | ((bytes: Uint8Array<ArrayBuffer>) => void | Promise<void>);

/**
 * A callback that writes checkpoints of the run, each over the last: as often as the options say, at the end, and when the
 * run is stopped, aborted or fails. On Ctrl-C (SIGINT) or SIGTERM it writes one after the running step, lets the other
 * callbacks end, and ends the process with the status of the signal; a second Ctrl-C ends it at once. Where the program
 * listens to these signals itself, that is left to it: aborting the run by `signal` writes a checkpoint too.
 *
 * `fit` goes on from the file that is there, whatever wrote it last; see `loadCheckpoint`. With `best`, a second one can
 * keep the best epoch in a file of its own: the last epoch of its history is that epoch.
 * @param target The file, or a function that is given the bytes.
 * @throws ValueError for options that are no whole numbers from 1; when training begins, as `saveCheckpoint` does.
 * @example
 * const { train } = await loadDigits();
 * const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
 * const callbacks = [checkpoints("run.safetensors", { everySteps: 20 })];
 * await fit(model, train, { optimizer: new SGD({ learningRate: 0.1 }), epochs: 2, callbacks });
 * (await loadCheckpoint("run.safetensors")).history.epochs.length; // 2
 */
export function checkpoints(
  target: CheckpointTarget,
  options: CheckpointsOptions & { readonly best: Monitor },
): BestCheckpoints;
export function checkpoints(target: CheckpointTarget, options?: CheckpointsOptions): Callback;
export function checkpoints(target: CheckpointTarget, options: CheckpointsOptions = {}): Callback {
  checkOptions("checkpoints", options, ["everySteps", "everyEpochs", "best"]);
  for (const name of ["everySteps", "everyEpochs"] as const) {
    const value = options[name];
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue;
    throw new ValueError(`checkpoints: ${name} must be a whole number from 1, got ${showValue(value)}. Correct it.`);
  }
  if ((typeof target !== "string" && typeof target !== "function") || target === "") {
    throw new ValueError(
      `checkpoints: the first argument must be a path or a function, got ${target === "" ? "an empty text" : typeof target}. Pass one.`,
    );
  }
  const { best, everySteps, everyEpochs } = options;
  if (best === undefined) return new Checkpoints(target, options);
  if (everySteps !== undefined || everyEpochs !== undefined) {
    throw new ValueError(
      `checkpoints: best stands alone, got ${showValue(best)} beside ${everySteps === undefined ? "everyEpochs" : "everySteps"}. ` +
        "Pass two callbacks with two files: one to go on from, one with the best.",
    );
  }
  return new BestCheckpointsOf(target, best);
}

/** A request to end the process, which waits for a checkpoint. */
interface Interruption {
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
  /** Fulfilled when the process does not end. */
  readonly survival: Promise<void>;
}

class Checkpoints implements Callback {
  readonly savesRun = true;
  readonly #target: CheckpointTarget;
  readonly #everySteps: number;
  readonly #everyEpochs: number;
  #stopListening: () => void = () => undefined;
  #interruption: Interruption | undefined;
  #hasBegun = false;

  constructor(target: CheckpointTarget, { everySteps, everyEpochs }: CheckpointsOptions) {
    this.#target = target;
    this.#everySteps = everySteps ?? Infinity;
    this.#everyEpochs = everyEpochs ?? (everySteps === undefined ? 1 : Infinity);
  }

  async onTrainBegin(run: TrainingRun): Promise<void> {
    this.#hasBegun = false;
    await checkSavable(this.#target, run);
    this.#interruption = undefined;
    this.#stopListening();
    this.#stopListening = onInterrupt(
      (survival) =>
        new Promise((resolve, reject) => {
          this.#interruption = { done: resolve, failed: reject, survival };
          // Also where training waits for a batch, or is within a long validation.
          if (this.#hasBegun) run.stop("interrupted", { atOnce: true });
        }),
    );
  }

  onEpochBegin(): void {
    this.#hasBegun = true;
  }

  onStep(run: TrainingRun): Promise<void> | undefined {
    if (this.#interruption) run.stop("interrupted");
    else if (run.optimizer.step % this.#everySteps === 0) return this.#write(run);
    return undefined;
  }

  onEpochEnd(run: TrainingRun): Promise<void> | undefined {
    if (this.#interruption) run.stop("interrupted");
    else if ((run.epoch + 1) % this.#everyEpochs === 0) return this.#write(run);
    return undefined;
  }

  async onTrainEnd(run: TrainingRun): Promise<void> {
    try {
      // What failed before training began has changed nothing: callbacks may not even know what they remembered.
      if (this.#hasBegun || run.error === undefined) await this.#write(run);
    } finally {
      this.#stopListening();
    }
  }

  async onEnd(run: TrainingRun): Promise<void> {
    const interruption = this.#interruption;
    this.#interruption = undefined;
    if (!interruption) return;
    if (run.error !== undefined) {
      interruption.failed(run.error);
      return;
    }
    interruption.done();
    // The process ends here, when other runs are done too, before whoever waits for fit goes on as if training were complete.
    await interruption.survival;
  }

  #write(run: TrainingRun): Promise<void> {
    return writeCheckpoint(this.#target, run);
  }
}

/** What cannot be saved, or nowhere, shall not first be trained for an hour. */
const checkSavable = async (target: CheckpointTarget, run: TrainingRun): Promise<void> => {
  encodeCheckpoint(run);
  if (typeof target === "string") await checkFolder(target);
};

const writeCheckpoint = async (target: CheckpointTarget, run: TrainingRun): Promise<void> => {
  const bytes = encodeCheckpoint(run);
  if (typeof target === "string") await writeFile(target, bytes);
  else await target(bytes);
};

class BestCheckpointsOf implements BestCheckpoints {
  readonly savesRun = true;
  readonly name: string;
  readonly #target: CheckpointTarget;
  readonly #watched: Watched;
  #best: BestEpoch | undefined;

  constructor(target: CheckpointTarget, monitor: Monitor) {
    this.name = `checkpoints/${monitor}`;
    this.#target = target;
    this.#watched = new Watched("checkpoints", monitor);
  }

  get best(): BestEpoch | undefined {
    return this.#best;
  }

  async onTrainBegin(run: TrainingRun): Promise<void> {
    this.#best = undefined;
    this.#watched.begin(run);
    await checkSavable(this.#target, run);
  }

  async onEpochEnd(run: TrainingRun, record: EpochRecord): Promise<void> {
    const value = this.#watched.valueIn(record);
    if (!(this.#watched.gain(value, this.#best?.value) > 0)) return;
    // The file is to know it: a run that goes on from it writes only what is better.
    this.#best = { epoch: record.epoch, value };
    await writeCheckpoint(this.#target, run);
  }

  state(): CallbackState {
    return { values: { ...this.#best }, tensors: {} };
  }

  restoreState({ values: { epoch, value } }: CallbackState): void {
    this.#best = typeof epoch === "number" && typeof value === "number" ? { epoch, value } : undefined;
  }
}
