import { ValueError } from "../base/errors.ts";
import { showValue } from "../base/showValue.ts";
import { newArray } from "../tensor/dtype.ts";
import { ownTensor, type Tensor } from "../tensor/tensor.ts";
import { mapTensors, type TensorOrNamed, tensorNamed } from "./tensorOrNamed.ts";

/** The rows `from` to `to` (exclusive) along the first axis; they share the memory of a tensor that is held. */
export function rowRange(x: Tensor, from: number, to: number): Tensor {
  const width = rowWidth(x);
  const { storage } = x;
  // Tensors are immutable, and an array of their own stays where it is: no copy is needed.
  const rows = storage.array
    ? storage.array.subarray(from * width, to * width)
    : storage.view().slice(from * width, to * width);
  return ownTensor([to - from, ...x.axes.slice(1)], x.dtype, rows, x.scale);
}

/**
 * The rows of these numbers along the first axis, or of those at `from` to `to` (exclusive), copied in this order; bytes
 * stay bytes.
 * @param used A tensor that nothing reads any more: its array is written to where it fits.
 * @throws ValueError when a row does not exist.
 */
export function gatherRows(
  x: Tensor,
  rows: ArrayLike<number>,
  from = 0,
  to: number = rows.length,
  used?: Tensor,
): Tensor {
  const { axes: shape, dtype, scale, storage } = x;
  const source = storage.view();
  const width = rowWidth(x);
  const height = shape[0];
  const count = to - from;
  const room = used?.dtype === dtype && used.size === count * width ? used.storage.array : undefined;
  const target = room ?? newArray(dtype, count * width);
  for (let index = 0; index < count; index++) {
    const row = rows[from + index];
    if (!(Number.isInteger(row) && row >= 0 && row < height)) {
      throw new ValueError(
        `rows: there are ${height} rows, counted from 0, got ${showValue(row)} at position ${index}.`,
      );
    }
    // A view for each row costs more than it saves on short rows.
    if (width < 16) for (let k = 0; k < width; k++) target[index * width + k] = source[row * width + k];
    else target.set(source.subarray(row * width, (row + 1) * width), index * width);
  }
  return ownTensor([count, ...shape.slice(1)], dtype, target, scale);
}

/** Inputs, targets, and how much each example counts. */
interface Examples<X extends TensorOrNamed, Y extends TensorOrNamed> {
  readonly x: X;
  readonly y: Y;
  readonly weights?: Tensor;
}

/** The examples `from` to `to` (exclusive); see `rowRange`. */
export const rowsBetween = <X extends TensorOrNamed, Y extends TensorOrNamed>(
  { x, y, weights }: Examples<X, Y>,
  from: number,
  to: number,
): Examples<X, Y> => ({
  x: mapTensors(x, (tensor) => rowRange(tensor, from, to)),
  y: mapTensors(y, (tensor) => rowRange(tensor, from, to)),
  ...(weights && { weights: rowRange(weights, from, to) }),
});

/**
 * The examples of these numbers, or of those at `from` to `to` (exclusive); see `gatherRows`.
 * @param used Examples that nothing reads any more: their arrays are written to where they fit.
 */
export const rowsAt = <X extends TensorOrNamed, Y extends TensorOrNamed>(
  { x, y, weights }: Examples<X, Y>,
  rows: ArrayLike<number>,
  from?: number,
  to?: number,
  used?: Examples<X, Y>,
): Examples<X, Y> => ({
  x: mapTensors(x, (tensor, name) => gatherRows(tensor, rows, from, to, tensorNamed(used?.x, name))),
  y: mapTensors(y, (tensor, name) => gatherRows(tensor, rows, from, to, tensorNamed(used?.y, name))),
  ...(weights && { weights: gatherRows(weights, rows, from, to, used?.weights) }),
});

/** Elements in one row; not size / length, which fails for no rows. */
function rowWidth({ axes: shape }: Tensor): number {
  let width = 1;
  for (let axis = 1; axis < shape.length; axis++) width *= shape[axis];
  return width;
}

/** A data set whose parts the caller cannot exchange. Inputs that are computed when they are read stay so. */
export const copyOfData = <Data extends object>(data: Data): Data =>
  Object.create(Object.getPrototypeOf(data) as object, Object.getOwnPropertyDescriptors(data)) as Data;
