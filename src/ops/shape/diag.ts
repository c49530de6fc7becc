import { ShapeError } from "../../base/errors.ts";
import { checkOptions, type OptionRules, whole } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import { checkShape, formatShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../support/checkTensor.ts";
import { reshape } from "./reshape.ts";
import { padPrimitive, slice } from "./slice.ts";

/** Options of `diag`. */
export interface DiagOptions {
  /** Which diagonal: 1 is the one above the main diagonal, −1 the one below. Default: 0. */
  readonly offset?: number;
}

const rules: OptionRules<DiagOptions> = { offset: /* @__PURE__ */ whole() };

/**
 * The diagonal of a matrix as a vector; or the square matrix with a vector as its diagonal, and 0 elsewhere.
 * @param x [rows, columns], or [length].
 * @throws ShapeError for another rank; ValueError for an offset that is not a whole number.
 * @example
 * diag(tensor([[1, 2], [3, 4]])).toArray(); // [1, 4]
 * diag(tensor([1, 2])).toArray(); // [[1, 0], [0, 2]]
 * diag(tensor([5]), { offset: 1 }).toArray(); // [[0, 5], [0, 0]]
 */
export const diag = (x: Tensor, options: DiagOptions = noOptions): Tensor => {
  checkOptions("diag", options, rules);
  const { offset = 0 } = options;
  const { rank, axes: shape } = checkTensor("diag", x);
  if (rank === 1) return matrixOf(x, offset);
  if (rank === 2) return diagonalOf(x, offset);
  throw new ShapeError(
    `diag: x must be a matrix or a vector, got shape ${formatShape(shape)}. Slice or reshape it first.`,
  );
};

const matrixOf = (x: Tensor, offset: number): Tensor => {
  const size = x.size + Math.abs(offset);
  checkShape("diag", [size, size]);
  const begin = offset < 0 ? -offset * size : offset;
  // From one element of the diagonal to the next it is a row and an element.
  const attributes = { begin: [x.size === 0 ? 0 : begin], strides: [size + 1], shape: [size * size] };
  return reshape(bindOne(padPrimitive, [x], attributes), [size, size]);
};

const diagonalOf = (x: Tensor, offset: number): Tensor => {
  const [rows, columns] = x.axes;
  const length = Math.max(0, offset < 0 ? Math.min(rows + offset, columns) : Math.min(rows, columns - offset));
  const begin = length === 0 ? 0 : offset < 0 ? -offset * columns : offset;
  return slice(reshape(x, [x.size]), [begin], [length], [columns + 1]);
};
