import type { Dataset } from "../data/dataset.ts";
import type { Layer } from "../layers/layer.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { EpochRecord, History } from "./history.ts";

/** The state of a training run, as callbacks see it: one object, whose numbers change as training goes on. */
export interface TrainingRun {
  readonly model: Layer;
  readonly optimizer: Optimizer;
  readonly train: Dataset;
  readonly validation: Dataset | undefined;
  /** The complete epochs so far. */
  readonly history: History;
  /** How many epochs there will be. */
  readonly epochs: number;
  /** How many batches an epoch has. */
  readonly batches: number;
  /** The running epoch, from 0. */
  readonly epoch: number;
  /** How many batches of the running epoch are done. */
  readonly batch: number;
  /** The mean loss of the running epoch so far; NaN before its first step. */
  readonly loss: number;
  /** What ended the run before its time, for `onTrainEnd`; undefined when nothing failed. */
  readonly error: unknown;
  /** Ends training after the running step; `fit` then resolves, and its history says why it stopped. */
  stop(reason?: string): void;
}

/**
 * What is called while `fit` trains. Each part may be left out, and may return a promise, for which training waits.
 * @example
 * const stopAt97: Callback = {
 *   onEpochEnd: (run, { validationAccuracy = 0 }) => {
 *     if (validationAccuracy >= 0.97) run.stop("good enough");
 *   },
 * };
 */
export interface Callback {
  onTrainBegin?(run: TrainingRun): void | Promise<void>;
  onEpochBegin?(run: TrainingRun): void | Promise<void>;
  /** After every step. */
  onStep?(run: TrainingRun): void | Promise<void>;
  /** After every complete epoch and its validation. */
  onEpochEnd?(run: TrainingRun, record: EpochRecord): void | Promise<void>;
  /** At the end, also when training was stopped or failed (`run.error`). */
  onTrainEnd?(run: TrainingRun): void | Promise<void>;
}
