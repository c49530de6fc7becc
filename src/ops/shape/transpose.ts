import { ShapeError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { formatShape, type Shape, stridesOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../support/checkTensor.ts";
import { withShape } from "../support/operands.ts";
import { copyWalk, copyWalkSimd, rowMajor } from "../support/strided.ts";

const wrongAxes = (axes: unknown, shape: Shape): ShapeError =>
  new ShapeError(
    `transpose: axes must name each axis of x once, got axes=${showValue(axes)} for shape ${formatShape(shape)}.`,
  );

/** y[i₀, i₁, ...] = x with axis `axes[n]` of x as axis n of y. */
export const transposePrimitive: Primitive<{ readonly axes: readonly number[] }> = {
  name: "transpose",
  infer: ([x], { axes }) => {
    if (axes.length !== x.axes.length || [...axes].sort((a, b) => a - b).some((axis, index) => axis !== index)) {
      throw wrongAxes(axes, x.axes);
    }
    return [
      withShape(
        x,
        axes.map((axis) => x.axes[axis]),
      ),
    ];
  },
  reference: ({ inputs: [x], outputs: [y], inputTypes, outputTypes, attributes: { axes } }) => {
    const strides = stridesOf(inputTypes[0].axes);
    const { shape } = outputTypes[0];
    copyWalk(x, { start: 0, strides: axes.map((axis) => strides[axis]) }, y, rowMajor(shape), shape);
  },
  simd: {
    kernel: "strided",
    run: (call) => {
      const strides = stridesOf(call.inputTypes[0].axes);
      const { shape } = call.outputTypes[0];
      copyWalkSimd(
        call,
        0,
        { start: 0, strides: call.attributes.axes.map((axis) => strides[axis]) },
        rowMajor(shape),
        shape,
      );
    },
  },
  vjp: ({ attributes: { axes }, dy }) => [
    () =>
      transpose(
        dy,
        axes.map((_, axis) => axes.indexOf(axis)),
      ),
  ],
};

/**
 * The axes in another order; without `axes`, reversed (the transposed matrix).
 * @throws ShapeError when an axis is missing or named twice.
 * @example
 * transpose(zeros([2, 3, 4]), [2, 0, 1]).shape; // [4, 2, 3]
 */
export const transpose = (x: Tensor, axes?: readonly number[]): Tensor => {
  const { rank, axes: shape } = checkTensor("transpose", x);
  if (axes !== undefined && !(Array.isArray(axes) && axes.every(Number.isInteger))) throw wrongAxes(axes, shape);
  const order = axes?.map((axis) => (axis < 0 ? axis + rank : axis)) ?? shape.map((_, axis) => rank - 1 - axis);
  return bindOne(transposePrimitive, [x], { axes: order });
};
