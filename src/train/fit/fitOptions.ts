import { ShapeError, ValueError } from "../../base/errors.ts";
import { anything, checkOptions, flag, type OptionRules, oneOf, required, whole } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { isBatchSource, type TrainingData } from "../../data/batchSource.ts";
import { type AnyDataset, isDataset } from "../../data/dataset.ts";
import { listTensors } from "../../data/tensorOrNamed.ts";
import { Layer } from "../../layers/base/layer.ts";
import { Optimizer } from "../../optim/optimizer/optimizer.ts";
import { formatRows, sameShape } from "../../tensor/shape.ts";
import type { Callback } from "../callbacks/callback.ts";
import { checkCallbacks } from "../callbacks/checkCallbacks.ts";
import { checkIsOptions, checkModel, checkOutputs } from "../evaluate/checkModel.ts";
import { type ClassWeights, checkClassWeights } from "../evaluate/classWeights.ts";
import { History } from "../history/history.ts";
import { type LossOption, type MetricsOption, Objective } from "../metrics/objective.ts";

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
   * whose mean is one. Each example counts once, unless the metric is `weighted`. For targets by name: lists by the names of the
   * outputs, `{ kind: [accuracy] }`, whose values are called `kindAccuracy`; the loss of each output is measured too, as `kindLoss`.
   */
  readonly metrics?: MetricsOption;
  /**
   * How much the examples of each class count in the training loss, times their own weights: a list from class 0 on, or an
   * object. Targets must be labels. Validation does without. See `balancedClassWeights`.
   */
  readonly classWeights?: ClassWeights;
  /** Called in this order while it trains. */
  readonly callbacks?: readonly Callback[];
  /**
   * Default: softmaxCrossEntropy for int32 labels; for other targets it must be named. For targets by name: one loss for each of
   * them, or losses by the names of the outputs, whose weighted sum is minimized.
   */
  readonly loss?: LossOption;
  /** By how much the loss of each output is multiplied, for targets by name. Default: 1. */
  readonly lossWeights?: Readonly<Record<string, number>>;
  /** Whether every epoch takes the examples in another order; default true. */
  readonly shuffle?: boolean;
  /** Of the orders; default: drawn from the model's stream, which its seed determines. */
  readonly seed?: number;
  /** Whether the penalties of regularizers are added to the loss; see `minimize`. Default: true. */
  readonly regularize?: boolean;
  /**
   * Whether steps are recorded and replayed, as by `compile`: the same bits, faster. Default: where the model, the loss and the
   * optimizer's clip hold nothing but what the library offers; true: also custom layers and functions, which must do nothing
   * but compute; false: never.
   */
  readonly compile?: boolean;
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

/** A value that `fit` checks itself, because its error says what to pass. */
const checkedBelow = anything;

const rules = (): OptionRules<FitOptions> => ({
  optimizer: checkedBelow,
  epochs: required(whole({ from: 0 })),
  batchSize: whole({ from: 1 }),
  remainder: oneOf("keep", "drop"),
  stepsPerEpoch: whole({ from: 1 }),
  validation: checkedBelow,
  metrics: checkedBelow,
  classWeights: checkedBelow,
  callbacks: checkedBelow,
  loss: checkedBelow,
  lossWeights: checkedBelow,
  shuffle: flag,
  seed: whole({ from: 0 }),
  regularize: flag,
  compile: flag,
  history: checkedBelow,
  model: checkedBelow,
  signal: checkedBelow,
});

/** What programs of other libraries pass to `fit`, and where it goes here. */
const elsewhere: Readonly<Record<string, string>> = {
  validationSplit: "Split first: split(data, { parts: { train: 0.8, validation: 0.2 } }), and pass { validation }.",
  learningRate: "Pass it to the optimizer: new Adam({ learningRate: 0.001 }).",
  lr: "Pass it to the optimizer: new Adam({ learningRate: 0.001 }).",
  verbose: "Pass { callbacks: [progressBar()] }.",
  sampleWeight: "Pass weights to the data set: dataset({ x, y, weights }).",
  sampleWeights: "Pass weights to the data set: dataset({ x, y, weights }).",
  initialEpoch: "Pass the history of the run that resumes: { history }.",
  iterations: "Pass { epochs }.",
};

/** @throws ValueError for an option of another library, saying where it goes. */
const checkForeignOptions = (options: object | undefined): void => {
  for (const name of Object.keys(options ?? {})) {
    const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (!Object.hasOwn(elsewhere, camel)) continue;
    throw new ValueError(`fit: every option must be one that exists, got "${name}". ${elsewhere[camel]}`);
  }
};

/**
 * Refuses what `fit` cannot train, or cannot do.
 * @throws ValueError, DTypeError.
 */
export const checkFitOptions = (model: Layer, train: TrainingData, options: FitOptions): void => {
  checkModel("fit", model);
  checkIsOptions("fit", options, "fit(model, dataset({ x, y }), { optimizer, epochs })");
  checkForeignOptions(options);
  checkOptions("fit", options, rules());
  if (options.model !== undefined && options.model !== model) {
    throw new ValueError(
      `fit: the option model must be the model that is trained, got ${options.model instanceof Layer ? `"${options.model.name}"` : showValue(options.model)} beside "${model.name}". Leave it out.`,
    );
  }
  if (options.history !== undefined && !(options.history instanceof History)) {
    throw new ValueError(
      `fit: history must be a History, got ${showValue(options.history)}. Pass what fit or loadCheckpoint gave.`,
    );
  }
  const { optimizer, validation, callbacks, loss, signal } = options;
  if (!(optimizer instanceof Optimizer)) {
    throw new ValueError(
      `fit: optimizer must be an optimizer, got ${showValue(optimizer)}. ` +
        "Pass { optimizer: new Momentum({ learningRate: 0.01, momentum: 0.9 }) }, for example.",
    );
  }
  for (const [what, data] of Object.entries({ train, validation })) {
    if (data === undefined && what === "validation") continue;
    if (data === undefined || !isDataset(data)) {
      if (isBatchSource(data)) continue;
      throw new ValueError(
        `fit: the ${what} data must be a data set or a source of batches, got ${showValue(data)}. Make one with dataset({ x, y }).`,
      );
    }
    if (data.size === 0) {
      throw new ValueError(`fit: the ${what} data must have an example, got none. Pass other data.`);
    }
  }
  if (callbacks !== undefined) checkCallbacks("fit", callbacks);
  if (signal !== undefined && typeof (signal as Partial<AbortSignal> | null)?.throwIfAborted !== "function") {
    throw new ValueError(
      `fit: signal must be an AbortSignal, got ${showValue(signal)}. Pass the signal of a controller: controller.signal.`,
    );
  }
  checkBatching(train, options);
  if (options.classWeights !== undefined) checkClassWeights("fit", options.classWeights);
  const objective = new Objective("fit", model, train, options);
  if (isDataset(train)) objective.lossFor(train.y);
  if (validation && isDataset(validation)) checkValidation(model, train, validation, options);
  if (typeof loss !== "object") checkOutputs("fit", model, loss);
  if (options.classWeights !== undefined && objective.isNamed) {
    throw new ValueError(
      `fit: classWeights are for one target, got classWeights beside targets by name. Pass weights of the examples in the data set instead.`,
    );
  }
};

/** Refuses validation data now that would fail after the first epoch. */
const checkValidation = (model: Layer, train: TrainingData, data: AnyDataset, options: FitOptions): void => {
  new Objective("fit: the validation data", model, data, options).lossFor(data.y);
  if (!isDataset(train)) return;
  const inputs = new Map(listTensors("x", data.x));
  for (const [name, { axes }] of listTensors("x", train.x)) {
    const shape = inputs.get(name)?.axes.slice(1);
    if (shape && sameShape(shape, axes.slice(1))) continue;
    throw new ShapeError(
      `fit: the validation data must have rows of the shape of the training data, got ${shape ? formatRows(shape) : `no ${name}`} ` +
        `beside ${formatRows(axes.slice(1))}${name === "x" ? "" : ` of ${name}`}. Prepare both in the same way.`,
    );
  }
};

/** Refuses options of batching that are for a data set beside a source, and the other way round. */
const checkBatching = (train: TrainingData, options: FitOptions): void => {
  const { stepsPerEpoch } = options;
  if (isDataset(train)) {
    if (stepsPerEpoch === undefined) return;
    throw new ValueError(
      `fit: stepsPerEpoch is for sources of batches, got ${showValue(stepsPerEpoch)} beside a data set, whose epochs are all of it. Drop it.`,
    );
  }
  for (const name of ["batchSize", "remainder", "shuffle", "seed"] as const) {
    if (options[name] === undefined) continue;
    throw new ValueError(
      `fit: ${name} is for data sets, got ${showValue(options[name])} beside a source, whose batches are what they are. Drop it.`,
    );
  }
};
