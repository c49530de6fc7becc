import { DTypeError, ShapeError, ValueError } from "../../base/errors.ts";
import { checkOptions, number, required, whole } from "../../base/options.ts";
import { inTopK } from "../../ops/network/inTopK.ts";
import { formatShape, isColumnOf, sameShape } from "../../tensor/shape.ts";
import { type Metric, metric, quotient, weightedSum } from "./metric.ts";

/** Options of `topKAccuracy`. */
export interface TopKAccuracyOptions<K extends number = number> {
  /** Among how many of the largest scores the label may be; from 1. */
  readonly k: K;
}

/**
 * A metric: the fraction of the rows whose label is among the k classes with the largest scores, as `inTopK` says it. Its
 * name is `top5Accuracy` for k = 5.
 * @throws ValueError when k is not a whole number from 1; when it is called, as `accuracy` does.
 * @example
 * const top2Accuracy = topKAccuracy({ k: 2 });
 * top2Accuracy(tensor([[0.2, 0.5, 0.3], [0.1, 0.5, 0.4]]), tensor([2, 0], { dtype: "int32" })); // 0.5
 */
export const topKAccuracy = <const K extends number>(
  options: TopKAccuracyOptions<K>,
): Metric<`top${K}Accuracy`, number> => {
  const { k } = checkOptions("topKAccuracy", options, { k: required(whole({ from: 1 })) });
  return metric({
    name: `top${k}Accuracy` as const,
    statistics: (predictions, labels, weights) => weightedSum(inTopK(predictions, labels, k).storage.view(), weights),
    value: quotient,
    better: "higher",
  });
};

/** Options of `binaryAccuracy`. */
export interface BinaryAccuracyOptions {
  /** Above which a prediction is a yes. Default: 0, half a chance for a logit; 0.5 for probabilities. */
  readonly threshold?: number;
}

/**
 * A metric: the fraction of the elements where a prediction above the threshold meets a target of 1, or another one a
 * target of 0; of rows with several elements, the mean. For models of one or more independent yes-or-no answers, as
 * `sigmoidCrossEntropy` trains them. Targets have the shape of the predictions; int32 labels [n] go with predictions [n, 1].
 * @throws ValueError for a threshold that is not a finite number; when it is called, for a target that is neither 0 nor 1;
 * ShapeError, DTypeError for operands that do not fit.
 * @example
 * binaryAccuracy()(tensor([[1.5], [-0.5], [2]]), tensor([[1], [0], [0]])); // 0.6667
 */
export const binaryAccuracy = (options: BinaryAccuracyOptions = {}): Metric<"binaryAccuracy", number> => {
  const { threshold = 0 } = checkOptions("binaryAccuracy", options, { threshold: number() });
  return metric({
    name: "binaryAccuracy",
    statistics: (predictions, targets, weights) => {
      if (predictions.dtype === "int32" || predictions.dtype === "bool" || predictions.dtype === "uint8") {
        throw new DTypeError(`binaryAccuracy: predictions must be float, got ${predictions.dtype}. Pass logits.`);
      }
      const isLabels = targets.dtype === "int32" && isColumnOf(predictions.axes, targets.axes);
      if ((!sameShape(predictions.axes, targets.axes) && !isLabels) || predictions.rank === 0) {
        throw new ShapeError(
          `binaryAccuracy: predictions and targets must have one shape with an axis of rows, got ` +
            `${formatShape(predictions.axes)} and ${formatShape(targets.axes)}. Reshape one of them.`,
        );
      }
      const [scores, answers] = [predictions.storage.view(), targets.storage.view()];
      const rows = targets.axes[0];
      const width = scores.length / rows;
      const right = new Float64Array(rows);
      for (let index = 0; index < scores.length; index++) {
        if (answers[index] !== 0 && answers[index] !== 1) {
          throw new ValueError(
            `binaryAccuracy: a target must be 0 or 1, got ${answers[index]} at position ${index}. Correct the targets.`,
          );
        }
        // NaN is above nothing, and no right answer either.
        const isRight = answers[index] === 1 ? scores[index] > threshold : scores[index] <= threshold;
        if (isRight) right[Math.floor(index / width)] += 1 / width;
      }
      return weightedSum(right, weights);
    },
    value: quotient,
    better: "higher",
  });
};
