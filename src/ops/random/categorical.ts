import { ShapeError, ValueError } from "../../base/errors.ts";
import { exp } from "../../base/math.ts";
import { checkOptions, joinRules, type OptionRules, whole } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import type { RandomOptions } from "../../tensor/random.ts";
import { formatShape, sizeOf } from "../../tensor/shape.ts";
import { ownTensor, type Tensor } from "../../tensor/tensor.ts";
import { floatOperand, sameFloat } from "../support/operands.ts";
import { rowsOf } from "../support/rows.ts";
import { randomOptions, randomUniform } from "./distributions.ts";

/** Options of `randomCategorical`. */
export interface CategoricalOptions extends RandomOptions {
  /** How many categories are drawn from each row, along a new last axis. Default: one, without that axis. */
  readonly count?: number;
}

const rules: OptionRules<CategoricalOptions> = /* @__PURE__ */ joinRules(
  { count: /* @__PURE__ */ whole({ from: 0 }) },
  randomOptions,
);

/**
 * Categories drawn with the probabilities softmax(logits), as int32. A logit of −Infinity is never drawn.
 * @param logits Unnormalized, [..., classes].
 * @returns Shape [...], or [..., count]. It has no derivative.
 * @throws ShapeError when there are no classes; ValueError for logits of NaN or Infinity, or a row of only −Infinity.
 * @example
 * randomCategorical(tensor([[0, -Infinity], [-Infinity, 0]])).toArray(); // [0, 1]
 * randomCategorical(tensor([1, 2, 3]), { count: 5, seed: 1 }).shape; // [5]
 * @see `tf.random.categorical`; `torch.distributions.Categorical`.
 */
// Not a primitive: categories are drawn by inversion in double, with an exponential that has the same bits on every engine.
export const randomCategorical = (logits: Tensor, options: CategoricalOptions = noOptions): Tensor => {
  checkOptions("randomCategorical", options, rules);
  const x = floatOperand("randomCategorical", logits);
  sameFloat("randomCategorical", [x]);
  if (x.rank === 0 || x.axes[x.rank - 1] === 0) {
    throw new ShapeError(`randomCategorical: logits must be [..., classes], got shape ${formatShape(x.axes)}.`);
  }
  const { count, random, seed } = options;
  const shape = [...x.axes.slice(0, -1), ...(count === undefined ? [] : [count])];
  const draws = randomUniform(shape, { random, seed }).data;
  const [rows, columns] = rowsOf(x.axes);
  const values = x.storage.view();
  const categories = new Int32Array(sizeOf(shape));
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    cumulate(values.subarray(row * columns, (row + 1) * columns), sums, row);
    for (let index = 0; index < (count ?? 1); index++) {
      const at = row * (count ?? 1) + index;
      categories[at] = categoryOf(draws[at] * sums[columns - 1], sums);
    }
  }
  return ownTensor(shape, "int32", categories);
};

/** Writes the cumulative sums of exp(logits − max). */
const cumulate = (logits: ArrayLike<number>, sums: Float64Array, row: number): void => {
  let largest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < sums.length; c++) largest = Math.max(largest, logits[c]);
  if (!Number.isFinite(largest)) {
    throw new ValueError(
      `randomCategorical: each row of logits must have a finite largest number, got ${largest} in row ${row}.`,
    );
  }
  let total = 0;
  for (let c = 0; c < sums.length; c++) {
    total += exp(logits[c] - largest);
    sums[c] = total;
  }
};

/** The first category whose cumulative sum is above `target`. */
const categoryOf = (target: number, sums: Float64Array): number => {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle] > target) high = middle;
    else low = middle + 1;
  }
  return low;
};
