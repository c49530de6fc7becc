import { ShapeError, ValueError } from "../base/errors.ts";
import { showValue } from "../base/showValue.ts";

/** The length of each axis, outermost first; `[]` is a scalar. Rank 0 to 6, axes of length zero included. */
export type Shape = readonly number[];

export const maxRank = 6;

/** The number of elements. */
export const sizeOf = (shape: Shape): number => sizeBetween(shape, 0, shape.length);

/** The product of the lengths of the axes from `from` to before `to`. */
const sizeBetween = (shape: Shape, from: number, to: number): number => {
  let size = 1;
  for (let axis = from; axis < to; axis++) size *= shape[axis]!;
  return size;
};

/** `[2, 3]`, as errors and summaries print it. */
export const formatShape = (shape: Shape): string => `[${shape.join(", ")}]`;

/** `[*, 64]`: any number of rows of a shape. */
export const formatRows = (row: Shape): string => `[${["*", ...row].join(", ")}]`;

export const sameShape = (a: Shape, b: Shape): boolean => {
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
};

/** The distance, in elements, between neighbours along each axis of a row-major tensor. */
export const stridesOf = (shape: Shape): number[] => {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
};

/** The sizes [outer, length, inner] of a tensor: before, in and after the `count` axes that begin at `axis`. */
export const outerLengthInner = (
  shape: Shape,
  axis: number,
  count: number = 1,
): { readonly outer: number; readonly length: number; readonly inner: number } => ({
  outer: sizeBetween(shape, 0, axis),
  length: sizeBetween(shape, axis, axis + count),
  inner: sizeBetween(shape, axis + count, shape.length),
});

/**
 * Strides that walk a tensor of `shape` as if it had the shape `target`: zero along every axis that is repeated.
 * The shapes must be broadcastable.
 */
export const broadcastStrides = (shape: Shape, target: Shape): number[] => {
  const own = stridesOf(shape);
  const offset = target.length - shape.length;
  return target.map((_, axis) => (axis < offset || shape[axis - offset] === 1 ? 0 : own[axis - offset]!));
};

/**
 * NumPy's broadcasting: shapes are aligned at their last axes; an axis of length 1 is repeated.
 * @throws ShapeError when two lengths differ and neither is 1.
 */
export const broadcastShapes = (operation: string, a: Shape, b: Shape): Shape => {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const result = new Array<number>(rank);
  for (let axis = 0; axis < rank; axis++) {
    const lengthA = a[axis - rank + a.length] ?? 1;
    const lengthB = b[axis - rank + b.length] ?? 1;
    if (lengthA !== lengthB && lengthA !== 1 && lengthB !== 1) {
      throw new ShapeError(
        `${operation}: shapes must broadcast (equal lengths, or 1, from the last axis), ` +
          `got a=${formatShape(a)}, b=${formatShape(b)} (${lengthA} against ${lengthB}). Reshape one of them.`,
      );
    }
    result[axis] = lengthA === 1 ? lengthB : lengthA;
  }
  return result;
};

/**
 * One axis as a number from 0 to rank - 1; negative numbers count from the end.
 * @throws ShapeError when there is no such axis.
 */
export const normalizeAxis = (operation: string, axis: number, shape: Shape): number => {
  const rank = shape.length;
  if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  throw new ShapeError(
    `${operation}: axis must be one of ${rank} axes, 0 the first and -1 the last, got axis=${showValue(axis)} for shape ${formatShape(shape)}.`,
  );
};

/** A set of axes, ascending; all of them when none is named. */
export const normalizeAxes = (
  operation: string,
  axis: number | readonly number[] | undefined,
  shape: Shape,
): number[] => {
  if (axis === undefined) return shape.map((_, index) => index);
  const named = [axis].flat();
  const axes = named.map((number) => normalizeAxis(operation, number, shape));
  if (new Set(axes).size !== axes.length) {
    throw new ShapeError(
      `${operation}: each axis may be named once, got axis=${showValue(named)} for shape ${formatShape(shape)}.`,
    );
  }
  return axes.sort((a, b) => a - b);
};

/**
 * Checks a shape that a user passed.
 * @returns A copy, so that the array of the user is not the one of a tensor.
 * @throws ShapeError for a rank above 6 or a length that is not a whole number from 0.
 */
export const checkShape = (operation: string, shape: Shape): number[] => {
  if (
    !Array.isArray(shape) ||
    shape.length > maxRank ||
    !shape.every((length) => Number.isInteger(length) && length >= 0)
  ) {
    throw new ShapeError(`${operation}: a shape is at most ${maxRank} whole numbers from 0, got ${showValue(shape)}.`);
  }
  if (!Number.isSafeInteger(sizeOf(shape))) {
    throw new ValueError(`${operation}: too many elements, got shape ${formatShape(shape)}.`);
  }
  return shape.slice();
};

/** Whether one shape is [n, 1] and the other [n]: the same numbers in a column and in a row. */
export const isColumnOf = (column: Shape, row: Shape): boolean =>
  column.length === 2 && column[1] === 1 && row.length === 1 && row[0] === column[0];
