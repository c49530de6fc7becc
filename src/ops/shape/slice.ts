import { ShapeError } from "../../base/errors.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { formatShape, type Shape, stridesOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { withShape } from "../support/operands.ts";
import { copyWalk, copyWalkSimd, rowMajor, zeroOutput } from "../support/strided.ts";

/** A box inside a tensor: where it begins and its lengths. */
export interface Box {
  readonly begin: readonly number[];
  readonly size: readonly number[];
}

const checkBox = (operation: string, shape: Shape, { begin, size }: Box): void => {
  const fits =
    begin.length === shape.length &&
    size.length === shape.length &&
    shape.every(
      (length, axis) =>
        Number.isInteger(begin[axis]) &&
        Number.isInteger(size[axis]) &&
        begin[axis] >= 0 &&
        size[axis] >= 0 &&
        begin[axis] + size[axis] <= length,
    );
  if (!fits) {
    throw new ShapeError(
      `${operation}: the box must lie inside the tensor, got begin=${formatShape(begin)}, size=${formatShape(size)} for shape ` +
        `${formatShape(shape)}. Give a begin and a size for every axis.`,
    );
  }
};

const startOf = (shape: Shape, begin: readonly number[]): number =>
  stridesOf(shape).reduce((start, stride, axis) => start + stride * begin[axis], 0);

/** y = the box of x. */
export const slicePrimitive: Primitive<Box> = {
  name: "slice",
  infer: ([x], box) => {
    checkBox("slice", x.shape, box);
    return [withShape(x, box.size)];
  },
  reference: ({ inputs: [x], outputs: [y], inputTypes, attributes: { begin, size } }) => {
    const { shape } = inputTypes[0];
    copyWalk(x, { start: startOf(shape, begin), strides: stridesOf(shape) }, y, rowMajor(size), size);
  },
  simd: {
    kernel: "strided",
    run: (call) => {
      const { shape } = call.inputTypes[0];
      const { begin, size } = call.attributes;
      copyWalkSimd(call, 0, { start: startOf(shape, begin), strides: stridesOf(shape) }, rowMajor(size), size);
    },
  },
  vjp: ({ inputs: [x], attributes: { begin }, dy }) => [() => bindOne(padPrimitive, [dy], { begin, shape: x.shape })],
};

/**
 * A box of a tensor.
 * @param begin The first index along each axis; negative ones count from the end.
 * @param size The lengths of the box; -1 or a missing one means up to the end.
 * @throws ShapeError when the box does not lie inside the tensor.
 * @example
 * slice(tensor([[1, 2, 3], [4, 5, 6]]), [0, 1], [2, 2]).toArray(); // [[2, 3], [5, 6]]
 */
export const slice = (x: Tensor, begin: readonly number[], size: readonly number[] = []): Tensor => {
  const from = x.shape.map((length, axis) => ((begin[axis] ?? 0) < 0 ? begin[axis] + length : (begin[axis] ?? 0)));
  const lengths = x.shape.map((length, axis) =>
    size[axis] === undefined || size[axis] === -1 ? length - from[axis] : size[axis],
  );
  return bindOne(slicePrimitive, [x], { begin: from, size: lengths });
};

/** y = zeros of `shape` with x as the box that begins at `begin`: the derivative of slice. */
export const padPrimitive: Primitive<{ readonly begin: readonly number[]; readonly shape: Shape }> = {
  name: "pad",
  infer: ([x], { begin, shape }) => {
    checkBox("pad", shape, { begin, size: x.shape });
    return [withShape(x, shape)];
  },
  reference: ({ inputs: [x], outputs: [y], inputTypes, attributes: { begin, shape } }) => {
    y.fill(0);
    const box = inputTypes[0].shape;
    copyWalk(x, rowMajor(box), y, { start: startOf(shape, begin), strides: stridesOf(shape) }, box);
  },
  simd: {
    kernel: "strided",
    run: (call) => {
      const { begin, shape } = call.attributes;
      const box = call.inputTypes[0].shape;
      zeroOutput(call);
      copyWalkSimd(call, 0, rowMajor(box), { start: startOf(shape, begin), strides: stridesOf(shape) }, box);
    },
  },
  vjp: ({ inputs: [x], attributes: { begin }, dy }) => [() => slice(dy, begin, x.shape)],
};
