import { type Dataset, take } from "../data/dataset.ts";
import type { Layer } from "../layers/layer.ts";
import { ShapeError, ValueError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import { formatShape } from "../tensor/shape.ts";
import { runStep } from "../tensor/step.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { countCorrect, isClassification } from "./accuracy.ts";
import { type Loss, lossFor } from "./loss.ts";

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** Default: softmaxCrossEntropy for int32 labels; for other targets it must be named. */
  readonly loss?: Loss;
  /** Examples that are computed at once; it bounds the memory. Default: 512. */
  readonly batchSize?: number;
}

/** How well a model does on a data set. */
export interface Evaluation {
  /** The mean over the examples, without penalties on the weights. */
  readonly loss: number;
  /** The fraction that is classified rightly; only where the targets are int32 labels. */
  readonly accuracy?: number;
}

/**
 * The loss and the accuracy of a model on a data set, in inference mode, some examples at a time.
 * @param model Any layer whose output fits the loss.
 * @param data A data set of at least one example.
 * @throws ValueError for no examples; DTypeError when the loss must be named; what the model and the loss throw.
 * @example
 * const { test } = await loadDigits();
 * const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
 * evaluate(model, test).accuracy; // about 0.1: it knows nothing yet
 */
export const evaluate = (model: Layer, data: Dataset, options: EvaluateOptions = {}): Evaluation => {
  checkOptions("evaluate", options, ["loss", "batchSize"]);
  const chunks = evaluateInChunks(model, data, options);
  for (;;) {
    const { done, value } = chunks.next();
    if (done) return value;
  }
};

/** `evaluate`, with a pause after each chunk in which the caller may look after other things. @internal */
export function* evaluateInChunks(
  model: Layer,
  data: Dataset,
  options: EvaluateOptions,
): Generator<void, Evaluation, void> {
  const { batchSize = 512 } = options;
  const loss = lossFor("evaluate", data.y, options.loss);
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new ValueError(`evaluate: batchSize must be a whole number from 1, got ${batchSize}. Leave it out.`);
  }
  if (data.size === 0) {
    throw new ValueError(`evaluate: ${data.name ?? "the data"} must have an example, got none. Pass other data.`);
  }
  let lossSum = 0;
  let correct: number | undefined = 0;
  for (let from = 0; from < data.size; from += batchSize) {
    const { x, y, size } = take(data, { from, to: Math.min(from + batchSize, data.size) });
    runStep(
      () => {
        const predictions = model.call(x, { training: false });
        lossSum += scalarOf("evaluate", loss(predictions, y)) * size;
        correct =
          correct !== undefined && isClassification(predictions, y)
            ? correct + countCorrect(predictions, y)
            : undefined;
      },
      () => undefined,
    );
    yield;
  }
  return { loss: lossSum / data.size, ...(correct === undefined ? {} : { accuracy: correct / data.size }) };
}

const scalarOf = (operation: string, loss: Tensor): number => {
  if (loss.size !== 1) {
    throw new ShapeError(
      `${operation}: the loss must be one number, got shape ${formatShape(loss.shape)}. Take its mean.`,
    );
  }
  return loss.item();
};
