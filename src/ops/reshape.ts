import { bindOne } from "../tensor/bind.ts";
import { bytesOf } from "../tensor/dtype.ts";
import { ShapeError } from "../tensor/errors.ts";
import { heap } from "../tensor/heap.ts";
import type { Primitive } from "../tensor/primitive.ts";
import { checkShape, formatShape, type Shape, sameShape, sizeOf } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { strided } from "../wasm/strided.ts";
import { withShape } from "./operands.ts";
import { sumTo } from "./reduce.ts";
import { broadcastWalk, copyWalk, copyWalkSimd, rowMajor } from "./strided.ts";

/** The same elements in the same order under another shape; nothing is copied. */
export const reshapePrimitive: Primitive<{ readonly shape: Shape }> = {
  name: "reshape",
  infer: ([x], { shape }) => {
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      throw new ShapeError(
        `reshape: the number of elements must stay, got x=${formatShape(x.shape)} (${sizeOf(x.shape)}) and shape ` +
          `${formatShape(shape)} (${sizeOf(shape)}). Choose lengths with that product, or one -1.`,
      );
    }
    return [withShape(x, shape)];
  },
  alias: true,
  vjp: ({ inputs: [x], dy }) => [() => reshape(dy, x.shape)],
};

/**
 * The same elements under another shape, row-major; one length may be -1, it is what remains.
 * @throws ShapeError when the number of elements would change, or several lengths are negative.
 * @example
 * reshape(tensor([1, 2, 3, 4]), [2, -1]).shape; // [2, 2]
 */
export const reshape = (x: Tensor, shape: Shape): Tensor => {
  const open = shape.indexOf(-1);
  if (open < 0)
    return sameShape(x.shape, shape) ? x : bindOne(reshapePrimitive, [x], { shape: checkShape("reshape", shape) });
  const others = shape.includes(-1, open + 1) ? -1 : sizeOf(shape.filter((_, axis) => axis !== open));
  const rest = others === 0 ? 0 : sizeOf(x.shape) / others;
  // What has another negative length is refused as it was given.
  const full = shape.map((length, axis) => (axis === open && others >= 0 ? Math.floor(rest) : length));
  return bindOne(reshapePrimitive, [x], { shape: checkShape("reshape", full) });
};

/** y = x repeated along new axes and axes of length 1. */
export const broadcastToPrimitive: Primitive<{ readonly shape: Shape }> = {
  name: "broadcastTo",
  infer: ([x], { shape }) => {
    const offset = shape.length - x.shape.length;
    if (offset < 0 || x.shape.some((length, axis) => length !== 1 && length !== shape[axis + offset])) {
      throw new ShapeError(
        `broadcastTo: x must have lengths of the shape, or 1, from the last axis, got x=${formatShape(x.shape)} and shape ` +
          `${formatShape(shape)}. Reshape x first.`,
      );
    }
    return [withShape(x, shape)];
  },
  reference: ({ inputs: [x], outputs: [y], inputTypes, attributes: { shape } }) =>
    copyWalk(x, broadcastWalk(inputTypes[0].shape, shape), y, rowMajor(shape), shape),
  simd: {
    kernel: "strided",
    run: (call) => {
      const { shape } = call.attributes;
      const [x] = call.inputTypes;
      // One number, such as the gradient of a sum, has no way to walk.
      if (sizeOf(x.shape) === 1 && bytesOf(x.dtype) === 4) {
        call.link(strided).fill(call.outputs[0], heap().i32[call.inputs[0] / 4], sizeOf(shape));
        return;
      }
      copyWalkSimd(call, 0, broadcastWalk(x.shape, shape), rowMajor(shape), shape);
    },
  },
  vjp: ({ inputs: [x], dy }) => [() => sumTo(dy, x.shape)],
};

/**
 * x repeated to a shape, by NumPy's rule.
 * @throws ShapeError when a length of x is neither 1 nor that of the shape.
 * @example
 * broadcastTo(tensor([1, 2]), [3, 2]).toArray(); // [[1, 2], [1, 2], [1, 2]]
 */
export const broadcastTo = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : bindOne(broadcastToPrimitive, [x], { shape: checkShape("broadcastTo", shape) });
