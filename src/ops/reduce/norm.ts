import { anything, checkOptions, flag, type OptionRule, type OptionRules } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { normalizeAxes, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { abs, div } from "../elementwise/arithmetic.ts";
import { equal, where } from "../elementwise/compare.ts";
import { sqrt, square } from "../elementwise/powers.ts";
import { sum } from "../shape/broadcast.ts";
import type { ReduceOptions } from "../shape/reduction.ts";
import { reshape } from "../shape/reshape.ts";
import { floatOperand, type Operand, sameFloat } from "../support/operands.ts";
import { scaledForNorm } from "./clipNorm.ts";
import { max } from "./reduce.ts";

/** Options of `norm`. */
export interface NormOptions extends ReduceOptions {
  /** 2: √Σ x², the Euclidean norm; 1: Σ |x|; Infinity: max |x|. Default: 2. */
  readonly ord?: 1 | 2 | typeof Infinity;
}

const orders: readonly unknown[] = [1, 2, Number.POSITIVE_INFINITY];

const order: OptionRule = { words: "1, 2 or Infinity", holds: (value) => orders.includes(value) };

/** Axes are checked with the shape. */
const rules: OptionRules<NormOptions> = { axis: anything, keepDims: flag, ord: order };

/**
 * The norm of the elements along axes, taken as one vector: also a matrix is, whose norm is thus Frobenius'. The gradient at 0
 * is 0. Numbers whose squares would overflow or vanish are scaled by a power of two first.
 * @throws ValueError for another order; ShapeError for an axis that does not exist; DTypeError when x is not a float.
 * @example
 * norm(tensor([3, -4])).item(); // 5
 * norm(tensor([[3, -4], [0, 2]]), { ord: 1, axis: 1 }).toArray(); // [7, 2]
 * norm(tensor([3, -4]), { ord: Infinity }).item(); // 4
 * @see `numpy.linalg.norm`, `tf.norm`.
 */
export const norm = (x: Operand, options: NormOptions = noOptions): Tensor => {
  checkOptions("norm", options, rules);
  const { ord = 2, keepDims } = options;
  const value = floatOperand("norm", x);
  sameFloat("norm", [value]);
  const axis = normalizeAxes("norm", options.axis, value.axes);
  // The largest magnitude of nothing does not exist; the norm does.
  if (ord === 1 || sizeOf(axis.map((index) => value.axes[index])) === 0) return sum(abs(value), { axis, keepDims });
  if (ord !== 2) return max(abs(value), { axis, keepDims });
  const { scaled, scale } = scaledForNorm(value, axis, 0);
  const squares = sum(square(scaled), { axis, keepDims: true });
  const isZero = equal(squares, 0);
  // The root has no derivative at 0: there another number takes its place.
  const length = div(where(isZero, 0, sqrt(where(isZero, 1, squares))), scale);
  return keepDims ? length : reshape(length, withoutAxes(value, axis));
};

const withoutAxes = ({ axes: shape }: Tensor, axes: readonly number[]): number[] =>
  shape.filter((_, axis) => !axes.includes(axis));
