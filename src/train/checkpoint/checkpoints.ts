import { checkFolder, onInterrupt, writeFile } from "#platform";
import { ValueError } from "../../base/errors.ts";
import { checkOptions, type OptionRules, text, whole } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import type { CallbackState } from "../batches/position.ts";
import type { Callback, TrainingRun } from "../callbacks/callback.ts";
import { Watched } from "../callbacks/monitor.ts";
import type { EpochRecord, Monitor } from "../history/epochRecord.ts";
import { encodeCheckpoint } from "./saveCheckpoint.ts";

/** Options of `checkpoints`. */
export interface CheckpointsOptions {
  /** The number of optimizer steps between two checkpoints. */
  readonly everySteps?: number;
  /** The number of epochs between two checkpoints. Default: 1, unless `everySteps` is passed. */
  readonly everyEpochs?: number;
  /**
   * Writes a checkpoint only after an epoch that is the best so far by this measure, such as `"validationLoss"`; see
   * `monitor` of `earlyStopping`. Such a callback does not handle Ctrl-C.
   */
  readonly best?: Monitor;
}

const rules: OptionRules<CheckpointsOptions> = {
  everySteps: /* @__PURE__ */ whole({ from: 1 }),
  everyEpochs: /* @__PURE__ */ whole({ from: 1 }),
  best: text,
};

/** A callback that keeps the best epoch. */
export interface BestCheckpoints extends Callback {
  /** The epoch (from 0) whose checkpoint was written last, and its value; undefined before the first. */
  readonly best: BestEpoch | undefined;
}

/** An epoch that was better than all before it. */
export interface BestEpoch {
  /** Counted from 0. */
  readonly epoch: number;
  /** The value of the measure. */
  readonly value: number;
}

/** The target of checkpoints: a file, or a function that keeps the bytes (in browsers). */
export type CheckpointTarget = string | ((bytes: Uint8Array<ArrayBuffer>) => void | Promise<void>);

/**
 * A callback that writes checkpoints of the run, each over the last: as often as the options say, at the end, and when the
 * run is stopped, aborted or fails. On Ctrl-C (SIGINT) or SIGTERM it writes a checkpoint after the running step, lets the
 * other callbacks end, and ends the process with the status of the signal; a second Ctrl-C ends it at once. A program that
 * listens to these signals itself handles them alone: when it aborts the run by `signal`, a checkpoint is written too.
 *
 * `fit` resumes from the file, whichever event wrote it last; see `loadCheckpoint`. With `best`, a second callback can keep
 * the best epoch in another file: the last epoch of its history is the best.
 * @param target The file, or a function that takes the bytes.
 * @throws ValueError for options that are not whole numbers from 1; when training begins, as `saveCheckpoint` does.
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
  checkOptions("checkpoints", options, rules);
  if ((typeof target !== "string" && typeof target !== "function") || target === "") {
    throw new ValueError(`checkpoints: the first argument must be a path or a function, got ${showValue(target)}.`);
  }
  const { best, everySteps, everyEpochs } = options;
  if (best === undefined) return new Checkpoints(target, options);
  if (everySteps !== undefined || everyEpochs !== undefined) {
    throw new ValueError(
      `checkpoints: best must be the only option, got ${showValue(best)} beside ${everySteps === undefined ? "everyEpochs" : "everySteps"}. ` +
        "Pass two callbacks with two files: one to resume from, one with the best epoch.",
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
      // A failure before training began has changed nothing, and callbacks may not have their states yet.
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
    // The process ends here, when other runs are done too: code after fit must not run as if training were complete.
    await interruption.survival;
  }

  #write(run: TrainingRun): Promise<void> {
    return writeCheckpoint(this.#target, run);
  }
}

/** Fails before training begins, instead of an hour later, if the run cannot be saved. */
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
    // Set before writing, so that the file has it: a resumed run writes only better epochs.
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
