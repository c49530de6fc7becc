import { ValueError } from "../base/errors.ts";
import { checkOptions, flag, instanceOf, oneOf, whole } from "../base/options.ts";
import { randomPermutation } from "../ops/random/permutation.ts";
import { Random } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkDataset, type Dataset } from "./dataset.ts";
import { copyOfData, rowsAt, rowsBetween } from "./gatherRows.ts";
import type { TensorOrNamed } from "./tensorOrNamed.ts";

/** Some examples of a data set: ordinary tensors, which may be kept. */
export interface Batch<X extends TensorOrNamed = Tensor, Y extends TensorOrNamed = Tensor> {
  /** The inputs [examples, ...]. */
  readonly x: X;
  /** The labels or targets [examples, ...], in the same order. */
  readonly y: Y;
  /** How much each example counts, float [rows]; without them every one counts 1. */
  readonly weights?: Tensor;
}

/** Some examples of any number of inputs and targets. */
export type AnyBatch = Batch<TensorOrNamed, TensorOrNamed>;

/** How a data set is cut into batches. */
export interface MinibatchOptions {
  /** Examples in a batch; default 50. See `remainder`. */
  readonly batchSize?: number;
  /** Instead of their size: how many batches, of nearly equal size. */
  readonly batches?: number;
  /**
   * What happens when the batch size does not divide the data. By default there are max(1, floor(n / batchSize)) batches
   * of nearly equal size, the larger ones first. "keep": all but the last have exactly `batchSize` examples. "drop": all
   * have, and the rest is left out.
   */
  readonly remainder?: "keep" | "drop";
  /** Whether the examples are taken in a random order; default true. */
  readonly shuffle?: boolean;
  /** Of the order: the same seed gives the same batches. Default: another order every time. */
  readonly seed?: number;
  /** Instead of a seed: the stream that the order is drawn from, anew for every pass. */
  readonly random?: Random;
}

/** The batches of one data set, made one at a time as they are asked for. */
export interface Minibatches<X extends TensorOrNamed = Tensor, Y extends TensorOrNamed = Tensor>
  extends Iterable<Batch<X, Y>> {
  /** How many batches one pass has. */
  readonly count: number;
}

/**
 * Goes once over a data set in batches, in a random order, each example once.
 *
 * By default as numpy's array_split cuts a random permutation. Iterating again is another pass: the same batches with a
 * seed, another order without.
 * @throws ValueError when a size or count is not a whole number from 1, there are more batches than examples, or options
 * contradict each other.
 * @example
 * const { train } = await loadDigits();
 * for (const { x, y } of minibatches(train, { batchSize: 50, seed: 1 })) {
 *   console.log(x.shape, y.shape); // batches of 51 or 50 examples: [51, 64] [51]
 * }
 */
export function minibatches<X extends TensorOrNamed, Y extends TensorOrNamed>(
  data: Dataset<X, Y>,
  options: MinibatchOptions = {},
): Minibatches<X, Y> {
  checkDataset("minibatches", data);
  checkOptions("minibatches", options, {
    batchSize: whole({ from: 1 }),
    batches: whole({ from: 1 }),
    remainder: oneOf("keep", "drop"),
    shuffle: flag,
    seed: whole({ from: 0 }),
    random: instanceOf("a Random", Random),
  });
  const borders = batchBorders("minibatches", data.size, options);
  const { shuffle = true, seed, random } = options;
  if (!shuffle && (seed !== undefined || random !== undefined)) {
    throw new ValueError("minibatches: without shuffling, no order is drawn, got a seed. Drop the seed.");
  }
  const examples = copyOfData(data);
  const pass = (): Generator<Batch<X, Y>, void, undefined> =>
    batchesBetween(examples, borders, shuffle ? randomPermutation(examples.size, { seed, random }) : undefined);
  return { count: borders.length - 1, [Symbol.iterator]: pass };
}

function* batchesBetween<X extends TensorOrNamed, Y extends TensorOrNamed>(
  data: Dataset<X, Y>,
  borders: readonly number[],
  order: Tensor | undefined,
): Generator<Batch<X, Y>, void, undefined> {
  for (let index = 0; index + 1 < borders.length; index++) yield batchAt(data, borders, order, index);
}

/**
 * A batch, of the examples in this order or in theirs.
 * @param used A batch that nothing reads any more: the new one may have its arrays.
 */
export const batchAt = <X extends TensorOrNamed, Y extends TensorOrNamed>(
  data: Dataset<X, Y>,
  borders: readonly number[],
  order: Tensor | undefined,
  index: number,
  used?: Batch<X, Y>,
): Batch<X, Y> => {
  const from = borders[index];
  const to = borders[index + 1];
  return order ? rowsAt(data, order.storage.view(), from, to, used) : rowsBetween(data, from, to);
};

/**
 * Where batches begin, and where the last one ends.
 * @throws ValueError when both a size and a number of batches are named, or there are more batches than examples.
 */
export function batchBorders(
  operation: string,
  size: number,
  { batchSize, batches, remainder }: MinibatchOptions,
): number[] {
  if (batches !== undefined && (batchSize !== undefined || remainder !== undefined)) {
    throw new ValueError(
      `${operation}: batches must be the only size, got batches=${batches} beside ${batchSize === undefined ? "remainder" : "batchSize"}. ` +
        "Name either the number of batches or their size.",
    );
  }
  const length = batchSize ?? 50;
  if (size === 0) return [0];
  if (remainder) {
    const count = remainder === "keep" ? Math.ceil(size / length) : Math.floor(size / length);
    return Array.from({ length: count + 1 }, (_, index) => Math.min(index * length, size));
  }
  const count = batches ?? Math.max(1, Math.floor(size / length));
  if (count > size) {
    throw new ValueError(
      `${operation}: a batch must have an example, got ${count} batches of ${size} examples. Ask for fewer.`,
    );
  }
  const [short, longer] = [Math.floor(size / count), size % count];
  return Array.from({ length: count + 1 }, (_, index) => index * short + Math.min(index, longer));
}
