import { DTypeError, ShapeError } from "../base/errors.ts";
import { showValue } from "../base/showValue.ts";
import { formatShape } from "../tensor/shape.ts";
import type { AnyDataset } from "./dataset.ts";
import { checkWeights } from "./exampleWeights.ts";
import type { AnyBatch } from "./minibatches.ts";
import { isTensorOrNamed, listTensors, rowCount } from "./tensorOrNamed.ts";

/** Batches one after the other, as they come: from a file, a network, a generator. */
export type Batches = AsyncIterable<AnyBatch> | Iterable<AnyBatch>;

/**
 * Where batches come from when the data are not a data set: something to iterate over, or a function that gives it for every
 * epoch. A generator runs once; a function can make a new one for each epoch, whose number (from 0) it is given.
 */
export type BatchSource = Batches | ((epoch: number) => Batches);

/** What a model is trained or evaluated on. */
export type TrainingData = AnyDataset | BatchSource;

/** Whether data are a source of batches. */
export const isBatchSource = (data: unknown): data is BatchSource =>
  typeof data === "function" ||
  (typeof data === "object" && data !== null && (Symbol.asyncIterator in data || Symbol.iterator in data));

/** The iterator of some batches, and whether they can be gone through again from the beginning. */
export interface Pass {
  readonly iterator: AsyncIterator<AnyBatch> | Iterator<AnyBatch>;
  readonly restartable: boolean;
}

/** Begins to go through batches. A generator gives itself when it is asked for an iterator: it runs once. */
export const passOver = (batches: Batches): Pass => {
  const iterator =
    Symbol.asyncIterator in batches
      ? batches[Symbol.asyncIterator]()
      : (batches as Iterable<AnyBatch>)[Symbol.iterator]();
  return { iterator, restartable: (iterator as unknown) !== batches };
};

/**
 * Refuses a batch that does not fit: inputs, targets and weights must have as many rows as each other, and rows of the
 * shape that the first batch had.
 * @throws DTypeError, ShapeError, ValueError.
 */
export const checkBatch = (where: string, batch: AnyBatch, first: AnyBatch | undefined): void => {
  const { x, y, weights } = batch ?? {};
  for (const [name, values] of Object.entries({ x, y })) {
    if (isTensorOrNamed(values)) continue;
    throw new DTypeError(
      `${where} must be { x, y } of tensors, got ${values === undefined ? `no ${name}` : `${showValue(values)} as ${name}`}. ` +
        "Wrap values with tensor(...).",
    );
  }
  const tensors = [...listTensors("x", x), ...listTensors("y", y)];
  const rows = rowCount(x);
  if (!(rows > 0) || tensors.some(([, tensor]) => tensor.rank === 0 || tensor.axes[0] !== rows)) {
    throw new ShapeError(
      `${where} must have x and y of as many rows, from 1, got ` +
        `${tensors.map(([name, { axes }]) => `${name}=${formatShape(axes)}`).join(", ")}. Give every row of x one row of y.`,
    );
  }
  if (weights !== undefined) checkWeights(where, weights, rows);
  if (!first) return;
  const before = new Map([...listTensors("x", first.x), ...listTensors("y", first.y)]);
  const missing = [...before.keys()].find((name) => tensors.every(([other]) => other !== name));
  for (const [name, tensor] of tensors) {
    const earlier = before.get(name);
    if (!earlier || missing !== undefined) {
      throw new ShapeError(
        `${where} must have the tensors of those before, got ${missing === undefined ? `${name}, which is new` : `no ${missing}`}. ` +
          "Make all batches alike.",
      );
    }
    if (tensor.dtype === earlier.dtype && String(tensor.axes.slice(1)) === String(earlier.axes.slice(1))) continue;
    throw new ShapeError(
      `${where} must have rows of the shape of those before, got ${name} ${tensor.dtype} ${formatShape(tensor.axes)} after ` +
        `${earlier.dtype} ${formatShape(earlier.axes)}. Make all batches alike.`,
    );
  }
};
