import { descriptionOf } from "../../base/describe.ts";
import { DTypeError, ShapeError, ValueError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import { rowCount } from "../../data/tensorOrNamed.ts";
import { mul } from "../../ops/elementwise/arithmetic.ts";
import { softmaxCrossEntropy } from "../../ops/network/losses.ts";
import type { LossOptions } from "../../ops/network/lossOptions.ts";
import { mean } from "../../ops/reduce/reduce.ts";
import { isOneHot } from "../../ops/support/operands.ts";
import { Tensor } from "../../tensor/tensor.ts";

/**
 * How far the outputs of a batch are from what they should be: the mean over the batch, as a tensor of one number. Where
 * examples are weighted it is called with `{ reduction: "none" }` and gives the loss of each example, [rows] or [rows, ...]
 * (the losses of gradus do; a custom loss needs it only for weights).
 */
export type Loss = (predictions: Tensor, targets: Tensor, options?: LossOptions) => Tensor;

/** @throws ValueError unless it is a function. */
export const checkLoss = (operation: string, loss: unknown): void => {
  if (loss === undefined || typeof loss === "function") return;
  throw new ValueError(
    `${operation}: loss must be a function, got ${showValue(loss)}. Pass { loss: meanSquaredError }, for example.`,
  );
};

/**
 * The loss that was chosen, or softmaxCrossEntropy for int32 labels.
 * @throws DTypeError for other targets without a loss: several would fit; ValueError for targets that the loss does not take.
 */
export const lossFor = (operation: string, y: Tensor, loss: Loss | undefined): Loss => {
  if (loss !== undefined) {
    if (descriptionOf(loss)?.name === "sigmoidCrossEntropy") checkProbabilities(operation, y);
    return loss;
  }
  if (y.dtype === "int32") return softmaxCrossEntropy;
  throw new DTypeError(
    `${operation}: the loss must be named for targets that are not int32 labels, got targets of dtype ${y.dtype}. ` +
      (isOneHot(y.axes)
        ? "Make labels of one-hot rows with argMax(y, { axis: 1 }); for other targets pass { loss: meanSquaredError }, for example."
        : "Pass { loss: meanSquaredError }, for example, or labels of dtype int32 " +
          '(of a table: read the target with { types: { name: "category" } }).'),
  );
};

/**
 * Refuses targets that are not probabilities: the loss would fall below 0 without end, and without a warning. NaN is
 * reported by the step that it breaks.
 */
const checkProbabilities = (operation: string, y: Tensor): void => {
  const scale = y.scale ?? 1;
  for (const value of y.storage.view()) {
    if (!(value * scale < 0 || value * scale > 1)) continue;
    throw new ValueError(
      `${operation}: targets of sigmoidCrossEntropy must lie from 0 to 1, got ${value * scale}. ` +
        "Scale them, or name another loss. A table's 0 and 1 are standardized: read the target with " +
        '{ types: { name: "category" } } and leave the loss out, or pass { standardizeTarget: false }.',
    );
  }
};

const perExample: LossOptions = { reduction: "none" };

/**
 * The loss of a batch whose examples count as much as their weights say: Σ wᵢ·lossᵢ / rows. It is divided by the number of
 * rows and not by the sum of the weights, so that what an example contributes does not depend on those beside it, weights of
 * 1 change nothing, and a weight of 0 does not make the others heavier. Source: Keras's `sum_over_batch_size`.
 * @throws ShapeError for a loss that does not give the losses of the examples.
 */
export const weightedLoss = (
  operation: string,
  loss: Loss,
  predictions: Tensor,
  targets: Tensor,
  weights: Tensor,
): Tensor => {
  return mean(mul(lossesOfRows(operation, loss, predictions, targets), weights));
};

/**
 * The loss of each row, [rows]; where a row has several elements, their mean.
 * @throws ShapeError for a loss that does not give them.
 */
export const lossesOfRows = (operation: string, loss: Loss, predictions: Tensor, targets: Tensor): Tensor => {
  const losses = loss(predictions, targets, perExample);
  const rows = rowCount(targets);
  if (!(losses instanceof Tensor) || losses.rank === 0 || losses.axes[0] !== rows) {
    throw new ShapeError(
      `${operation}: with weights the loss must give a value for each of the ${rows} examples when it is called with ` +
        `{ reduction: "none" } as its third argument, got ${showValue(losses)}. Let it do so, as the losses of gradus do, or leave the weights out.`,
    );
  }
  const axes = losses.axes.slice(1).map((_, index) => index + 1);
  return axes.length === 0 ? losses : mean(losses, { axis: axes });
};
