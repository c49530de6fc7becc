import { DTypeError, ShapeError, ValueError } from "../base/errors.ts";
import {
  anything,
  checkOptions,
  copyPlain,
  flag,
  isPlainObject,
  type OptionRule,
  required,
  text,
  whole,
} from "../base/options.ts";
import { showEntries, showValue } from "../base/showValue.ts";
import { randomPermutation } from "../ops/random/permutation.ts";
import { checkTensor } from "../ops/support/checkTensor.ts";
import { formatShape } from "../tensor/shape.ts";
import { range, Tensor } from "../tensor/tensor.ts";
import { checkAllWeights } from "./exampleWeights.ts";
import { rowsAt, rowsBetween } from "./gatherRows.ts";
import { checkStrata, stratifiedParts } from "./strata.ts";
import { isTensorOrNamed, listTensors, rowCount, type TensorOrNamed } from "./tensorOrNamed.ts";

/**
 * Examples and what is to be predicted of them: row i of `y` belongs to row i of `x`. Both are a tensor, or tensors by the names
 * of a model's inputs and outputs.
 */
export interface Dataset<X extends TensorOrNamed = Tensor, Y extends TensorOrNamed = Tensor> {
  /** Inputs, the first axis counting the examples; stored bytes (uint8 with a scale) stay bytes. */
  readonly x: X;
  /** Labels (int32 [size]) or targets (float [size, ...]). */
  readonly y: Y;
  /**
   * How much each example counts, float [size], from 0; without them every one counts 1. A loss is the sum of the weighted
   * losses divided by the number of examples.
   */
  readonly weights?: Tensor;
  /** The number of examples. */
  readonly size: number;
  /** What errors and progress call it. */
  readonly name?: string;
}

/** A data set of any number of inputs and targets. */
export type AnyDataset = Dataset<TensorOrNamed, TensorOrNamed>;

/** What a data set is made of. */
export interface DatasetOptions<X extends TensorOrNamed = Tensor, Y extends TensorOrNamed = Tensor> {
  /** The inputs [size, ...]: a tensor; or several in an object, by the names of the model's inputs. */
  readonly x: X;
  /** Labels (int32 [size]) or targets (float [size, ...]): a tensor; or several in an object, by the names of the model's outputs. */
  readonly y: Y;
  /** How much each example counts, float [size], from 0. Default: 1 for every one. */
  readonly weights?: Tensor;
  /** What errors and progress call it. */
  readonly name?: string;
}

/**
 * A data set of inputs and of what is to be predicted of them.
 * @param options `x` [size, ...] and `y` [size, ...], or objects of such tensors; `weights` [size], and a name for errors.
 * @throws DTypeError when x or y is not a tensor, or weights are not a float tensor; ShapeError when one has no first axis, or their
 * first axes differ; ValueError for weights that are negative, not finite, or all 0.
 * @example
 * const xor = dataset({
 *   x: tensor([[0, 0], [0, 1], [1, 0], [1, 1]]),
 *   y: tensor([0, 1, 1, 0], { dtype: "int32" }),
 * });
 * xor.size; // 4
 * const houses = dataset({ x: { wide: zeros([2, 5]), deep: zeros([2, 3]) }, y: zeros([2, 1]) });
 * houses.x.deep.shape; // [2, 3]
 */
export function dataset<X extends TensorOrNamed, Y extends TensorOrNamed>(
  options: DatasetOptions<X, Y>,
): Dataset<X, Y> {
  const { x, y, weights, name } = checkOptions("dataset", options, {
    x: anything,
    y: anything,
    weights: anything,
    name: text,
  });
  const where = name ?? "dataset";
  for (const [key, value] of Object.entries({ x, y })) {
    if (isTensorOrNamed(value)) continue;
    const entries = isPlainObject(value) ? Object.entries(value) : [];
    const areNamed = entries.some(([, entry]) => entry instanceof Tensor);
    const odd = areNamed ? entries.find(([, entry]) => !(entry instanceof Tensor)) : undefined;
    checkTensor(where, odd ? odd[1] : value, odd ? `${key}.${odd[0]}` : key);
  }
  const tensors = [...listTensors("x", x), ...listTensors("y", y)];
  const size = rowCount(x);
  if (tensors.some(([, tensor]) => tensor.rank === 0 || tensor.axes[0] !== size)) {
    const names = tensors.map(([name]) => name);
    throw new ShapeError(
      `${where}: ${names.slice(0, -1).join(", ")} and ${names.at(-1)} must have a first axis of one length, got ` +
        `${tensors.map(([name, { axes }]) => `${name}=${formatShape(axes)}`).join(", ")}. Give every row of x one row of y.`,
    );
  }
  if (weights !== undefined) checkAllWeights(where, weights, size);
  return {
    x: copyPlain(x),
    y: copyPlain(y),
    ...(weights === undefined ? {} : { weights }),
    size,
    ...(name === undefined ? {} : { name }),
  };
}

/** Whether data are a data set, which is complete in memory, and not a source of batches. */
export const isDataset = (data: unknown): data is AnyDataset =>
  typeof data === "object" &&
  data !== null &&
  "size" in data &&
  typeof data.size === "number" &&
  "x" in data &&
  isTensorOrNamed(data.x) &&
  "y" in data &&
  isTensorOrNamed(data.y);

/** Whether data are a data set of one input and one target. */
export const isPlainDataset = (data: unknown): data is Dataset =>
  isDataset(data) && data.x instanceof Tensor && data.y instanceof Tensor;

/** @throws DTypeError for anything but a data set. */
export const checkDataset = (where: string, data: unknown): void => {
  if (isDataset(data)) return;
  throw new DTypeError(
    `${where}: the data must be a data set, got ${showEntries(data)}. Make one with dataset({ x, y }).`,
  );
};

/** @throws DTypeError for anything but a data set of one input and one target. */
export const checkPlainDataset = (where: string, data: unknown): void => {
  checkDataset(where, data);
  if (isPlainDataset(data)) return;
  const { x, y } = data as AnyDataset;
  const names = [...listTensors("x", x), ...listTensors("y", y)].map(([name]) => name);
  throw new DTypeError(
    `${where}: the data must have one input and one target, got ${names.join(", ")}. Pass dataset({ x, y }) of two of them.`,
  );
};

/** Which examples `take` takes. */
export interface Selection {
  /** The first example; default 0. */
  readonly from?: number;
  /** The example after the last; default: the number of examples. */
  readonly to?: number;
  /** Instead of a range: the numbers of the examples, in the order wanted; they may repeat. */
  readonly rows?: ArrayLike<number> | Tensor;
}

/**
 * Some of the examples. A range shares the memory of the whole; chosen rows are copied.
 * @throws ValueError when an example does not exist, or both a range and rows are named.
 * @example
 * const { train } = await loadDigits();
 * take(train, { to: 1000 }).size; // 1000
 * take(train, { rows: [3, 1, 4] }).y.shape; // [3]
 */
export function take<X extends TensorOrNamed, Y extends TensorOrNamed>(
  data: Dataset<X, Y>,
  selection: Selection,
): Dataset<X, Y> {
  checkDataset("take", data);
  const { from, to, rows } = checkOptions("take", selection, { from: anything, to: anything, rows: anything });
  if (rows !== undefined) {
    if (from !== undefined || to !== undefined) {
      throw new ValueError("take: either a range or rows may be named, got both. Drop one of them.");
    }
    const chosen = rows instanceof Tensor ? rows.data : rows;
    if (typeof chosen !== "object" || !Number.isSafeInteger(chosen?.length)) {
      throw new ValueError(`take: rows must be an array or tensor of numbers, got ${showValue(rows)}.`);
    }
    return { ...data, ...rowsAt(data, chosen), size: chosen.length };
  }
  const [start, end] = [from ?? 0, to ?? data.size];
  if (!(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end && end <= data.size)) {
    throw new ValueError(
      `take: a range must lie within the ${data.size} examples, got from=${showValue(start)}, to=${showValue(end)}. ` +
        `Choose 0 <= from <= to <= ${data.size}.`,
    );
  }
  return { ...data, ...rowsBetween(data, start, end), size: end - start };
}

/** The rule for the parts of a split; the shares are checked together. */
const sharesByName: OptionRule = {
  words: "an object of shares by name: { train: 0.9, validation: 0.1 }",
  holds: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

/** Options of `split`. */
export interface SplitOptions<Part extends string> {
  /**
   * The parts in their order, with their shares: fractions that add up to 1, or whole numbers. Whole numbers that add up to the
   * number of examples are sizes; smaller ones are ratios (`{ train: 8, test: 2 }`), larger ones an error. No part may be empty.
   */
  readonly parts: Readonly<Record<Part, number>>;
  /** Whether the examples are shuffled before; default true, because many files are sorted by label. */
  readonly shuffle?: boolean;
  /**
   * Whether each part has the shares of the classes that the whole has; y is then labels, int32 [size] or [size, 1], or floats
   * of 0 and 1 of such a shape. Default: false.
   */
  readonly stratified?: boolean;
  /** Of the shuffling; default 0: the same split every time, so that no test example wanders into training. */
  readonly seed?: number;
}

/**
 * Splits a data set into parts that share no example.
 * @throws ValueError when stratified without labels, when a share is negative or not finite, fractions do not add up to 1, whole numbers add up to more than
 * the examples, or a part is empty.
 * @example
 * const data = dataset({ x: zeros([10, 2]), y: zeros([10], { dtype: "int32" }) });
 * const { train, validation } = split(data, { parts: { train: 0.8, validation: 0.2 } });
 * validation.size; // 2
 */
export function split<Part extends string, X extends TensorOrNamed = Tensor, Y extends TensorOrNamed = Tensor>(
  data: Dataset<X, Y>,
  options: SplitOptions<Part>,
): Record<Part, Dataset<X, Y>> {
  checkDataset("split", data);
  checkOptions("split", options, {
    parts: required(sharesByName),
    shuffle: flag,
    stratified: flag,
    seed: whole({ from: 0 }),
  });
  const { parts, shuffle = true, stratified = false, seed = 0 } = options;
  const shares = Object.entries<number>(parts);
  const total = shares.reduce((sum, [, share]) => sum + Number(share), 0);
  if (
    !shares.every(([, share]) => typeof share === "number" && share >= 0) ||
    !(total > 0 && total < Number.POSITIVE_INFINITY)
  ) {
    throw new ValueError(
      `split: shares must be finite numbers from 0, and not all of them 0, got ${showEntries(parts)}. ` +
        "Pass { parts: { train: 0.9, validation: 0.1 } }, for example.",
    );
  }
  if (Math.abs(total - 1) > 1e-6 && !shares.every(([, share]) => Number.isInteger(share))) {
    throw new ValueError(
      `split: shares must add up to 1, or be whole numbers, got ${showEntries(parts)}, which add up to ${Number(total.toPrecision(6))}. ` +
        "Correct one of them, or add a part for the rest.",
    );
  }
  if (Math.abs(total - 1) > 1e-6 && total > data.size) {
    throw new ValueError(
      `split: whole numbers must not add up to more than the ${data.size} examples, got ${showEntries(parts)}, which add up to ` +
        `${total}. Pass sizes that add up to ${data.size}, or fractions.`,
    );
  }
  const names: string[] = [];
  const sizes: number[] = [];
  let sum = 0;
  let from = 0;
  for (const [name, share] of shares) {
    sum += share;
    // Rounding the borders, not the lengths: no example is left over, and whole numbers stay as they are.
    const to = Math.round((sum / total) * data.size);
    if (to === from) {
      throw new ValueError(
        `split: each part must have an example, got none for ${name} by ${showEntries(parts)} of ${data.size}. ` +
          (share === 0 ? "Leave the part out." : "Give it a larger share, or leave it out."),
      );
    }
    names.push(name);
    sizes.push(to - from);
    from = to;
  }
  const order = shuffle ? randomPermutation(data.size, { seed }) : range(0, data.size);
  const labels = stratified ? checkStrata("split", "stratified parts", data.y, data.size) : undefined;
  const rows = labels ? stratifiedParts(order.storage.view(), labels, sizes) : undefined;
  const source = shuffle && !rows ? take(data, { rows: order }) : data;
  from = 0;
  const result: Partial<Record<string, Dataset<X, Y>>> = {};
  for (const [index, name] of names.entries()) {
    const to = from + sizes[index];
    const part = take(source, rows ? { rows: rows[index] } : { from, to });
    result[name] = { ...part, name: data.name === undefined ? name : `${data.name} ${name}` };
    from = to;
  }
  return result as Record<Part, Dataset<X, Y>>;
}
