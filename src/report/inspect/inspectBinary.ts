import type { Dataset } from "../../data/dataset.ts";
import { isFloat } from "../../tensor/dtype.ts";
import { ownTensor, type Tensor } from "../../tensor/tensor.ts";
import type { ClassInspection } from "../../train/history/inspection.ts";
import { confusionMatrix } from "../../train/metrics/confusionMatrix.ts";
import { type ClassOptions, classInspection, type Wrong } from "./inspectClasses.ts";

/**
 * Whether targets are the answers of a question, as `sigmoidCrossEntropy` takes them: one number for each row, 0 or 1, and
 * both among them. Numbers that are all the same may be anything.
 */
export const areAnswers = ({ y, size }: Dataset): boolean => {
  if (!(isFloat(y.dtype) || y.dtype === "int32") || y.size !== size) return false;
  const values = y.storage.view();
  return values.every((value) => value === 0 || value === 1) && values.includes(0) && values.includes(1);
};

/** Counts yes and no as two classes, from one output for each row, chunk of examples by chunk. */
export class BinaryEvaluator {
  readonly #scores: number[] = [];
  readonly #labels: number[] = [];

  /** Adds the next rows. */
  add(predictions: Tensor, targets: Tensor): void {
    this.#scores.push(...predictions.storage.view());
    this.#labels.push(...targets.storage.view());
  }

  /** The result for all rows; undefined when no rows were added. */
  result(data: Dataset, options: ClassOptions): ClassInspection | undefined {
    if (this.#labels.length === 0) return undefined;
    const areProbabilities = this.#scores.every((score) => !(score < 0 || score > 1));
    const threshold = areProbabilities ? 0.5 : 0;
    // A score that is not finite says neither yes nor no.
    const rows = this.#scores.flatMap((score, row) => (Number.isFinite(score) ? [row] : []));
    // A row whose score is above the threshold is a yes: the second of two scores is larger then.
    const pairs = rows.flatMap((row) => [threshold, this.#scores[row]]);
    const counts = confusionMatrix.how.statistics(
      ownTensor([rows.length, 2], "float32", Float32Array.from(pairs)),
      ownTensor(
        [rows.length],
        "int32",
        Int32Array.from(rows, (row) => this.#labels[row]),
      ),
      undefined,
    );
    const wrong = rows.flatMap((row): readonly Wrong[] => {
      const [score, label] = [this.#scores[row], this.#labels[row]];
      const predicted = score > threshold ? 1 : 0;
      if (predicted === label) return [];
      const [no, yes] = areProbabilities ? [1 - score, score] : [sigmoid(-score), sigmoid(score)];
      const [probability, labelProbability] = predicted === 1 ? [yes, no] : [no, yes];
      return [{ row, label, predicted, probability, labelProbability }];
    });
    return classInspection(data, options, counts, wrong);
  }
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
