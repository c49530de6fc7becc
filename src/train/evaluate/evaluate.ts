import { ValueError } from "../../base/errors.ts";
import { anything, checkOptions, whole } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { type BatchSource, isBatchSource, type TrainingData } from "../../data/batchSource.ts";
import { type AnyDataset, type Dataset, isDataset, take } from "../../data/dataset.ts";
import { rowCount, type TensorOrNamed } from "../../data/tensorOrNamed.ts";
import type { Layer } from "../../layers/base/layer.ts";
import { pacer } from "../batches/nextTask.ts";
import { SourceBatches } from "../batches/sourceBatches.ts";
import type { MetricLike, MetricValues } from "../metrics/metric.ts";
import { type LossOption, type MetricsOption, Objective } from "../metrics/objective.ts";
import { checkIsOptions, checkModel, checkOutputs } from "./checkModel.ts";
import { Evaluator, type Totals } from "./evaluator.ts";

/** Options of `evaluate`. */
export interface EvaluateOptions<Metrics extends MetricsOption = MetricsOption> {
  /**
   * Default: softmaxCrossEntropy for int32 labels; for other targets it must be named. For targets by name: one loss for each of
   * them, or losses by the names of the outputs.
   */
  readonly loss?: LossOption;
  /** By how much the loss of each output is multiplied, for targets by name. Default: 1. */
  readonly lossWeights?: Readonly<Record<string, number>>;
  /** Examples that are computed at once; it bounds the memory. Default: 512. Of a source, the batches are what they are. */
  readonly batchSize?: number;
  /**
   * Further measures: metrics, or losses, which are averaged over the examples. For targets by name: lists by the names of the
   * outputs, beside whose loss they are measured.
   */
  readonly metrics?: Metrics;
}

/** How well a model does on a data set. */
export interface Evaluation {
  /**
   * The mean over the examples, without penalties on the weights. Of weighted examples, the sum of the weighted losses
   * divided by the number of examples.
   */
  readonly loss: number;
  /** The fraction that is classified rightly, each example counting once; only where the targets are int32 labels. */
  readonly accuracy?: number;
}

/** An evaluation, and the values of the metrics that were asked for. */
export type EvaluationWith<Metrics extends readonly MetricLike[]> = Evaluation & {
  /** The values, by the names of the metrics. */
  readonly metrics: MetricValues<Metrics>;
};

/** An evaluation of several outputs: their losses, and the values of their metrics. */
export interface EvaluationByOutput extends Evaluation {
  /** The values, by the name of the output followed by that of the metric: `kindLoss`, `kindAccuracy`. */
  readonly metrics: Readonly<Record<string, unknown>>;
}

/**
 * The loss and the accuracy of a model on data, in inference mode, some examples at a time, and the values of metrics.
 * @param model Any layer whose output fits the loss.
 * @param data A data set of at least one example; or a source of batches, for whose end it waits: then it gives a promise.
 *
 * A model with several outputs is evaluated on targets by their names: the loss is the sum of the losses of the outputs, each times
 * its weight.
 * @throws ValueError for no examples; DTypeError when the loss must be named; what the model, the loss and the metrics throw.
 * @example
 * const { test } = await loadDigits();
 * const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
 * evaluate(model, test).accuracy; // about 0.1: it knows nothing yet
 * const { metrics } = evaluate(model, test, { metrics: [topKAccuracy({ k: 3 }), confusionMatrix] });
 * metrics.top3Accuracy; // about 0.3
 * metrics.confusionMatrix.classes[7].recall; // of the sevens, the fraction that it takes for one
 */
export function evaluate<const Metrics extends readonly MetricLike[]>(
  model: Layer,
  data: Dataset<TensorOrNamed>,
  options: EvaluateOptions<Metrics> & { readonly metrics: Metrics },
): EvaluationWith<Metrics>;
export function evaluate(model: Layer, data: Dataset<TensorOrNamed>, options?: EvaluateOptions): Evaluation;
export function evaluate(model: Layer, data: AnyDataset, options?: EvaluateOptions): EvaluationByOutput;
export function evaluate<const Metrics extends readonly MetricLike[]>(
  model: Layer,
  data: BatchSource,
  options: EvaluateOptions<Metrics> & { readonly metrics: Metrics },
): Promise<EvaluationWith<Metrics>>;
export function evaluate(model: Layer, data: BatchSource, options?: EvaluateOptions): Promise<Evaluation>;
export function evaluate(
  model: Layer,
  data: TrainingData,
  options: EvaluateOptions = {},
): Evaluation | Promise<Evaluation> {
  checkModel("evaluate", model);
  checkIsOptions("evaluate", options, "evaluate(model, dataset({ x, y }))");
  checkOptions("evaluate", options, {
    loss: anything,
    lossWeights: anything,
    batchSize: whole({ from: 1 }),
    metrics: anything,
  });
  const objective = new Objective("evaluate", model, data, options);
  if (isDataset(data)) objective.lossFor(data.y);
  if (typeof options.loss !== "object") checkOutputs("evaluate", model, options.loss);
  const hasMetrics = options.metrics !== undefined || objective.metrics.length > 0;
  const name = (isDataset(data) ? data.name : undefined) ?? "the data";
  const evaluator = new Evaluator("evaluate", model, { objective, data: name });
  const evaluation = ({ loss, accuracy, values }: Totals): Evaluation => ({
    loss,
    ...(accuracy === undefined ? {} : { accuracy }),
    ...(hasMetrics ? { metrics: { ...values.metrics, ...values.details } } : {}),
  });
  if (isDataset(data)) {
    const chunks = evaluateInChunks(evaluator, data, options.batchSize);
    while (!chunks.next().done);
    return evaluation(evaluator.totals());
  }
  if (!isBatchSource(data)) {
    throw new ValueError(
      `evaluate: the data must be a data set or a source of batches, got ${showValue(data)}. Make one with dataset({ x, y }).`,
    );
  }
  if (options.batchSize !== undefined) {
    throw new ValueError(
      `evaluate: batchSize is for data sets, got batchSize=${options.batchSize} beside a source, whose batches are what they are. Drop it.`,
    );
  }
  const { isDue, pause } = pacer();
  const batches = new SourceBatches(data, { operation: "evaluate", what: "given", wait: async (promise) => promise });
  return evaluateSource(evaluator, batches, 0, async () => {
    if (isDue()) await pause();
  }).then(evaluation);
}

/** Evaluates a data set, with a pause after each piece, when the caller may do other work. */
export function* evaluateInChunks(
  evaluator: Evaluator,
  data: AnyDataset,
  batchSize = 512,
  pieceSize: number = batchSize,
): Generator<void, void, void> {
  if (data.size === 0) {
    throw new ValueError(`evaluate: ${data.name ?? "the data"} must have an example, got none. Pass other data.`);
  }
  for (let from = 0; from < data.size; from += batchSize) {
    yield* evaluator.add(take(data, { from, to: Math.min(from + batchSize, data.size) }), pieceSize);
  }
}

/** Evaluates the batches of a source. `between` is awaited after each piece. */
export const evaluateSource = async (
  evaluator: Evaluator,
  batches: SourceBatches,
  epoch: number,
  between: () => Promise<void>,
): Promise<Totals> => {
  try {
    await batches.begin({ epoch, step: 0, batch: 0 });
    for (;;) {
      const batch = await batches.next();
      if (!batch) return evaluator.totals();
      for (const _ of evaluator.add(batch, rowCount(batch.y))) await between();
    }
  } finally {
    await batches.close();
  }
};
