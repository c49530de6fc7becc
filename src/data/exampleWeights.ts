import { DTypeError, ShapeError, ValueError } from "../base/errors.ts";
import { showValue } from "../base/showValue.ts";
import { isFloat } from "../tensor/dtype.ts";
import { formatShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";

/**
 * Checks how much examples count.
 * @throws DTypeError when it is not a float tensor; ShapeError unless there is one for each example; ValueError for one that is
 * negative or not finite.
 */
export function checkWeights(where: string, weights: unknown, size: number): asserts weights is Tensor {
  if (!(weights instanceof Tensor) || !isFloat(weights.dtype)) {
    const got = weights instanceof Tensor ? weights.dtype : showValue(weights);
    throw new DTypeError(`${where}: weights must be a float tensor, got ${got}. Make it with tensor(values).`);
  }
  if (weights.rank !== 1 || weights.axes[0] !== size) {
    throw new ShapeError(
      `${where}: weights must have one number for each of the ${size} examples, got shape ${formatShape(weights.axes)}. ` +
        `Pass a tensor of shape [${size}].`,
    );
  }
  const values = weights.storage.view();
  for (let index = 0; index < values.length; index++) {
    if (values[index] >= 0 && values[index] < Infinity) continue;
    throw new ValueError(
      `${where}: a weight must be a finite number from 0, got ${values[index]} at position ${index}. ` +
        "Let an example count 0 to leave it out, 1 as usual, 2 twice.",
    );
  }
}

/**
 * Checks the weights of a whole data set, which say nothing when all are 0.
 * @throws As `checkWeights` does, and ValueError when all are 0.
 */
export function checkAllWeights(where: string, weights: unknown, size: number): asserts weights is Tensor {
  checkWeights(where, weights, size);
  if (size === 0 || weights.storage.view().some((weight: number) => weight > 0)) return;
  throw new ValueError(`${where}: some weight must be above 0, got ${size} times 0. Leave weights out.`);
}
