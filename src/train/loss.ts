import { softmaxCrossEntropy } from "../ops/losses.ts";
import { DTypeError } from "../tensor/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** How far the outputs of a batch are from what they should be: the mean over the batch, as a tensor of one number. */
export type Loss = (predictions: Tensor, targets: Tensor) => Tensor;

/**
 * The loss that was chosen, or softmaxCrossEntropy for int32 labels.
 * @throws DTypeError for other targets without a loss: several would fit.
 */
export const lossFor = (operation: string, y: Tensor, loss: Loss | undefined): Loss => {
  if (loss !== undefined) return loss;
  if (y.dtype === "int32") return softmaxCrossEntropy;
  throw new DTypeError(
    `${operation}: the loss must be named for targets that are no int32 labels, got targets of dtype ${y.dtype}. ` +
      "Pass { loss: meanSquaredError }, for example, or labels of dtype int32.",
  );
};
