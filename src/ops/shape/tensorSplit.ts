import { ShapeError } from "../../base/errors.ts";
import { anything, checkOptions, type OptionRules } from "../../base/options.ts";
import { noOptions, showValue } from "../../base/showValue.ts";
import { formatShape, normalizeAxis } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../support/checkTensor.ts";
import { slice } from "./slice.ts";

/** The axis is checked with the shape. */
const rules: OptionRules<{ readonly axis?: number }> = { axis: anything };

/** Where parts begin and end, for a number of parts: the first ones are longer by one where the length is not a multiple. */
const boundsOf = (length: number, parts: number): number[] => {
  const [least, longer] = [Math.floor(length / parts), length % parts];
  return Array.from({ length: parts + 1 }, (_, index) => index * least + Math.min(index, longer));
};

/**
 * A tensor in parts along an axis. With a number, in so many parts, the first ones longer by one where the length is not a
 * multiple; with indices, before each of them. (`split` is for data sets.)
 * @param parts The number of parts, from 1, or the ascending indices at which parts begin; a negative index counts from the end.
 * @param options.axis Default: 0.
 * @throws ShapeError for a number below 1, for indices that do not ascend, or an axis that does not exist.
 * @example
 * tensorSplit(tensor([1, 2, 3, 4, 5]), 2).map((part) => part.toArray()); // [[1, 2, 3], [4, 5]]
 * tensorSplit(tensor([1, 2, 3, 4, 5]), [1, 4]).map((part) => part.toArray()); // [[1], [2, 3, 4], [5]]
 * @see `numpy.array_split`, `torch.tensor_split`.
 */
export const tensorSplit = (
  x: Tensor,
  parts: number | readonly number[],
  options: { readonly axis?: number } = noOptions,
): Tensor[] => {
  checkOptions("tensorSplit", options, rules);
  const { axes: shape } = checkTensor("tensorSplit", x);
  const axis = normalizeAxis("tensorSplit", options.axis ?? 0, shape);
  const bounds = typeof parts === "number" ? numbered(parts, shape[axis]) : indexed(parts, shape[axis]);
  if (!bounds) {
    throw new ShapeError(
      "tensorSplit: parts must be a whole number from 1, or ascending indices of the axis, got " +
        `${showValue(parts)} for axis=${axis} of shape ${formatShape(shape)}.`,
    );
  }
  return bounds.slice(1).map((end, index) =>
    slice(
      x,
      shape.map((_, at) => (at === axis ? bounds[index] : 0)),
      shape.map((length, at) => (at === axis ? end - bounds[index] : length)),
    ),
  );
};

const numbered = (parts: number, length: number): number[] | undefined =>
  Number.isSafeInteger(parts) && parts >= 1 ? boundsOf(length, parts) : undefined;

const indexed = (indices: readonly number[], length: number): number[] | undefined => {
  if (!Array.isArray(indices) || !indices.every(Number.isInteger)) return undefined;
  const bounds = [0, ...indices.map((index) => (index < 0 ? index + length : index)), length];
  return bounds.every((bound, index) => index === 0 || bounds[index - 1] <= bound) ? bounds : undefined;
};
