import { ValueError } from "../../base/errors.ts";
import type { TensorOrNamed } from "../../data/tensorOrNamed.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** What was being computed when an error came. */
interface FailedEvaluation {
  /** First word of the error: `fit`. */
  readonly operation: string;
  /** The scores; undefined where the model itself failed. */
  readonly predictions: TensorOrNamed | undefined;
  readonly y: TensorOrNamed;
  /** Names a row so that one finds it: `example 900 of digits`. */
  readonly placeOf: (label: number, row: number, y: Tensor) => string;
}

/**
 * The error of a label that the model has no score for, which names the example: an operation knows
 * only the position in a batch. Other errors are returned unchanged.
 */
export const explainedLabel = (error: unknown, failed: FailedEvaluation): unknown => {
  const { operation, predictions, y, placeOf } = failed;
  if (!(error instanceof ValueError) || !predictions) return error;
  if (!(predictions instanceof Tensor) || !(y instanceof Tensor)) {
    if (predictions instanceof Tensor || y instanceof Tensor) return error;
    for (const [name, target] of Object.entries(y)) {
      const one = { operation: `${operation}: ${name}`, predictions: predictions[name], y: target, placeOf };
      const explanation = explainedLabel(error, one);
      if (explanation !== error) return explanation;
    }
    return error;
  }
  if (y.dtype !== "int32" || y.rank !== 1 || predictions.rank !== 2) return error;
  const classes = predictions.axes[1];
  const labels = y.storage.view();
  const row = labels.findIndex((label: number) => label < 0 || label >= classes);
  if (row < 0) return error;
  return new ValueError(
    `${operation}: a label must lie from 0 to ${classes - 1}, as the model outputs ${classes} score${classes === 1 ? "" : "s"}, got ${labels[row]} in ` +
      `${placeOf(labels[row], row, y)}. ` +
      (classes === 1
        ? "A single score answers yes or no: pass { loss: sigmoidCrossEntropy }, or give the last layer a unit for each class."
        : "Correct it, or the units of the last layer."),
    { cause: error },
  );
};
