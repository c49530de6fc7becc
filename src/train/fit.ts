import type { Dataset } from "../data/dataset.ts";
import type { Layer } from "../layers/layer.ts";
import { Optimizer } from "../optim/optimizer.ts";
import { ValueError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Callback } from "./callback.ts";
import { restoreCallbacks } from "./callbackStates.ts";
import { History } from "./history.ts";
import { type Loss, lossFor } from "./loss.ts";
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
  /** Data on which the model is evaluated after every epoch. */
  readonly validation?: Dataset;
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
  "validation",
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
 * One seed gives the same bits every time. The order of an epoch depends on the seed and on how many steps the optimizer
 * has done. At least every 50 ms the event loop may run, as long as one step takes less than half of that.
 * @returns What every epoch brought. When a callback stops training, the history says why.
 * @throws ValueError for options out of range or no examples; DTypeError when the loss must be named; NonFiniteError when
 * the loss or a gradient is not finite; what the model, the loss and the callbacks throw; the reason of the signal.
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
export const fit = async (model: Layer, train: Dataset, options: FitOptions): Promise<History> => {
  checkFitOptions(model, train, options);
  const { callbacks = [], signal } = options;
  signal?.throwIfAborted();
  const savers = callbacks.filter(({ savesRun }) => savesRun);
  const others = callbacks.filter(({ savesRun }) => !savesRun);
  const saversLast = [...others, ...savers];
  const run = new Run(model, train, { ...options, callbacks: saversLast });
  const tell = async (call: Call): Promise<void> => {
    for (const callback of saversLast) await call(callback);
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
  try {
    await tell((callback) => callback.onTrainBegin?.(run));
    if (options.history) restoreCallbacks(saversLast, options.history.place.callbacks);
    while (run.epoch < run.epochs && run.history.stopped === undefined) {
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
  await endAll([...savers, ...others], (callback) => callback.onTrainEnd?.(run));
  run.end();
  await endAll(savers, (callback) => callback.onEnd?.(run));
  if (run.error !== undefined) throw run.error;
  return run.history;
};

type Call = (callback: Callback) => void | Promise<void> | undefined;

const checkFitOptions = (model: Layer, train: Dataset, options: FitOptions): void => {
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
    if (data !== undefined && typeof data.size !== "number") {
      throw new ValueError(`fit: the ${what} data must be a data set, got none. Make one with dataset({ x, y }).`);
    }
    if (data?.size === 0) {
      throw new ValueError(`fit: the ${what} data must have an example, got none. Pass other data.`);
    }
  }
  lossFor("fit", train.y, options.loss);
};
