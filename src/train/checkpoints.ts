import { onInterrupt, writeFile } from "#platform";
import { ValueError } from "../tensor/errors.ts";
import { checkOptions, showValue } from "../tensor/options.ts";
import type { Callback, TrainingRun } from "./callback.ts";
import { nextTask } from "./nextTask.ts";
import { encodeCheckpoint } from "./saveCheckpoint.ts";

/** Options of `checkpoints`. */
export interface CheckpointsOptions {
  /** How many steps of the optimizer lie between two checkpoints. */
  readonly everySteps?: number;
  /** How many epochs lie between two checkpoints. Default: 1, unless `everySteps` is given. */
  readonly everyEpochs?: number;
}

/** Where checkpoints go: a file, or a function that keeps the bytes where there are no files. */
export type CheckpointTarget = string | ((bytes: Uint8Array<ArrayBuffer>) => void | Promise<void>);

/**
 * A callback that writes checkpoints of the run, each over the last: as often as the options say, at the end, and when the
 * run is stopped, aborted or fails. On Ctrl-C (SIGINT) or SIGTERM it writes one after the running step, lets the other
 * callbacks end, and ends the process with the status of the signal; a second Ctrl-C ends it at once. Where the program
 * listens to these signals itself, that is left to it: aborting the run by `signal` writes a checkpoint too.
 *
 * `fit` goes on from the file that is there, whatever wrote it last; see `loadCheckpoint`.
 * @param target The file, or a function that is given the bytes.
 * @throws ValueError for options that are no whole numbers from 1; when training begins, as `saveCheckpoint` does.
 * @example
 * const { train } = await loadDigits();
 * const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
 * const callbacks = [checkpoints("run.safetensors", { everySteps: 20 })];
 * await fit(model, train, { optimizer: new SGD({ learningRate: 0.1 }), epochs: 2, callbacks });
 * (await loadCheckpoint("run.safetensors")).history.epochs.length; // 2
 */
export const checkpoints = (target: CheckpointTarget, options: CheckpointsOptions = {}): Callback => {
  checkOptions("checkpoints", options, ["everySteps", "everyEpochs"]);
  for (const name of ["everySteps", "everyEpochs"] as const) {
    const value = options[name];
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue;
    throw new ValueError(`checkpoints: ${name} must be a whole number from 1, got ${showValue(value)}. Correct it.`);
  }
  if (typeof target !== "string" && typeof target !== "function") {
    throw new ValueError(
      `checkpoints: the first argument must be a path or a function, got ${typeof target}. Pass one.`,
    );
  }
  return new Checkpoints(target, options);
};

/** A request to end the process, which waits for a checkpoint. */
interface Interruption {
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
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

  onTrainBegin(run: TrainingRun): void {
    // What cannot be saved shall not first be trained for an hour.
    encodeCheckpoint(run);
    this.#hasBegun = false;
    this.#interruption = undefined;
    this.#stopListening();
    this.#stopListening = onInterrupt(
      () =>
        new Promise((resolve, reject) => {
          this.#interruption = { done: resolve, failed: reject };
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
    // The process ends here, before whoever waits for fit goes on as if training were complete.
    await nextTask();
  }

  async #write(run: TrainingRun): Promise<void> {
    const bytes = encodeCheckpoint(run);
    if (typeof this.#target === "string") await writeFile(this.#target, bytes);
    else await this.#target(bytes);
  }
}
