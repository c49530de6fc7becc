import { ShapeError } from "../../base/errors.ts";
import { broadcastShapes, broadcastStrides, formatShape, type Shape, sizeOf, stridesOf } from "../../tensor/shape.ts";
import { type Budget, HostArray, type HostType } from "./hostArray.ts";

/** A number as a dtype holds it. */
const rounded: Readonly<Record<HostType, (value: number) => number>> = {
  int32: Math.trunc,
  float32: Math.fround,
  bool: (value) => Number(value !== 0),
};

/** Applies a function to the elements of arrays, with broadcasting. */
export const hostElementwise = (
  operation: string,
  inputs: readonly HostArray[],
  dtype: HostType,
  budget: Budget,
  apply: (...elements: number[]) => number,
): HostArray => {
  const shape = inputs.reduce<Shape>((joined, input) => broadcastShapes(operation, joined, input.shape), []);
  const data = budget.array(shape);
  const round = rounded[dtype];
  const walks = inputs.map((input) => broadcastStrides(input.shape, shape));
  walkAll(shape, walks, (index, offsets) => {
    data[index] = round(apply(...inputs.map((input, at) => input.data[offsets[at]])));
  });
  return new HostArray(shape, dtype, data);
};

/** Visits the elements of a shape in order, with the offsets of walks that begin at `starts`. */
const walkAll = (
  shape: Shape,
  walks: readonly (readonly number[])[],
  visit: (index: number, offsets: readonly number[]) => void,
  starts: readonly number[] = walks.map(() => 0),
): void => {
  const size = sizeOf(shape);
  const position = shape.map(() => 0);
  const offsets = [...starts];
  for (let index = 0; index < size; index++) {
    visit(index, offsets);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position[axis]++;
      for (let walk = 0; walk < walks.length; walk++) offsets[walk] += walks[walk][axis];
      if (position[axis] < shape[axis]) break;
      for (let walk = 0; walk < walks.length; walk++) offsets[walk] -= walks[walk][axis] * shape[axis];
      position[axis] = 0;
    }
  }
};

/** The elements of an array at a start and along strides: transposed, sliced, repeated. */
export const hostWalk = (
  input: HostArray,
  shape: Shape,
  strides: readonly number[],
  budget: Budget,
  start: number = 0,
): HostArray => {
  const data = budget.array(shape);
  walkAll(
    shape,
    [strides],
    (index, [offset]) => {
      data[index] = input.data[offset];
    },
    [start],
  );
  return new HostArray(shape, input.dtype, data);
};

/** The same elements in another shape. */
export const hostReshape = (input: HostArray, shape: Shape): HostArray => {
  if (sizeOf(shape) !== input.size) {
    throw new ShapeError(
      `reshape: the number of elements must stay the same, got ${formatShape(input.shape)} and ${formatShape(shape)}. Check the shape.`,
    );
  }
  return new HostArray(shape, input.dtype, input.data);
};

/** The rows of an array at indices along an axis; the shape of the indices takes the place of the axis. */
export const hostGather = (input: HostArray, indices: HostArray, axis: number, budget: Budget): HostArray => {
  const before = input.shape.slice(0, axis);
  const after = input.shape.slice(axis + 1);
  const [length, inner] = [input.shape[axis], sizeOf(after)];
  const shape = [...before, ...indices.shape, ...after];
  const data = budget.array(shape);
  let next = 0;
  for (let outer = 0; outer < sizeOf(before); outer++) {
    for (const index of indices.data) {
      const row = index < 0 ? index + length : index;
      if (!(row >= 0 && row < length)) {
        throw new ShapeError(
          `gather: an index must be below the length ${length} of the axis, got ${index}. Check the file.`,
        );
      }
      const start = (outer * length + row) * inner;
      data.set(input.data.subarray(start, start + inner), next);
      next += inner;
    }
  }
  return new HostArray(shape, input.dtype, data);
};

/** Arrays one after another along an axis. */
export const hostConcat = (inputs: readonly HostArray[], axis: number, budget: Budget): HostArray => {
  const [first] = inputs;
  for (const { shape } of inputs) {
    if (shape.length !== first.shape.length || shape.some((length, at) => at !== axis && length !== first.shape[at])) {
      throw new ShapeError(
        `concat: shapes must differ at most in the axis, got ${inputs.map((input) => formatShape(input.shape)).join(", ")}. Check the file.`,
      );
    }
  }
  const length = inputs.reduce((sum, input) => sum + input.shape[axis], 0);
  const shape = first.shape.map((own, at) => (at === axis ? length : own));
  const data = budget.array(shape);
  const inner = stridesOf(shape)[axis];
  const outer = sizeOf(shape.slice(0, axis));
  let start = 0;
  for (const input of inputs) {
    const part = input.shape[axis] * inner;
    for (let row = 0; row < outer; row++) {
      data.set(input.data.subarray(row * part, (row + 1) * part), row * length * inner + start);
    }
    start += part;
  }
  return new HostArray(shape, first.dtype, data);
};

/** Folds the elements along axes, which keep the length 1. */
export const hostReduce = (
  input: HostArray,
  axes: readonly number[],
  budget: Budget,
  combine: (sum: number, value: number) => number,
  start: number,
): HostArray => {
  const shape = input.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const data = budget.array(shape).fill(start);
  const strides = broadcastStrides(shape, input.shape);
  walkAll(input.shape, [strides], (index, [offset]) => {
    data[offset] = combine(data[offset], input.data[index]);
  });
  return new HostArray(shape, input.dtype, data);
};
