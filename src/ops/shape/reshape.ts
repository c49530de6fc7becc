import { ShapeError } from "../../base/errors.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { checkShape, formatShape, type Shape, sameShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { withShape } from "../support/operands.ts";

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
