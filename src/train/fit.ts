import type { Dataset } from "../data/dataset.ts";
import { minibatches } from "../data/minibatches.ts";
import type { Layer } from "../layers/layer.ts";
import { Optimizer } from "../optim/optimizer.ts";
import { ValueError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import { Random } from "../tensor/random.ts";
import { countCorrect, isClassification } from "./accuracy.ts";
import type { Callback, TrainingRun } from "./callback.ts";
import { type Evaluation, evaluateInChunks } from "./evaluate.ts";
import { type EpochRecord, History } from "./history.ts";
import { type Loss, lossFor } from "./loss.ts";
import { pacer } from "./nextTask.ts";

/** Options of `fit`. */
export interface FitOptions {
  readonly optimizer: Optimizer;
  /** How often it goes over the data. */
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
  checkFitOptions(train, options);
  const { callbacks = [], signal } = options;
  signal?.throwIfAborted();
  const run = new Run(model, train, options);
  const tell = async (call: (callback: Callback) => void | Promise<void> | undefined): Promise<void> => {
    for (const callback of callbacks) await call(callback);
  };
  try {
    await tell((callback) => callback.onTrainBegin?.(run));
    while (run.epoch < run.epochs && run.history.stopped === undefined) {
      await tell((callback) => callback.onEpochBegin?.(run));
      const record = await run.trainEpoch();
      if (!record) break;
      run.history.add(record);
      await tell((callback) => callback.onEpochEnd?.(run, record));
      run.epoch++;
    }
  } catch (error) {
    run.error = error;
  }
  try {
    await tell((callback) => callback.onTrainEnd?.(run));
  } catch (error) {
    // What failed first is what to look at.
    run.error ??= error;
  }
  if (run.error !== undefined) throw run.error;
  return run.history;
};

class Run implements TrainingRun {
  readonly model: Layer;
  readonly optimizer: Optimizer;
  readonly train: Dataset;
  readonly validation: Dataset | undefined;
  readonly history: History = new History();
  readonly epochs: number;
  readonly batches: number;
  epoch = 0;
  batch = 0;
  loss: number = Number.NaN;
  error: unknown;
  readonly #options: FitOptions;
  readonly #random: Random;
  readonly #pacer: ReturnType<typeof pacer> = pacer();

  constructor(model: Layer, train: Dataset, options: FitOptions) {
    this.model = model;
    this.optimizer = options.optimizer;
    this.train = train;
    this.validation = options.validation;
    this.epochs = options.epochs;
    this.#options = options;
    this.#random = (options.seed === undefined ? model.random : new Random(options.seed)).fork("shuffle");
    // Before the first step, because the optimizer asks for the variables.
    model.buildFor(train.x.shape.slice(1));
    this.batches = this.#minibatches().count;
  }

  stop(reason?: string): void {
    this.history.stopped ??= reason ?? "stopped by a callback";
  }

  /** Trains for one epoch; undefined when it was stopped within. */
  async trainEpoch(): Promise<EpochRecord | undefined> {
    const { model, optimizer, train, batches } = this;
    const { callbacks = [], regularize = true } = this.#options;
    const penalties = { regularize };
    const watchers = callbacks.filter(({ onStep }) => onStep);
    const loss = lossFor("fit", train.y, this.#options.loss);
    const start = performance.now();
    let lossSum = 0;
    let correct: number | undefined = 0;
    let seen = 0;
    this.batch = 0;
    this.loss = Number.NaN;
    for (const { x, y } of this.#minibatches()) {
      const value = optimizer.minimize(
        () => {
          const predictions = model.call(x, { training: true });
          correct =
            correct !== undefined && isClassification(predictions, y)
              ? correct + countCorrect(predictions, y)
              : undefined;
          return loss(predictions, y);
        },
        model.trainableVariables,
        penalties,
      );
      seen += y.shape[0];
      lossSum += value.item() * y.shape[0];
      this.batch++;
      this.loss = lossSum / seen;
      for (const watcher of watchers) {
        const waiting = watcher.onStep?.(this);
        if (waiting) await waiting;
      }
      if (this.#pacer.isDue()) await this.#pacer.pause();
      this.#options.signal?.throwIfAborted();
      if (this.history.stopped !== undefined && this.batch < batches) return undefined;
    }
    const seconds = (performance.now() - start) / 1000;
    const evaluation = await this.#validate();
    return {
      epoch: this.epoch,
      loss: this.loss,
      ...(correct === undefined ? {} : { accuracy: correct / seen }),
      ...(evaluation ? { validationLoss: evaluation.loss } : {}),
      ...(evaluation?.accuracy === undefined ? {} : { validationAccuracy: evaluation.accuracy }),
      steps: this.batch,
      seconds,
    };
  }

  async #validate(): Promise<Evaluation | undefined> {
    if (!this.validation) return undefined;
    const chunks = evaluateInChunks(this.model, this.validation, { loss: this.#options.loss });
    for (;;) {
      const { done, value } = chunks.next();
      if (done) return value;
      if (this.#pacer.isDue()) await this.#pacer.pause();
      this.#options.signal?.throwIfAborted();
    }
  }

  /** The batches of the next epoch. Not its number but the steps done name its order: training may go on in another fit. */
  #minibatches(): ReturnType<typeof minibatches> {
    const { batchSize, remainder, shuffle = true } = this.#options;
    const random = shuffle ? this.#random.fork(`step ${this.optimizer.step}`) : undefined;
    return minibatches(this.train, { batchSize, remainder, shuffle, random });
  }
}

const checkFitOptions = (train: Dataset, options: FitOptions): void => {
  checkOptions("fit", options, known);
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
