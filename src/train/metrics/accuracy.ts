import { inTopK } from "../../ops/network/inTopK.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type Metric, metric, quotient, weightedSum } from "./metric.ts";

/**
 * The fraction of the rows whose label has the largest score, as TensorFlow's `in_top_k` with k = 1 counts: a label that
 * shares the largest score counts as right, a score that is not finite never does. A function, and a metric of `fit` and
 * `evaluate`, which tell it of labels without being asked.
 * @param predictions Scores (logits or probabilities), float [rows, classes].
 * @param labels int32 [rows], from 0 to classes - 1.
 * @returns A number from 0 to 1.
 * @throws ValueError for no rows, or a label out of range; ShapeError, DTypeError for operands that do not fit.
 * @example
 * accuracy(tensor([[0.1, 0.9], [0.8, 0.2]]), tensor([1, 1], { dtype: "int32" })); // 0.5
 */
export const accuracy: Metric<"accuracy", number> = /* @__PURE__ */ metric({
  name: "accuracy",
  statistics: (predictions, labels, weights) => weightedSum(inTopK(predictions, labels, 1).storage.view(), weights),
  value: quotient,
  better: "higher",
});

/** How many rows are right. A count adds up over chunks without rounding. */
export const countCorrect = (predictions: Tensor, labels: Tensor): number => countTrue(inTopK(predictions, labels, 1));

/** How many elements are true. */
export const countTrue = ({ storage }: Tensor): number => {
  const values = storage.elements();
  let count = 0;
  for (let index = 0; index < values.length; index++) count += values[index];
  return count;
};

/** Whether these are scores of classes and labels, so that an accuracy is defined; a single score answers yes or no. */
export const isClassification = (predictions: Tensor, y: Tensor): boolean =>
  y.dtype === "int32" && y.rank === 1 && predictions.rank === 2 && predictions.axes[1] > 1;
