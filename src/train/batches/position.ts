import type { Tensor } from "../../tensor/tensor.ts";
import type { MetricState } from "../metrics/metricSums.ts";

/** How the examples of a data set are batched and shuffled: an epoch must resume with the same, or it would miss some. */
export interface EpochCut {
  /** How many examples a batch has. Only data sets have this and the next two; sources of batches do not. */
  readonly batchSize?: number;
  /** What happens to the examples that do not fill a batch; see `minibatches`. */
  readonly remainder?: "even" | "keep" | "drop";
  /** How many examples the data set has. */
  readonly examples?: number;
  /** How many batches of a source make an epoch, if that was set. */
  readonly stepsPerEpoch?: number;
  /** The key of the stream that the order was drawn from; left out without shuffling. */
  readonly order?: readonly [number, number];
}

/** The finished part of an epoch that is not complete. */
export interface EpochProgress extends EpochCut {
  /** The optimizer's step at its beginning, which determines the order of its examples. */
  readonly step: number;
  /** How many batches are done. */
  readonly batch: number;
  /** The checksum of the last batch of a source: a resumed run checks that it gets the same batch. */
  readonly checksum?: number;
  /** The losses of the examples so far, added up. */
  readonly lossSum: number;
  /** How many examples these are. */
  readonly seen: number;
  /** How many of them were classified correctly; only with labels. */
  readonly correct?: number;
  /** The learning rate of the last step. */
  readonly learningRate?: number;
  /** The statistics of the metrics over them. */
  readonly metrics?: MetricState;
  /** The time of training so far, in seconds. */
  readonly seconds: number;
}

/** What a callback hands from one run to the run that resumes from its checkpoint. */
export interface CallbackState {
  /** Plain JSON. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Tensors by name, such as the variables of the best epoch. */
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** The position of a run: what `fit` needs, besides model and optimizer, to resume as if it had not stopped. */
export interface TrainingPlace {
  /** The running or next epoch, from 0. */
  readonly epoch: number;
  /** The finished part of that epoch; undefined between two epochs. */
  readonly progress?: EpochProgress;
  /** How many batches of a source that epochs share (`stepsPerEpoch`) were taken before that epoch. Default: 0. */
  readonly passed?: number;
  /** The states of the callbacks, by their names. */
  readonly callbacks: Readonly<Record<string, CallbackState>>;
}
