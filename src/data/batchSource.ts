import { DTypeError, ShapeError } from "../base/errors.ts";
import { showValue } from "../base/showValue.ts";
import { formatShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Dataset } from "./dataset.ts";
import { checkWeights } from "./exampleWeights.ts";
import type { Batch } from "./minibatches.ts";

/** Batches one after the other, as they come: from a file, a network, a generator. */
export type Batches = AsyncIterable<Batch> | Iterable<Batch>;

/**
 * Where batches come from when the data are not a data set: something to iterate over, or a function that gives it for every
 * epoch. A generator runs once; a function can make a new one for each epoch, whose number (from 0) it is given.
 */
export type BatchSource = Batches | ((epoch: number) => Batches);

/** What a model is trained or evaluated on. */
export type TrainingData = Dataset | BatchSource;

/** Whether data are a source of batches. */
export const isBatchSource = (data: unknown): data is BatchSource =>
  typeof data === "function" ||
  (typeof data === "object" && data !== null && (Symbol.asyncIterator in data || Symbol.iterator in data));

/** The iterator of some batches, and whether they can be gone through again from the beginning. */
export interface Pass {
  readonly iterator: AsyncIterator<Batch> | Iterator<Batch>;
  readonly restartable: boolean;
}

/** Begins to go through batches. A generator gives itself when it is asked for an iterator: it runs once. */
export const passOver = (batches: Batches): Pass => {
  const iterator =
    Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : (batches as Iterable<Batch>)[Symbol.iterator]();
  return { iterator, restartable: (iterator as unknown) !== batches };
};

/**
 * Refuses a batch that does not fit: inputs, targets and weights must have as many rows as each other, and rows of the
 * shape that the first batch had.
 * @throws DTypeError, ShapeError, ValueError.
 */
export const checkBatch = (where: string, batch: Batch, first: Batch | undefined): void => {
  const { x, y, weights } = batch ?? {};
  for (const [name, tensor] of Object.entries({ x, y })) {
    if (tensor instanceof Tensor) continue;
    throw new DTypeError(
      `${where} must be { x, y } of tensors, got ${tensor === undefined ? `no ${name}` : `${showValue(tensor)} as ${name}`}. ` +
        "Wrap values with tensor(...).",
    );
  }
  if (x.rank === 0 || y.rank === 0 || x.axes[0] !== y.axes[0] || x.axes[0] === 0) {
    throw new ShapeError(
      `${where} must have x and y of as many rows, from 1, got x=${formatShape(x.axes)}, y=${formatShape(y.axes)}. ` +
        "Give every row of x one row of y.",
    );
  }
  if (weights !== undefined) checkWeights(where, weights, x.axes[0]);
  if (!first) return;
  for (const [name, tensor, before] of [
    ["x", x, first.x],
    ["y", y, first.y],
  ] as const) {
    if (tensor.dtype === before.dtype && String(tensor.axes.slice(1)) === String(before.axes.slice(1))) continue;
    throw new ShapeError(
      `${where} must have rows of the shape of those before, got ${name} ${tensor.dtype} ${formatShape(tensor.axes)} after ` +
        `${before.dtype} ${formatShape(before.axes)}. Make all batches alike.`,
    );
  }
};
