import { ValueError } from "../../base/errors.ts";
import { checkOptions, whole } from "../../base/options.ts";
import { checkIndices } from "../../ops/shape/gather.ts";
import { checkRows, requireDType } from "../../ops/support/operands.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type Metric, metric } from "./metric.ts";

/** What a model makes of a class; what would be 0 / 0 (for a class that never occurs, or is never predicted) is 0. */
export interface ClassScores {
  /** Of the rows that were taken for the class, the fraction that belongs to it: TP / (TP + FP). */
  readonly precision: number;
  /** Of the rows that belong to the class, the fraction that was taken for it: TP / (TP + FN). */
  readonly recall: number;
  /** Their harmonic mean: 2·TP / (2·TP + FP + FN). */
  readonly f1: number;
}

/** Which classes were taken for which: plain JSON. */
export interface ConfusionMatrix {
  /** `counts[label][predicted]`: how many rows, or with weights how much of them. */
  readonly counts: readonly (readonly number[])[];
  /** The fraction of the rows that is right. */
  readonly accuracy: number;
  /** Of each class. */
  readonly classes: readonly (ClassScores & {
    /** How many rows belong to it. */
    readonly support: number;
  })[];
  /** The mean over the classes that occur or are predicted, each counting the same. */
  readonly macro: ClassScores;
}

/**
 * Which classes were taken for which, with precision, recall and F1 of each class and their macro means. The class of a row
 * is the one with the largest score, of equal ones the first.
 *
 * A macro mean leaves out classes that neither occur nor are predicted, as scikit-learn and torchmetrics do; a class that
 * only occurs, or is only predicted, counts as 0. The micro means of precision, recall and F1 are all `accuracy`. A weighted
 * mean is that of `classes` by their `support`; classes that do not occur have no weight in it.
 *
 * Source: `sklearn.metrics.confusion_matrix` and `precision_recall_fscore_support`, with `zero_division=0`.
 * @param predictions Scores (logits or probabilities), float [rows, classes].
 * @param labels int32 [rows], from 0 to classes - 1.
 * @throws ValueError for no rows, a label out of range, or a score that is NaN; ShapeError, DTypeError for operands that do
 * not fit.
 * @example
 * const scores = tensor([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]]);
 * const { counts, macro } = confusionMatrix(scores, tensor([0, 1, 1], { dtype: "int32" }));
 * counts; // [[1, 0], [1, 1]]
 * macro.recall; // 0.75
 */
export const confusionMatrix: Metric<"confusionMatrix", ConfusionMatrix> = /* @__PURE__ */ metric({
  name: "confusionMatrix",
  statistics: (predictions, labels, weights) => countsOf("confusionMatrix", predictions, labels, weights),
  value: (counts) => {
    const classes = scoresOf(counts);
    const { length } = classes;
    const rows = Array.from({ length }, (_, row) => counts.slice(row * length, (row + 1) * length));
    const total = counts.reduce((sum, count) => sum + count, 0);
    return {
      counts: rows,
      accuracy: rows.reduce((sum, row, label) => sum + row[label], 0) / total,
      classes: classes.map(({ precision, recall, f1 }, label) => ({
        precision,
        recall,
        f1,
        support: rows[label].reduce((sum, count) => sum + count, 0),
      })),
      macro: { precision: meanOf(classes, "precision"), recall: meanOf(classes, "recall"), f1: meanOf(classes, "f1") },
    };
  },
});

/** Options of `precision`, `recall` and `f1Score`. */
export interface ClassMetricOptions<Class extends number = number> {
  /** The class that is evaluated. Default: the mean over the classes that occur or are predicted, each counting the same. */
  readonly class?: Class;
}

/** The name of a metric of one class, or of all. */
export type ClassMetricName<Name extends string, Class extends number> = number extends Class
  ? Name
  : `${Name}${Class}`;

/**
 * A metric: of the rows that were taken for a class, the fraction that belongs to it, TP / (TP + FP). Without `class`, the
 * mean over the classes that occur or are predicted; with it, the class ends its name (`precision1`).
 * @throws ValueError when the class is not a whole number from 0; when it is called, as `confusionMatrix` does.
 * @example
 * const scores = tensor([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]]);
 * precision()(scores, tensor([0, 1, 1], { dtype: "int32" })); // 0.75
 */
export const precision = <const Class extends number = number>(
  options: ClassMetricOptions<Class> = {},
): Metric<ClassMetricName<"precision", Class>, number> => classMetric("precision", "precision", options);

/**
 * A metric: of the rows that belong to a class, the fraction that was taken for it, TP / (TP + FN). Without `class`, the
 * mean over the classes that occur or are predicted; with it, the class ends its name (`recall1`).
 * @throws As `precision` does.
 * @example
 * const scores = tensor([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]]);
 * recall({ class: 1 })(scores, tensor([0, 1, 1], { dtype: "int32" })); // 0.5
 */
export const recall = <const Class extends number = number>(
  options: ClassMetricOptions<Class> = {},
): Metric<ClassMetricName<"recall", Class>, number> => classMetric("recall", "recall", options);

/**
 * A metric: the harmonic mean of precision and recall, 2·TP / (2·TP + FP + FN). Without `class`, the mean over the classes that
 * occur or are predicted; with it, the class ends its name (`f1Score1`).
 * @throws As `precision` does.
 * @example
 * const scores = tensor([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]]);
 * f1Score()(scores, tensor([0, 1, 1], { dtype: "int32" })); // 0.6667
 */
export const f1Score = <const Class extends number = number>(
  options: ClassMetricOptions<Class> = {},
): Metric<ClassMetricName<"f1Score", Class>, number> => classMetric("f1Score", "f1", options);

const classMetric = <Name extends string, Class extends number>(
  name: Name,
  score: keyof ClassScores,
  options: ClassMetricOptions<Class>,
): Metric<ClassMetricName<Name, Class>, number> => {
  const { class: label } = checkOptions(name, options, { class: whole({ from: 0 }) });
  const full = (label === undefined ? name : `${name}${label}`) as ClassMetricName<Name, Class>;
  return metric({
    name: full,
    statistics: (predictions, labels, weights) => countsOf(full, predictions, labels, weights),
    value: (counts) => {
      const classes = scoresOf(counts);
      if (label === undefined) return meanOf(classes, score);
      if (label < classes.length) return classes[label][score];
      throw new ValueError(
        `${name}: class must be one of the ${classes.length} of the scores, got ${label}. Count them from 0.`,
      );
    },
    better: "higher",
  });
};

/** The macro mean: a class that neither occurs nor is predicted has no score that could be 0. */
const meanOf = (classes: readonly CountedScores[], score: keyof ClassScores): number => {
  const seen = classes.filter(({ isSeen }) => isSeen);
  return seen.reduce((sum, scores) => sum + scores[score], 0) / (seen.length || 1);
};

interface CountedScores extends ClassScores {
  /** Whether the class occurs or is predicted. */
  readonly isSeen: boolean;
}

/** The scores of each class, from the counts of all pairs of label and prediction, row by row. */
const scoresOf = (counts: readonly number[]): readonly CountedScores[] => {
  const classes = Math.sqrt(counts.length);
  return Array.from({ length: classes }, (_, label) => {
    let [belong, taken] = [0, 0];
    for (let other = 0; other < classes; other++) {
      belong += counts[label * classes + other];
      taken += counts[other * classes + label];
    }
    const right = counts[label * classes + label];
    const of = (total: number): number => (total === 0 ? 0 : right / total);
    return { precision: of(taken), recall: of(belong), f1: 2 * of(belong + taken), isSeen: belong + taken > 0 };
  });
};

/** How many rows of each label were taken for each class. */
const countsOf = (
  where: string,
  predictions: Tensor,
  labels: Tensor,
  weights: Tensor | undefined,
): readonly number[] => {
  requireDType(where, "labels", labels, "int32");
  checkRows(where, predictions.axes, labels.axes);
  const [rows, classes] = predictions.axes;
  const [scores, truth, factors] = [predictions.storage.view(), labels.storage.view(), weights?.storage.view()];
  checkIndices(where, "a label", truth, classes);
  const counts = new Array<number>(classes * classes).fill(0);
  for (let row = 0; row < rows; row++) {
    let best = 0;
    for (let label = 0; label < classes; label++) {
      const score = scores[row * classes + label];
      if (Number.isNaN(score)) {
        throw new ValueError(
          `${where}: a score must be a number, got NaN in row ${row}. Check the inputs, and that the model was trained.`,
        );
      }
      if (score > scores[row * classes + best]) best = label;
    }
    counts[truth[row] * classes + best] += factors ? factors[row] : 1;
  }
  return counts;
};
