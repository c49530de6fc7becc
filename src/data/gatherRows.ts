import { ValueError } from "../base/errors.ts";
import { showValue } from "../base/showValue.ts";
import { newArray } from "../tensor/dtype.ts";
import { ownTensor, type Tensor } from "../tensor/tensor.ts";

/** The rows `from` to `to` (exclusive) along the first axis; they share the memory of a tensor that is held. */
export function rowRange(x: Tensor, from: number, to: number): Tensor {
  const width = rowWidth(x);
  const { storage } = x;
  // Tensors are immutable, and an array of their own stays where it is: no copy is needed.
  const rows = storage.array
    ? storage.array.subarray(from * width, to * width)
    : storage.view().slice(from * width, to * width);
  return ownTensor([to - from, ...x.shape.slice(1)], x.dtype, rows, x.scale);
}

/**
 * The rows of these numbers along the first axis, copied in this order; bytes stay bytes.
 * @throws ValueError when a row does not exist.
 */
export function gatherRows(x: Tensor, rows: ArrayLike<number>): Tensor {
  const source = x.storage.view();
  const width = rowWidth(x);
  const height = x.shape[0];
  const target = newArray(x.dtype, rows.length * width);
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index];
    if (!(Number.isInteger(row) && row >= 0 && row < height)) {
      throw new ValueError(
        `rows: there are ${height} rows, counted from 0, got ${showValue(row)} at position ${index}.`,
      );
    }
    // A view for each row costs more than it saves on short rows.
    if (width < 16) for (let k = 0; k < width; k++) target[index * width + k] = source[row * width + k];
    else target.set(source.subarray(row * width, (row + 1) * width), index * width);
  }
  return ownTensor([rows.length, ...x.shape.slice(1)], x.dtype, target, x.scale);
}

/** Inputs, targets, and how much each example counts. */
interface Examples {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly weights?: Tensor;
}

const each = ({ x, y, weights }: Examples, rowsOf: (part: Tensor) => Tensor): Examples =>
  weights ? { x: rowsOf(x), y: rowsOf(y), weights: rowsOf(weights) } : { x: rowsOf(x), y: rowsOf(y) };

/** The examples `from` to `to` (exclusive); see `rowRange`. */
export const rowsBetween = (data: Examples, from: number, to: number): Examples =>
  each(data, (part) => rowRange(part, from, to));

/** The examples of these numbers; see `gatherRows`. */
export const rowsAt = (data: Examples, rows: ArrayLike<number>): Examples =>
  each(data, (part) => gatherRows(part, rows));

/** Elements in one row; not size / length, which fails for no rows. */
function rowWidth({ shape }: Tensor): number {
  return shape.slice(1).reduce((product, length) => product * length, 1);
}

/** A data set whose parts the caller cannot exchange. Inputs that are computed when they are read stay so. */
export const copyOfData = <Data extends object>(data: Data): Data =>
  Object.create(Object.getPrototypeOf(data) as object, Object.getOwnPropertyDescriptors(data)) as Data;
