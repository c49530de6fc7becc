import type { TrainingData } from "../../data/batchSource.ts";
import type { Layer } from "../../layers/base/layer.ts";
import type { Optimizer } from "../../optim/optimizer/optimizer.ts";
import type { CallbackState } from "../batches/position.ts";
import type { EpochRecord } from "../history/epochRecord.ts";
import type { History } from "../history/history.ts";
import type { Metric } from "../metrics/metric.ts";

/** The state of a training run, as callbacks see it: one object, whose numbers change during training. */
export interface TrainingRun {
  /** The model that is trained. */
  readonly model: Layer;
  /** What updates it. */
  readonly optimizer: Optimizer;
  /** What it is trained on. */
  readonly train: TrainingData;
  /** What it is evaluated on after every epoch. */
  readonly validation: TrainingData | undefined;
  /** What is measured beside loss and accuracy. */
  readonly metrics: readonly Metric[];
  /** The complete epochs so far. */
  readonly history: History;
  /** How many epochs there will be. */
  readonly epochs: number;
  /** How many batches an epoch has; undefined for a source of batches that does not say it (`stepsPerEpoch`). */
  readonly batches: number | undefined;
  /** The running epoch, from 0. */
  readonly epoch: number;
  /** How many batches of the running epoch are done. */
  readonly batch: number;
  /** The mean loss of the running epoch so far; NaN before its first step. */
  readonly loss: number;
  /** What ended the run before its time, for `onTrainEnd`; undefined when nothing failed. */
  readonly error: unknown;
  /** Whether it was the `signal` of `fit` that ended the run: `error` is its reason then. */
  readonly isAborted: boolean;
  /** Ends training after the running step; `fit` then resolves, and its history says why it stopped. */
  stop(reason?: string, options?: StopOptions): void;
}

/** Options of `run.stop`. */
export interface StopOptions {
  /** Whether a running validation stops, too, to be repeated when the run resumes. Default: false, it is finished. */
  readonly atOnce?: boolean;
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
  /**
   * Whether it saves the run. Such a callback is called last during training, so that it saves the effects of the others,
   * and first at the end, so that it does not save what they do only after training.
   */
  readonly savesRun?: boolean;
  /** The name under which a checkpoint keeps the state of the callback; without a name, no state is kept. */
  readonly name?: string;
  /** What the callback needs in order to resume as if it had not been interrupted. Called between steps. */
  state?(): CallbackState;
  /** Resumes from a state; called after `onTrainBegin`, before the first step. */
  restoreState?(state: CallbackState): void;
  /** Before the first step. */
  onTrainBegin?(run: TrainingRun): void | Promise<void>;
  /** Before the first step of every epoch. */
  onEpochBegin?(run: TrainingRun): void | Promise<void>;
  /** After every step. */
  onStep?(run: TrainingRun): void | Promise<void>;
  /** After every complete epoch and its validation. */
  onEpochEnd?(run: TrainingRun, record: EpochRecord): void | Promise<void>;
  /** At the end, also when training was stopped or failed (`run.error`); not where `onTrainBegin` was never reached. */
  onTrainEnd?(run: TrainingRun): void | Promise<void>;
  /** After the `onTrainEnd` of all callbacks. @internal */
  onEnd?(run: TrainingRun): void | Promise<void>;
}
