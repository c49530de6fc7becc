import { isBatchSource, isDataset, type TrainingData } from "../data/batchSource.ts";
import type { Layer } from "../layers/layer.ts";
import { Optimizer } from "../optim/optimizer.ts";
import { ValueError } from "../tensor/errors.ts";
import { checkOptions, showValue } from "../tensor/options.ts";
import type { Callback } from "./callback.ts";
import { restoreCallbacks } from "./callbackStates.ts";
import { type ClassWeights, checkClassWeights } from "./classWeights.ts";
import { History } from "./history.ts";
import { type Loss, lossFor } from "./loss.ts";
import type { MetricLike } from "./metric.ts";
import { Run } from "./run.ts";

/** Options of `fit`. */
export interface FitOptions {
  /** What updates the variables. */
  readonly optimizer: Optimizer;
  /** How often it goes over the data; epochs of the history that is given count. */
  readonly epochs: number;
  /** Examples in a batch; default 50. */
  readonly batchSize?: number;
  /** What happens when the batch size does not divide the data; see `minibatches`. */
  readonly remainder?: "keep" | "drop";
  /** How many batches of a source make an epoch. Default: all that it gives. */
  readonly stepsPerEpoch?: number;
  /** Data on which the model is evaluated after every epoch: a data set, or a source of batches. */
  readonly validation?: TrainingData;
  /**
   * What is measured beside loss and accuracy, of the training batches and of the validation data: metrics, or losses,
   * whose mean is one. Each example counts once, unless the metric is `weighted`.
   */
  readonly metrics?: readonly MetricLike[];
  /**
   * How much the examples of each class count in the training loss, times their own weights: a list from class 0 on, or an
   * object. Targets must be labels. Validation does without. See `balancedClassWeights`.
   */
  readonly classWeights?: ClassWeights;
  /** Called in this order while it trains. */
  readonly callbacks?: readonly Callback[];
  /** Default: softmaxCrossEntropy for int32 labels; for other targets it must be named. */
  readonly loss?: Loss;
  /** Whether every epoch takes the examples in another order; default true. */
  readonly shuffle?: boolean;
  /** Of the orders; default: drawn from the model's stream, which its seed determines. */
  readonly seed?: number;
  /** Whether the penalties of regularizers are added to the loss; see `minimize`. Default: true. */
  readonly regularize?: boolean;
  /**
   * Of an earlier run, to go on from: at the epoch, and within it at the batch, where that one stopped. With the model and
   * the optimizer of that run, its data and options, the result has the same bits as if it had never stopped.
   */
  readonly history?: History;
  /** The model itself, once more, so that what `loadCheckpoint` gives can be passed on as a whole. */
  readonly model?: Layer;
  /** Ends training after the running step: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

const known: readonly (keyof FitOptions)[] = [
  "optimizer",
  "epochs",
  "batchSize",
  "remainder",
  "stepsPerEpoch",
  "validation",
  "metrics",
  "classWeights",
  "callbacks",
  "loss",
  "shuffle",
  "seed",
  "regularize",
  "history",
  "model",
  "signal",
];

/**
 * Trains a model: goes over the data in batches, and after every epoch evaluates it on the validation data.
 *
 * The data are a data set, or a source of batches: something to iterate over (also asynchronously), or a function that
 * gives it for every epoch. Examples may be weighted, by `weights` of the data and by `classWeights`; the loss of a batch is
 * then Σ wᵢ·lossᵢ / rows.
 *
 * One seed gives the same bits every time. The order of an epoch depends on the seed and on how many steps the optimizer
 * has done. At least every 50 ms the event loop may run, as long as one step takes less than half of that.
 * @param train What it is trained on.
 * @returns What every epoch brought. When a callback stops training, the history says why.
 * @throws ValueError for options out of range or no examples; DTypeError when the loss must be named; NonFiniteError when
 * the loss or a gradient is not finite, with the step, the variable and the likely cause; what the model, the loss and the callbacks throw; the reason of the signal.
 * @example
 * const { train, validation } = await loadDigits();
 * const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
 * const history = await fit(model, train, {
 *   optimizer: new SGD({ learningRate: 0.5 }),
 *   epochs: 5,
 *   validation,
 *   callbacks: [progressBar()],
 * });
 * history.last("validationAccuracy"); // above 0.9
 */
export const fit = async (model: Layer, train: TrainingData, options: FitOptions): Promise<History> => {
  checkFitOptions(model, train, options);
  const { callbacks = [], signal } = options;
  signal?.throwIfAborted();
  const savers = callbacks.filter(({ savesRun }) => savesRun);
  const others = callbacks.filter(({ savesRun }) => !savesRun);
  const saversLast = [...others, ...savers];
  const run = new Run(model, train, { ...options, callbacks: saversLast });
  const tell = async (call: Call): Promise<void> => {
    for (const callback of saversLast) {
      await call(callback);
      await run.breathe();
    }
    signal?.throwIfAborted();
  };
  // Each of them ends, also when another one fails. What failed first is what to look at.
  const endAll = async (order: readonly Callback[], call: Call): Promise<void> => {
    for (const callback of order) {
      try {
        await call(callback);
      } catch (error) {
        run.error ??= error;
      }
    }
  };
  // What waits for a batch hears of it at once.
  const wake = (): void => run.wake();
  signal?.addEventListener("abort", wake);
  try {
    await run.prepare();
    await tell((callback) => callback.onTrainBegin?.(run));
    if (options.history) restoreCallbacks(saversLast, options.history.place.callbacks);
    while (run.epoch < run.epochs && run.history.stopped === undefined) {
      run.beginEpoch();
      await tell((callback) => callback.onEpochBegin?.(run));
      const record = await run.trainEpoch();
      if (!record) break;
      run.complete(record);
      await tell((callback) => callback.onEpochEnd?.(run, record));
      run.epoch++;
    }
  } catch (error) {
    run.error = error;
  }
  signal?.removeEventListener("abort", wake);
  await endAll([...savers, ...others], (callback) => callback.onTrainEnd?.(run));
  try {
    await run.end();
  } catch (error) {
    run.error ??= error;
  }
  await endAll(saversLast, (callback) => callback.onEnd?.(run));
  if (run.error !== undefined) throw run.error;
  return run.history;
};

type Call = (callback: Callback) => void | Promise<void> | undefined;

const checkFitOptions = (model: Layer, train: TrainingData, options: FitOptions): void => {
  checkOptions("fit", options, known);
  if (options.model !== undefined && options.model !== model) {
    throw new ValueError(
      `fit: the option model must be the model that is trained, got "${options.model.name}" beside "${model.name}". Leave it out.`,
    );
  }
  if (options.history !== undefined && !(options.history instanceof History)) {
    throw new ValueError(
      `fit: history must be a History, got ${typeof options.history}. Pass what fit or loadCheckpoint gave.`,
    );
  }
  const { epochs, optimizer, validation } = options;
  if (!(optimizer instanceof Optimizer)) {
    throw new ValueError(
      `fit: optimizer must be an optimizer, got ${typeof optimizer}. ` +
        "Pass { optimizer: new Momentum({ learningRate: 0.01, momentum: 0.9 }) }, for example.",
    );
  }
  if (!Number.isInteger(epochs) || epochs < 0) {
    throw new ValueError(`fit: epochs must be a whole number from 0, got ${epochs}. Pass { epochs: 20 }, for example.`);
  }
  for (const [what, data] of Object.entries({ train, validation })) {
    if (data === undefined && what === "validation") continue;
    if (data === undefined || !isDataset(data)) {
      if (isBatchSource(data)) continue;
      throw new ValueError(
        `fit: the ${what} data must be a data set or a source of batches, got ${typeof data}. Make one with dataset({ x, y }).`,
      );
    }
    if (data.size === 0) {
      throw new ValueError(`fit: the ${what} data must have an example, got none. Pass other data.`);
    }
  }
  checkFeedOptions(train, options);
  if (options.classWeights !== undefined) checkClassWeights("fit", options.classWeights);
  if (isDataset(train)) lossFor("fit", train.y, options.loss);
};

/** Options that say how a data set becomes batches, and those that say it of a source. */
const checkFeedOptions = (train: TrainingData, options: FitOptions): void => {
  const { stepsPerEpoch } = options;
  if (isDataset(train)) {
    if (stepsPerEpoch === undefined) return;
    throw new ValueError(
      `fit: stepsPerEpoch is for sources of batches, got ${showValue(stepsPerEpoch)} beside a data set, all of which is an epoch. Drop it.`,
    );
  }
  for (const name of ["batchSize", "remainder", "shuffle", "seed"] as const) {
    if (options[name] === undefined) continue;
    throw new ValueError(
      `fit: ${name} is for data sets, got ${showValue(options[name])} beside a source, whose batches are what they are. Drop it.`,
    );
  }
  if (stepsPerEpoch !== undefined && !(Number.isSafeInteger(stepsPerEpoch) && stepsPerEpoch >= 1)) {
    throw new ValueError(
      `fit: stepsPerEpoch must be a whole number from 1, got ${showValue(stepsPerEpoch)}. Leave it out to take all batches.`,
    );
  }
};
