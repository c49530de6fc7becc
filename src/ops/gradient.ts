import type { TensorType } from "../tensor/dtype.ts";
import { ShapeError } from "../tensor/errors.ts";
import type { Primitive, SimdBinding } from "../tensor/primitive.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import { sameFloat } from "./operands.ts";

/** The fused derivative of an elementwise operation: dx = f(dy, x, attributes, y). */
export interface GradientDefinition<Attributes> {
  readonly name: string;
  readonly apply: (dy: number, x: number, attributes: Attributes, y: number) => number;
  readonly simd: SimdBinding<Attributes>;
  readonly vjp: NonNullable<Primitive<Attributes>["vjp"]>;
}

/** All inputs of a flat kernel have one shape. */
export const requireSameShape = (name: string, inputs: readonly TensorType[]): void => {
  if (inputs.some(({ shape }) => !sameShape(shape, inputs[0].shape))) {
    throw new ShapeError(
      `${name}: operands must have one shape, got ${inputs.map(({ shape }) => formatShape(shape)).join(", ")}. Broadcast them first.`,
    );
  }
};

/** A primitive that takes dy, x and, where the formula needs it, y, all of one shape. */
export const gradientPrimitive = <Attributes>({
  name,
  apply,
  simd,
  vjp,
}: GradientDefinition<Attributes>): Primitive<Attributes> => ({
  name,
  infer: (inputs) => {
    requireSameShape(name, inputs);
    return [{ shape: inputs[0].shape, dtype: sameFloat(name, inputs) }];
  },
  reference: ({ inputs: [dy, x, y], outputs: [dx], attributes }) => {
    for (let index = 0; index < dx.length; index++) dx[index] = apply(dy[index], x[index], attributes, y?.[index] ?? 0);
  },
  simd,
  vjp,
});
