import { checkOptions } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { normalizeAxes, sizeOf } from "../../tensor/shape.ts";
import { ones, type Tensor } from "../../tensor/tensor.ts";
import { mul } from "../elementwise/arithmetic.ts";
import { concat } from "../shape/concat.ts";
import { keptShape, type ReduceOptions, reduceOptions } from "../shape/reduction.ts";
import { reshape } from "../shape/reshape.ts";
import { slice } from "../shape/slice.ts";
import { transpose } from "../shape/transpose.ts";
import { floatOperand, type Operand, sameFloat } from "../support/operands.ts";

/**
 * The product of the elements along axes; 1 for an empty axis. The gradient of an element is the product of the others, also
 * where some are 0.
 * @throws ShapeError for an axis that does not exist; DTypeError when x is not a float.
 * @example
 * prod(tensor([[1, 2], [3, 4]]), { axis: 0 }).toArray(); // [3, 8]
 * grad((x: Tensor) => prod(x))(tensor([2, 0, 3])).toArray(); // [0, 6, 0]
 */
export const prod = (x: Operand, options: ReduceOptions = noOptions): Tensor => {
  checkOptions("prod", options, reduceOptions);
  const value = floatOperand("prod", x);
  const dtype = sameFloat("prod", [value]) as "float32";
  const axes = normalizeAxes("prod", options.axis, value.axes);
  const rest = value.axes.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const kept = rest.map((axis) => value.axes[axis]);
  const shape = options.keepDims ? keptShape(value.axes, axes) : kept;
  const length = sizeOf(axes.map((axis) => value.axes[axis]));
  if (length === 0) return ones(shape, { dtype });
  // The reduced axes become the rows of a matrix. Halves are then multiplied until one row is left: so derivatives need no
  // division, and the rounding errors of the levels add up, not those of the elements.
  const order = [...axes, ...rest];
  const isSorted = order.every((axis, index) => axis === index);
  let rows = reshape(isSorted ? value : transpose(value, order), [length, sizeOf(kept)]);
  while (rows.axes[0] > 1) {
    const [count, columns] = rows.axes;
    const half = Math.floor(count / 2);
    const product = mul(slice(rows, [0], [half, columns]), slice(rows, [half], [half, columns]));
    rows = count % 2 === 0 ? product : concat([product, slice(rows, [count - 1], [1, columns])]);
  }
  return reshape(rows, shape);
};
