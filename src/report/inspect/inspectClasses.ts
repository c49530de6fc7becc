import type { Dataset } from "../../data/dataset.ts";
import { gatherRows } from "../../data/gatherRows.ts";
import { softmax } from "../../ops/reduce/softmax.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { ClassInspection, Mistake } from "../../train/history/inspection.ts";
import { confusionMatrix } from "../../train/metrics/confusionMatrix.ts";
import { MetricSums } from "../../train/metrics/metricSums.ts";
import { encodePixels } from "./encodePixels.ts";

/** Height, width, and channels (1 or 3) of a picture. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** What is to be looked at. */
export interface ClassOptions {
  /** How many of the mistakes. */
  readonly mistakes: number;
  /** What an example looks like; undefined when it is not a picture. */
  readonly imageShape: ImageShape | undefined;
}

/** A mistake without its picture. */
export type Wrong = Omit<Mistake, "pixels">;

/** Counts which classes are taken for which, chunk of examples by chunk. */
export class ClassEvaluator {
  readonly #confusion = new MetricSums([confusionMatrix]);
  readonly #wrong: Wrong[] = [];

  /** Adds rows of scores; `first` is the number of the first row in the data set. */
  add(scores: Tensor, labels: Tensor, first: number): void {
    const probabilities = areProbabilities(scores) ? scores : softmax(scores);
    const rows = measurableRows(probabilities, labels);
    const isWhole = rows.length === labels.size;
    const truth = isWhole ? labels : gatherRows(labels, rows);
    this.#confusion.add(this.#confusion.of(isWhole ? scores : gatherRows(scores, rows), truth, undefined));
    const [, classes] = scores.shape;
    const [ranked, shares, labelOf] = [scores.storage.view(), probabilities.storage.view(), labels.storage.view()];
    for (const row of rows) {
      const [from, label] = [row * classes, labelOf[row]];
      const predicted = indexOfLargest(ranked.subarray(from, from + classes));
      if (predicted === label) continue;
      const [probability, labelProbability] = [shares[from + predicted], shares[from + label]];
      this.#wrong.push({ row: first + row, label, predicted, probability, labelProbability });
    }
  }

  /** The result for all rows; undefined when no rows were added. */
  result(data: Dataset, options: ClassOptions): ClassInspection | undefined {
    const { confusionMatrix: counts } = this.#confusion.state;
    return counts && classInspection(data, options, counts, this.#wrong);
  }
}

/**
 * The inspection of a data set whose rows were counted, with the most confident mistakes.
 * @param counts The statistics of `confusionMatrix`.
 */
export const classInspection = (
  { x, size, name }: Dataset,
  { mistakes, imageShape }: ClassOptions,
  counts: readonly number[],
  wrong: readonly Wrong[],
): ClassInspection => {
  const worst = [...wrong].sort((a, b) => b.probability - a.probability).slice(0, mistakes);
  return {
    data: name ?? "the data",
    examples: size,
    confusion: confusionMatrix.how.value(counts).counts,
    ...(imageShape ? { mistakes: withPixels(worst, x), imageShape } : { mistakes: worst }),
  };
};

/** The rows whose probabilities are finite and whose label is one of the classes: only they can be counted. */
const measurableRows = (probabilities: Tensor, labels: Tensor): readonly number[] => {
  const [rows, classes] = probabilities.shape;
  const [values, truth] = [probabilities.storage.view(), labels.storage.view()];
  return Array.from({ length: rows }, (_, row) => row).filter(
    (row) =>
      truth[row] >= 0 &&
      truth[row] < classes &&
      values.subarray(row * classes, (row + 1) * classes).every(Number.isFinite),
  );
};

const indexOfLargest = (values: TypedArray): number => {
  let best = 0;
  for (let index = 1; index < values.length; index++) if (values[index] > values[best]) best = index;
  return best;
};

/** Whether rows already add up to 1, as after a softmax: a second softmax would flatten them. */
const areProbabilities = (scores: Tensor): boolean => {
  const values = scores.storage.view();
  const [rows, classes] = scores.shape;
  for (let row = 0; row < Math.min(rows, 16); row++) {
    let total = 0;
    for (let label = 0; label < classes; label++) {
      const value = values[row * classes + label];
      if (!(value >= 0)) return false;
      total += value;
    }
    if (Math.abs(total - 1) > 1e-3) return false;
  }
  return true;
};

/** The mistakes with their pictures: numbers from 0 to 1 are what they are, others are spread from the least to the largest. */
const withPixels = (mistakes: readonly Wrong[], { shape, storage, scale = 1 }: Tensor): Mistake[] => {
  const width = shape.slice(1).reduce((product, length) => product * length, 1);
  const values = storage.view();
  const pictures = mistakes.map(({ row }) =>
    Float32Array.from(values.subarray(row * width, (row + 1) * width), (value) => value * scale),
  );
  let [low, high] = [0, 1];
  for (const picture of pictures) {
    for (const value of picture) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return mistakes.map((mistake, index) => ({ ...mistake, pixels: encodePixels(pictures[index], low, high) }));
};

/**
 * What the examples look like, as far as their shape tells: [height, width] or [height, width, 1 or 3], and stored bytes in a
 * row whose length is a square. Float rows are not pictures, even if there are 9 or 16 numbers in each.
 */
export const imageShapeOf = ({ x }: Dataset): ImageShape | undefined => {
  const [height, width, channels] = x.shape.slice(1);
  if (x.rank === 3) return [height, width, 1];
  if (x.rank === 4 && (channels === 1 || channels === 3)) return [height, width, channels];
  const side = Math.sqrt(height);
  return x.rank === 2 && x.dtype === "uint8" && Number.isInteger(side) && side >= 4 ? [side, side, 1] : undefined;
};
