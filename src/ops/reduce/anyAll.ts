import { checkOptions } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { normalizeAxes } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { greater } from "../elementwise/compare.ts";
import { logicalNot, requireBool } from "../elementwise/logic.ts";
import { sum } from "../shape/broadcast.ts";
import { type ReduceOptions, reduceOptions } from "../shape/reduction.ts";
import { checkTensor } from "../support/checkTensor.ts";
import { toFloat } from "../support/toFloat.ts";

/** Whether one element or more is true. */
const hasTrue = (operation: string, x: Tensor, options: ReduceOptions): Tensor =>
  // A sum of zeros and ones is above 0 also where it is rounded.
  greater(sum(toFloat(x), normalized(operation, x, options)), 0);

/** The options with axes that exist, so that an error names the operation. */
const normalized = (operation: string, { axes: shape }: Tensor, { axis, keepDims }: ReduceOptions): ReduceOptions => ({
  axis: normalizeAxes(operation, axis, shape),
  keepDims,
});

/** Checks operand and options. */
const checked = (operation: string, x: Tensor, options: ReduceOptions): Tensor => {
  checkOptions(operation, options, reduceOptions);
  requireBool(operation, checkTensor(operation, x));
  return x;
};

/**
 * Whether any element is true along axes, as bool; false for an empty axis.
 * @throws DTypeError when x is not bool; ShapeError for an axis that does not exist.
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * any(greater(x, 3)).item(); // 1
 * any(greater(x, 3), { axis: 0 }).toArray(); // [0, 1]
 */
export const any = (x: Tensor, options: ReduceOptions = noOptions): Tensor =>
  hasTrue("any", checked("any", x, options), options);

/**
 * Whether all elements are true along axes, as bool; true for an empty axis.
 * @throws DTypeError when x is not bool; ShapeError for an axis that does not exist.
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * all(greater(x, 1)).item(); // 0
 * all(greater(x, 1), { axis: 1 }).toArray(); // [0, 1]
 */
export const all = (x: Tensor, options: ReduceOptions = noOptions): Tensor =>
  logicalNot(hasTrue("all", logicalNot(checked("all", x, options)), options));
