import { ShapeError } from "../../base/errors.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { checkShape, formatShape, type Shape, sameShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../support/checkTensor.ts";
import { withShape } from "../support/operands.ts";

/** The same elements in the same order under another shape; nothing is copied. */
export const reshapePrimitive: Primitive<{ readonly shape: Shape }> = {
  name: "reshape",
  infer: ([x], { shape }) => {
    if (sizeOf(shape) !== sizeOf(x.axes)) {
      throw new ShapeError(
        `reshape: the number of elements must stay, got x=${formatShape(x.axes)} (${sizeOf(x.axes)}) and shape ` +
          `${formatShape(shape)} (${sizeOf(shape)}). Choose lengths with that product, or one -1.`,
      );
    }
    return [withShape(x, shape)];
  },
  alias: true,
  vjp: ({ inputs: [x], dy }) => [() => reshape(dy, x.axes)],
};

/**
 * The same elements under another shape, row-major; one length may be -1: it is computed.
 * @throws ShapeError when the number of elements would change, or several lengths are negative.
 * @example
 * reshape(tensor([1, 2, 3, 4]), [2, -1]).shape; // [2, 2]
 */
export const reshape = (x: Tensor, shape: Shape): Tensor => {
  checkTensor("reshape", x);
  const unknown = Array.isArray(shape) ? shape.indexOf(-1) : -2;
  if (unknown < 0)
    return unknown === -1 && sameShape(x.axes, shape)
      ? x
      : bindOne(reshapePrimitive, [x], { shape: checkShape("reshape", shape) });
  const others = shape.includes(-1, unknown + 1) ? -1 : sizeOf(shape.filter((_, axis) => axis !== unknown));
  const rest = others === 0 ? 0 : sizeOf(x.axes) / others;
  // With two negative lengths, the error shows the shape that was passed.
  const full = shape.map((length, axis) => (axis === unknown && others >= 0 ? Math.floor(rest) : length));
  return bindOne(reshapePrimitive, [x], { shape: checkShape("reshape", full) });
};
