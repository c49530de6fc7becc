import { DTypeError, ShapeError, ValueError } from "../../base/errors.ts";
import {
  anything,
  checkOption,
  checkOptions,
  type OptionRule,
  type OptionRules,
  required,
  whole,
} from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { isFloat } from "../../tensor/dtype.ts";
import { bind } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { formatShape, normalizeAxis, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { gather } from "../shape/gather.ts";
import { reshape } from "../shape/reshape.ts";
import { transpose } from "../shape/transpose.ts";
import { floatOperand, type Operand } from "../support/operands.ts";
import { rowSorter } from "./rowSorter.ts";

interface SortAttributes {
  /** How many elements of each row come out. */
  readonly count: number;
  /** Whether the largest comes first. */
  readonly descending: boolean;
}

/**
 * The first `count` places of each row of [rows, length] in sorted order, stable: as indices in the row, and as positions in
 * the whole. NaN counts as the largest number.
 */
export const argSortPrimitive: Primitive<SortAttributes> = {
  name: "argSort",
  infer: ([{ axes: shape, dtype }], { count }) => {
    if (!isFloat(dtype) && dtype !== "int32") {
      throw new DTypeError(`argSort: x must be float32, float64 or int32, got ${dtype}. Convert with toFloat(...).`);
    }
    if (shape.length !== 2 || count > shape[1]) {
      throw new ShapeError(`argSort: x must be [rows, length] with a length from ${count}, got ${formatShape(shape)}.`);
    }
    return [
      { shape: [shape[0], count], dtype: "int32" },
      { shape: [shape[0] * count], dtype: "int32" },
    ];
  },
  reference: ({ inputs: [x], outputs: [indices, positions], inputTypes, attributes: { count, descending } }) => {
    const [rows, length] = inputTypes[0].axes;
    const sorter = rowSorter(length, descending);
    for (let row = 0; row < rows; row++) {
      const order = sorter(x, row * length);
      for (let index = 0; index < count; index++) {
        indices[row * count + index] = order[index] - row * length;
        positions[row * count + index] = order[index];
      }
    }
  },
};

/** Options of `sort`, `argSort` and `topK`. */
interface SortOptions {
  readonly axis?: number;
}

/** The axis is checked with the shape. */
const rules: OptionRules<SortOptions> = { axis: anything };

/** The order along an axis, which is moved to the end for it. */
const ordered = (
  operation: string,
  x: Operand,
  { axis = -1 }: SortOptions,
  count: number | undefined,
): { readonly values: () => Tensor; readonly indices: Tensor } => {
  const value = floatOperand(operation, x);
  if (!isFloat(value.dtype) && value.dtype !== "int32") {
    throw new DTypeError(
      `${operation}: x must be float32, float64 or int32, got ${value.dtype}. Convert with toFloat(...).`,
    );
  }
  const last = value.rank - 1;
  const at = normalizeAxis(operation, axis, value.axes);
  if (count !== undefined && count > value.axes[at]) {
    throw new ValueError(
      `${operation}: k must be at most the length of the axis, got k=${count} for axis=${axis} of shape ${formatShape(value.axes)}.`,
    );
  }
  // Exchanging two axes is its own inverse.
  const exchanged = value.axes.map((_, index) => (index === at ? last : index === last ? at : index));
  const exchange = (y: Tensor): Tensor => (at === last ? y : transpose(y, exchanged));
  const moved = exchange(value);
  const length = moved.axes[last];
  const rows = sizeOf(moved.axes.slice(0, -1));
  const attributes = { count: count ?? length, descending: count !== undefined };
  const [indices, positions] = bind(argSortPrimitive, [reshape(moved, [rows, length])], attributes);
  const restore = (y: Tensor): Tensor => exchange(reshape(y, [...moved.axes.slice(0, -1), attributes.count]));
  return { indices: restore(indices), values: () => restore(gather(reshape(moved, [moved.size]), positions)) };
};

/**
 * The elements in ascending order along an axis; NaN comes last, as in NumPy. Gradients go back to where the elements were.
 * @param options.axis Default: −1, the last.
 * @throws ShapeError for an axis that does not exist; DTypeError when x is neither a float nor int32.
 * @example
 * sort(tensor([3, 1, 2])).toArray(); // [1, 2, 3]
 * flip(sort(tensor([3, 1, 2]))).toArray(); // [3, 2, 1]
 */
export const sort = (x: Operand, options: { readonly axis?: number } = noOptions): Tensor =>
  ordered("sort", x, checkOptions("sort", options, rules), undefined).values();

/**
 * The indices that would sort x along an axis, as int32; equal elements keep their order, and NaN comes last.
 * @param options.axis Default: −1, the last.
 * @throws ShapeError for an axis that does not exist; DTypeError when x is neither a float nor int32.
 * @example
 * argSort(tensor([3, 1, 2])).toArray(); // [1, 2, 0]
 */
export const argSort = (x: Operand, options: { readonly axis?: number } = noOptions): Tensor =>
  ordered("argSort", x, checkOptions("argSort", options, rules), undefined).indices;

/** The result of `topK`. */
export interface TopK {
  /** The k largest elements along the axis, the largest first. */
  readonly values: Tensor;
  /** Where they are along the axis, as int32. */
  readonly indices: Tensor;
}

const kRule: OptionRule = /* @__PURE__ */ required(/* @__PURE__ */ whole({ from: 0 }));

/**
 * The k largest elements along an axis, the largest first, and their indices (int32). Of equal elements the one with the lower
 * index comes first; NaN counts as the largest, as in `argMax`. Gradients go back to where the elements were.
 * @param k How many, from 0 to the length of the axis.
 * @param options.axis Default: −1, the last.
 * @throws ValueError for a k out of range; ShapeError for an axis that does not exist.
 * @example
 * const { values, indices } = topK(tensor([3, 1, 4, 1, 5]), 2);
 * values.toArray(); // [5, 4]
 * indices.toArray(); // [4, 2]
 * @see `tf.math.top_k`, `torch.topk`.
 */
export const topK = (x: Operand, k: number, options: { readonly axis?: number } = noOptions): TopK => {
  checkOptions("topK", options, rules);
  checkOption("topK", "k", k, kRule);
  const { values, indices } = ordered("topK", x, options, k);
  return { values: values(), indices };
};
