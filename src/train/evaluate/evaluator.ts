import { ShapeError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import { rowRange } from "../../data/gatherRows.ts";
import type { Batch } from "../../data/minibatches.ts";
import type { Layer } from "../../layers/base/layer.ts";
import { OutputRows, predictChunk } from "../../layers/predict.ts";
import { runStep } from "../../tensor/memory/step.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { countCorrect, isClassification } from "../metrics/accuracy.ts";
import { type Loss, lossFor, weightedLoss } from "../metrics/loss.ts";
import type { Metric } from "../metrics/metric.ts";
import { MetricSums } from "../metrics/metricSums.ts";
import { explainedLabel } from "./explainedLabel.ts";
import { nonFiniteExample } from "./nonFiniteExample.ts";

/** The results over all examples. */
export interface Totals {
  readonly loss: number;
  readonly accuracy: number | undefined;
  readonly values: ReturnType<MetricSums["values"]>;
  /** The first example whose loss is not finite, and why. */
  readonly nonFinite: string | undefined;
}

/** Loss, accuracy and metrics of a model on examples that come chunk by chunk, in inference mode. */
export class Evaluator {
  readonly #operation: string;
  /** The name of the data in errors. */
  readonly #data: string;
  readonly #model: Layer;
  readonly #loss: Loss | undefined;
  readonly #sums: MetricSums;
  #lossSum = 0;
  #seen = 0;
  #correct: number | undefined = 0;
  #nonFinite: string | undefined;

  constructor(
    operation: string,
    model: Layer,
    { loss, metrics = [], data }: { readonly loss?: Loss; readonly metrics?: readonly Metric[]; readonly data: string },
  ) {
    this.#data = data;
    this.#operation = operation;
    this.#model = model;
    this.#loss = loss;
    this.#sums = new MetricSums(metrics);
  }

  /**
   * Adds a chunk. It is predicted in pieces of `pieceSize` rows; after each the caller may do other work. The
   * prediction for a row does not depend on the other rows, so the results do not depend on the size of the pieces.
   */
  *add({ x, y, weights }: Batch, pieceSize: number): Generator<void, void, void> {
    const rows = y.axes[0];
    const loss = lossFor(this.#operation, y, this.#loss);
    if (rows <= pieceSize) {
      let predictions: Tensor | undefined;
      predictChunk(this.#model, x, (output) => {
        output.storage.moveToArray();
        predictions = output;
      });
      runStep(
        () => this.#evaluate(loss, predictions!, { x, y, weights }),
        () => undefined,
      );
      yield;
      return;
    }
    const outputs = new OutputRows(this.#operation, this.#model, rows);
    for (let from = 0; from < rows; from += pieceSize) {
      const count = Math.min(pieceSize, rows - from);
      const piece = rowRange(x, from, from + count);
      predictChunk(this.#model, piece, (output) => outputs.set(output, from, count));
      yield;
    }
    runStep(
      () => this.#evaluate(loss, outputs.tensor, { x, y, weights }),
      () => undefined,
    );
    yield;
  }

  totals(): Totals {
    return {
      loss: this.#lossSum / this.#seen,
      accuracy: this.#correct === undefined ? undefined : this.#correct / this.#seen,
      values: this.#sums.values(),
      nonFinite: this.#nonFinite,
    };
  }

  #evaluate(loss: Loss, predictions: Tensor, batch: Batch): void {
    const placeOf = (row: number): string => `example ${this.#seen + row} of ${this.#data}`;
    try {
      this.#measure(loss, predictions, batch, placeOf);
    } catch (error) {
      const { y } = batch;
      throw explainedLabel(error, { operation: this.#operation, predictions, y, placeOf: (_, row) => placeOf(row) });
    }
  }

  #measure(loss: Loss, predictions: Tensor, batch: Batch, placeOf: (row: number) => string): void {
    const { y, weights } = batch;
    const rows = y.axes[0];
    const value = weights ? weightedLoss(this.#operation, loss, predictions, y, weights) : loss(predictions, y);
    if (!(value instanceof Tensor) || value.size !== 1) {
      throw new ShapeError(
        `${this.#operation}: the loss must be a tensor of one number, got ${showValue(value)}. Take its mean.`,
      );
    }
    if (!Number.isFinite(value.item())) this.#nonFinite ??= nonFiniteExample(loss, predictions, batch, placeOf);
    this.#lossSum += value.item() * rows;
    this.#seen += rows;
    this.#correct =
      this.#correct !== undefined && isClassification(predictions, y)
        ? this.#correct + countCorrect(predictions, y)
        : undefined;
    this.#sums.add(this.#sums.of(predictions, y, weights));
  }
}
