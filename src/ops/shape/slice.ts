import { ShapeError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { formatShape, type Shape, stridesOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../support/checkTensor.ts";
import { withShape } from "../support/operands.ts";
import { copyWalk, copyWalkSimd, fillOutput, rowMajor, type Walk } from "../support/strided.ts";

/** A box inside a tensor: where it begins, its lengths, and the steps along the axes. */
export interface Box {
  readonly begin: readonly number[];
  readonly size: readonly number[];
  readonly strides: readonly number[];
}

const isInside = (length: number, begin: number, size: number, stride: number): boolean => {
  if (![begin, size, stride].every(Number.isInteger) || size < 0 || stride === 0) return false;
  const last = begin + Math.max(size - 1, 0) * stride;
  return Math.min(begin, last) >= 0 && Math.max(begin, last) < length + Number(size === 0);
};

const checkBox = (operation: string, shape: Shape, { begin, size, strides }: Box): void => {
  const isBox = [begin, size, strides].every(({ length }) => length === shape.length);
  if (!isBox || shape.some((length, axis) => !isInside(length, begin[axis], size[axis], strides[axis]))) {
    const steps = strides.some((stride) => stride !== 1) ? `, strides=${formatShape(strides)}` : "";
    throw new ShapeError(
      `${operation}: the box must lie inside the tensor, got begin=${formatShape(begin)}, size=${formatShape(size)}${steps} ` +
        `for shape ${formatShape(shape)}. Give a begin and a size for every axis.`,
    );
  }
};

/** The walk over a box of a tensor. */
const walkOf = (shape: Shape, { begin, strides }: Omit<Box, "size">): Walk => {
  const steps = stridesOf(shape);
  return {
    start: steps.reduce((start, step, axis) => start + step * begin[axis], 0),
    strides: steps.map((step, axis) => step * strides[axis]),
  };
};

/** y = the box of x. */
export const slicePrimitive: Primitive<Box> = {
  name: "slice",
  infer: ([x], box) => {
    checkBox("slice", x.shape, box);
    return [withShape(x, box.size)];
  },
  reference: ({ inputs: [x], outputs: [y], inputTypes, attributes }) =>
    copyWalk(x, walkOf(inputTypes[0].shape, attributes), y, rowMajor(attributes.size), attributes.size),
  simd: {
    kernel: "strided",
    run: (call) => {
      const { size } = call.attributes;
      copyWalkSimd(call, 0, walkOf(call.inputTypes[0].shape, call.attributes), rowMajor(size), size);
    },
  },
  vjp: ({ inputs: [x], attributes: { begin, size, strides }, dy }) => [
    () => {
      // `pad` steps forwards: an axis that is walked backwards is turned round first.
      const isBackwards = strides.map((stride) => stride < 0);
      const turned = isBackwards.includes(true)
        ? slice(
            dy,
            [],
            [],
            isBackwards.map((flag) => (flag ? -1 : 1)),
          )
        : dy;
      const first = begin.map((from, axis) =>
        isBackwards[axis] ? from + Math.max(size[axis] - 1, 0) * strides[axis] : from,
      );
      return bindOne(padPrimitive, [turned], { begin: first, strides: strides.map(Math.abs), shape: x.shape });
    },
  ],
};

/** A list of whole numbers, not more than there are axes. */
const checkList = (name: string, list: readonly number[], shape: Shape): void => {
  if (Array.isArray(list) && list.length <= shape.length && list.every(Number.isInteger)) return;
  throw new ShapeError(
    `slice: ${name} must be an array of whole numbers, at most one per axis, got ${showValue(list)} for shape ` +
      `${formatShape(shape)}. Pass slice(x, [0, 1], [2, 2]), for example.`,
  );
};

/**
 * A box of a tensor.
 * @param begin The first index along each axis; negative ones count from the end. Missing: 0, or the last index where the
 * stride is negative.
 * @param size The lengths of the box; -1 or a missing one means as many as there are.
 * @param strides The step along each axis, 1 where it is missing; a negative one walks backwards.
 * @throws ShapeError when the box does not lie inside the tensor, or a list is longer than the shape.
 * @example
 * slice(tensor([[1, 2, 3], [4, 5, 6]]), [0, 1], [2, 2]).toArray(); // [[2, 3], [5, 6]]
 * slice(tensor([1, 2, 3, 4, 5]), [1], [], [2]).toArray(); // [2, 4]
 * slice(tensor([1, 2, 3]), [], [], [-1]).toArray(); // [3, 2, 1]
 */
export const slice = (
  x: Tensor,
  begin: readonly number[],
  size: readonly number[] = [],
  strides: readonly number[] = [],
): Tensor => {
  const { shape } = checkTensor("slice", x);
  checkList("begin", begin, shape);
  checkList("size", size, shape);
  checkList("strides", strides, shape);
  const steps = shape.map((_, axis) => strides[axis] ?? 1);
  const from = shape.map((length, axis) => {
    const first = begin[axis] ?? (steps[axis] < 0 ? Math.max(length - 1, 0) : 0);
    return first < 0 ? first + length : first;
  });
  const lengths = shape.map((length, axis) => {
    if (size[axis] !== undefined && size[axis] !== -1) return size[axis];
    const count = steps[axis] < 0 ? Math.min(from[axis] + 1, length) : length - from[axis];
    return Math.ceil(count / Math.abs(steps[axis]));
  });
  return bindOne(slicePrimitive, [x], { begin: from, size: lengths, strides: steps });
};

/** A box that fills a tensor of `shape` partly: `value`, or 0, is around it. */
export interface PadAttributes extends Omit<Box, "size"> {
  readonly shape: Shape;
  readonly value?: number;
}

/** y = a constant of `shape` with x as the box that begins at `begin`. With zeros, it is the derivative of slice. */
export const padPrimitive: Primitive<PadAttributes> = {
  name: "pad",
  infer: ([x], { begin, strides, shape }) => {
    checkBox("pad", shape, { begin, strides, size: x.shape });
    return [withShape(x, shape)];
  },
  reference: ({ inputs: [x], outputs: [y], inputTypes, attributes }) => {
    y.fill(attributes.value ?? 0);
    const box = inputTypes[0].shape;
    copyWalk(x, rowMajor(box), y, walkOf(attributes.shape, attributes), box);
  },
  simd: {
    kernel: "strided",
    run: (call) => {
      const box = call.inputTypes[0].shape;
      fillOutput(call, call.attributes.value);
      copyWalkSimd(call, 0, rowMajor(box), walkOf(call.attributes.shape, call.attributes), box);
    },
  },
  vjp: ({ inputs: [x], attributes: { begin, strides }, dy }) => [() => slice(dy, begin, x.shape, strides)],
};
