import type { Tensor } from "../tensor/tensor.ts";
import type { MetricState } from "./metricSums.ts";

/** How the examples of a data set are cut into batches and shuffled: going on in another way would leave some out. */
export interface EpochCut {
  /** How many examples a batch has; none of these where batches come from a source. */
  readonly batchSize?: number;
  /** What happens to the examples that fill no batch; see `minibatches`. */
  readonly remainder?: "even" | "keep" | "drop";
  /** How many examples the data set has. */
  readonly examples?: number;
  /** How many batches of a source make an epoch, where that was said. */
  readonly stepsPerEpoch?: number;
  /** The key of the stream that the order was drawn from; none without shuffling. */
  readonly order?: readonly [number, number];
}

/** What was done of an epoch that is not complete. */
export interface EpochProgress extends EpochCut {
  /** The optimizer's step at its beginning, which names the order of its examples. */
  readonly step: number;
  /** How many batches are done. */
  readonly batch: number;
  /** The checksum of the last batch that came from a source, by which it is known again. */
  readonly checksum?: number;
  /** The losses of the examples so far, added up. */
  readonly lossSum: number;
  /** How many examples that were. */
  readonly seen: number;
  /** How many of them were classified rightly; only with labels. */
  readonly correct?: number;
  /** The learning rate of the last step. */
  readonly learningRate?: number;
  /** What the metrics know of them. */
  readonly metrics?: MetricState;
  /** The time that it took so far, in seconds. */
  readonly seconds: number;
}

/** What a callback carries from one run to the run that goes on from its checkpoint. */
export interface CallbackState {
  /** Plain JSON. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Tensors by name, such as the variables of the best epoch. */
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** Where a training run stands: what `fit` needs, besides model and optimizer, to go on as if it had not stopped. */
export interface TrainingPlace {
  /** The epoch that is running, or comes next; from 0. */
  readonly epoch: number;
  /** What was done of that epoch; nothing between two epochs. */
  readonly progress?: EpochProgress;
  /** How many batches of a source that epochs share (`stepsPerEpoch`) were taken before that epoch. Default: 0. */
  readonly passed?: number;
  /** What the callbacks remember, by their names. */
  readonly callbacks: Readonly<Record<string, CallbackState>>;
}
