import { ShapeError } from "../../base/errors.ts";
import { noOptions } from "../../base/showValue.ts";
import { bytesOf } from "../../tensor/dtype.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { checkShape, formatShape, type Shape, sameShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { strided } from "../../wasm/movement/stridedKernel.ts";
import { reduce as reduceKernel } from "../../wasm/rows/reduceKernel.ts";
import { checkTensor } from "../support/checkTensor.ts";
import { type Operand, withShape } from "../support/operands.ts";
import { broadcastWalk, copyWalk, copyWalkSimd, rowMajor } from "../support/strided.ts";
import { keptRun, type ReduceAttributes, type ReduceOptions, reduceAxes, reducePrimitive } from "./reduction.ts";
import { reshape } from "./reshape.ts";

/** y = x repeated along new axes and axes of length 1. */
export const broadcastToPrimitive: Primitive<{ readonly shape: Shape }> = {
  name: "broadcastTo",
  infer: ([x], { shape }) => {
    const offset = shape.length - x.axes.length;
    if (offset < 0 || x.axes.some((length, axis) => length !== 1 && length !== shape[axis + offset])) {
      throw new ShapeError(
        `broadcastTo: x must have lengths of the shape, or 1, from the last axis, got x=${formatShape(x.axes)} and shape ` +
          `${formatShape(shape)}. Reshape x first.`,
      );
    }
    return [withShape(x, shape)];
  },
  reference: ({ inputs: [x], outputs: [y], inputTypes, attributes: { shape } }) =>
    copyWalk(x, broadcastWalk(inputTypes[0].axes, shape), y, rowMajor(shape), shape),
  simd: {
    kernel: "strided",
    run: (call) => {
      const { shape } = call.attributes;
      const [x] = call.inputTypes;
      // A single number, such as the gradient of a sum.
      if (sizeOf(x.axes) === 1 && bytesOf(x.dtype) === 4) {
        call.link(strided).fill(call.outputs[0], call.inputs[0], sizeOf(shape));
        return;
      }
      copyWalkSimd(call, 0, broadcastWalk(x.axes, shape), rowMajor(shape), shape);
    },
  },
  vjp: ({ inputs: [x], dy }) => [() => sumTo(dy, x.axes)],
};

/**
 * x repeated to a shape, by NumPy's rule.
 * @throws ShapeError when a length of x is neither 1 nor that of the shape.
 * @example
 * broadcastTo(tensor([1, 2]), [3, 2]).toArray(); // [[1, 2], [1, 2], [1, 2]]
 */
export const broadcastTo = (x: Tensor, shape: Shape): Tensor => {
  checkTensor("broadcastTo", x);
  const own = checkShape("broadcastTo", shape);
  return sameShape(x.axes, own) ? x : bindOne(broadcastToPrimitive, [x], { shape: own });
};

/** y = Σ x; 0 for an empty axis. */
export const sumPrimitive: Primitive<ReduceAttributes> = /* @__PURE__ */ reducePrimitive(
  { name: "sum", combine: (result, element) => result + element, start: 0 },
  reduceKernel,
  ({ inputs: [x], attributes, dy }) => [() => spreadBack(dy, x.axes, attributes)],
);

/**
 * The sum of the elements along axes; 0 for an empty axis.
 * @throws ShapeError for an axis that does not exist; DTypeError when x is not a float; ValueError for a `keepDims` that is
 * neither true nor false.
 * @example
 * sum(tensor([[1, 2], [3, 4]]), { axis: 0 }).toArray(); // [4, 6]
 */
export const sum = (x: Operand, options: ReduceOptions = noOptions): Tensor => reduceAxes(sumPrimitive, x, options);

/** The gradient of a reduction, repeated along the reduced axes. */
export const spreadBack = (gradient: Tensor, shape: Shape, attributes: ReduceAttributes): Tensor =>
  broadcastTo(reshape(gradient, keptRun(shape, attributes)), shape);

/** Undoes a broadcast: sums over every axis that was repeated. @internal */
export const sumTo = (x: Tensor, shape: Shape): Tensor => {
  if (sameShape(x.axes, shape)) return x;
  const offset = x.axes.length - shape.length;
  const axes = x.axes.flatMap((length, axis) =>
    axis < offset || (shape[axis - offset] === 1 && length !== 1) ? [axis] : [],
  );
  return reshape(sum(x, { axis: axes }), shape);
};
