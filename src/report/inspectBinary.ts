import type { Dataset } from "../data/dataset.ts";
import { isFloat } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ClassInspection } from "../train/inspection.ts";
import { type ClassOptions, classInspection, type Wrong } from "./inspectClasses.ts";

/**
 * Whether targets are the answers of a question, as `sigmoidCrossEntropy` takes them: one float for each row, 0 or 1, and
 * both among them. Numbers that are all the same may be anything.
 */
export const areAnswers = ({ y, size }: Dataset): boolean => {
  if (!isFloat(y.dtype) || y.size !== size) return false;
  const values = y.storage.view();
  return values.every((value) => value === 0 || value === 1) && values.includes(0) && values.includes(1);
};

/** Counts yes and no as two classes, from one output for each row, chunk of examples by chunk. */
export class AnswerJudge {
  readonly #given: number[] = [];
  readonly #truth: number[] = [];

  /** Takes note of the next rows. */
  add(predictions: Tensor, targets: Tensor): void {
    const [given, truth] = [predictions.storage.view(), targets.storage.view()];
    for (let row = 0; row < truth.length; row++) {
      this.#given.push(given[row]);
      this.#truth.push(truth[row]);
    }
  }

  /** What was found; undefined when there were no rows. */
  result(data: Dataset, options: ClassOptions): ClassInspection | undefined {
    if (this.#truth.length === 0) return undefined;
    const areProbabilities = this.#given.every((value) => !(value < 0 || value > 1));
    const confusion = [
      [0, 0],
      [0, 0],
    ];
    const wrong: Wrong[] = [];
    for (const [row, label] of this.#truth.entries()) {
      const score = this.#given[row];
      // Of what is no number there is nothing to be told.
      if (!Number.isFinite(score)) continue;
      const [no, yes] = areProbabilities ? [1 - score, score] : [sigmoid(-score), sigmoid(score)];
      const predicted = yes > no ? 1 : 0;
      confusion[label][predicted]++;
      const [probability, labelProbability] = predicted === 1 ? [yes, no] : [no, yes];
      if (predicted !== label) wrong.push({ row, label, predicted, probability, labelProbability });
    }
    return classInspection(data, options, confusion, wrong);
  }
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
