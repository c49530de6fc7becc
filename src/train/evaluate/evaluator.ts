import { ShapeError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import { rowRange } from "../../data/gatherRows.ts";
import type { AnyBatch } from "../../data/minibatches.ts";
import { listTensors, mapTensors, rowCount, type TensorOrNamed } from "../../data/tensorOrNamed.ts";
import type { Layer } from "../../layers/base/layer.ts";
import { OutputRows, predictChunk } from "../../layers/predict.ts";
import { runStep } from "../../tensor/memory/step.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { countCorrect, isClassification } from "../metrics/accuracy.ts";
import { type Loss, weightedLoss } from "../metrics/loss.ts";
import { MetricSums } from "../metrics/metricSums.ts";
import type { Objective } from "../metrics/objective.ts";
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
  readonly #objective: Objective;
  readonly #sums: MetricSums;
  #lossSum = 0;
  #seen = 0;
  #correct: number | undefined = 0;
  #nonFinite: string | undefined;

  constructor(
    operation: string,
    model: Layer,
    { objective, data }: { readonly objective: Objective; readonly data: string },
  ) {
    this.#data = data;
    this.#operation = operation;
    this.#model = model;
    this.#objective = objective;
    this.#sums = new MetricSums(objective.metrics);
  }

  /**
   * Adds a chunk. It is predicted in pieces of `pieceSize` rows; after each the caller may do other work. The
   * prediction for a row does not depend on the other rows, so the results do not depend on the size of the pieces.
   */
  *add(batch: AnyBatch, pieceSize: number): Generator<void, void, void> {
    const { x, y } = batch;
    const rows = rowCount(y);
    const loss = this.#objective.lossFor(y);
    if (rows <= pieceSize && x instanceof Tensor && y instanceof Tensor) {
      let predictions: Tensor | undefined;
      predictChunk(this.#model, x, (output) => {
        output.storage.moveToArray();
        predictions = output;
      });
      this.#evaluate(loss, predictions!, batch);
      yield;
      return;
    }
    const outputs = new Map<string, OutputRows>();
    let isSingle = true;
    for (let from = 0; from < rows; from += pieceSize) {
      const count = Math.min(pieceSize, rows - from);
      const piece = mapTensors(x, (tensor) => rowRange(tensor, from, from + count));
      this.#predict(piece, y, (predictions) => {
        isSingle = predictions instanceof Tensor;
        for (const [name, output] of listTensors("y", predictions)) {
          const rowsOfOutput = outputs.get(name) ?? new OutputRows(this.#operation, this.#model, rows);
          outputs.set(name, rowsOfOutput);
          rowsOfOutput.set(output, from, count);
        }
      });
      if (from + count < rows) yield;
    }
    const predictions = isSingle
      ? outputs.get("y")!.tensor
      : Object.fromEntries(Object.keys(y).map((name) => [name, outputs.get(`y.${name}`)!.tensor]));
    this.#evaluate(loss, predictions, batch);
    yield;
  }

  #predict(x: TensorOrNamed, y: TensorOrNamed, finish: (predictions: TensorOrNamed) => void): void {
    if (x instanceof Tensor && y instanceof Tensor) predictChunk(this.#model, x, finish);
    else runStep(() => this.#objective.outputs(this.#model, x, {}), finish);
  }

  totals(): Totals {
    return {
      loss: this.#lossSum / this.#seen,
      accuracy: this.#correct === undefined ? undefined : this.#correct / this.#seen,
      values: this.#sums.values(),
      nonFinite: this.#nonFinite,
    };
  }

  #evaluate(loss: Loss, predictions: TensorOrNamed, batch: AnyBatch): void {
    const placeOf = (row: number): string => `example ${this.#seen + row} of ${this.#data}`;
    try {
      runStep(
        () => this.#measure(loss, predictions, batch, placeOf),
        () => undefined,
      );
    } catch (error) {
      const { y } = batch;
      throw explainedLabel(error, { operation: this.#operation, predictions, y, placeOf: (_, row) => placeOf(row) });
    }
  }

  #measure(loss: Loss, outputs: TensorOrNamed, batch: AnyBatch, placeOf: (row: number) => string): void {
    const { weights } = batch;
    // The loss and the metrics of an objective of several outputs take them by name.
    const [predictions, y] = [outputs as Tensor, batch.y as Tensor];
    const rows = rowCount(batch.y);
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
      this.#correct !== undefined && y instanceof Tensor && isClassification(predictions, y)
        ? this.#correct + countCorrect(predictions, y)
        : undefined;
    this.#sums.add(this.#sums.of(predictions, y, weights));
  }
}
