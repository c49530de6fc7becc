import { ShapeError } from "../../base/errors.ts";
import type { OperandType } from "../../tensor/dtype.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive, SimdBinding } from "../../tensor/interpret/primitive.ts";
import { formatShape, sameShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Kernel } from "../../wasm/assembler/kernel.ts";
import { flatBinding, unaryBinding, unaryPrimitive } from "../support/elementwise.ts";
import { sameFloat } from "../support/operands.ts";
import { mul } from "./arithmetic.ts";

/** The fused derivative of an elementwise operation: dx = f(dy, x, attributes, y). */
export interface GradientDefinition<Attributes> {
  readonly name: string;
  readonly apply: (dy: number, x: number, attributes: Attributes, y: number) => number;
  readonly simd: SimdBinding<Attributes>;
  readonly vjp: NonNullable<Primitive<Attributes>["vjp"]>;
}

/** All inputs of a flat kernel have one shape. */
const requireSameShape = (name: string, inputs: readonly OperandType[]): void => {
  if (inputs.some(({ axes: shape }) => !sameShape(shape, inputs[0].axes))) {
    throw new ShapeError(
      `${name}: operands must have one shape, got ${inputs.map(({ axes: shape }) => formatShape(shape)).join(", ")}. Broadcast them first.`,
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
    return [{ shape: inputs[0].axes, dtype: sameFloat(name, inputs) }];
  },
  reference: ({ inputs: [dy, x, y], outputs: [dx], attributes }) => {
    for (let index = 0; index < dx.length; index++) dx[index] = apply(dy[index], x[index], attributes, y?.[index] ?? 0);
  },
  simd,
  vjp,
});

/** A smooth function of single numbers, whose derivative is a fused kernel. */
export interface SmoothDefinition {
  readonly name: string;
  /** y for one number, in double. */
  readonly apply: (x: number) => number;
  readonly kernel: Kernel<"run">;
  /** Whether the derivative is computed from the input x, or from the output y where that is cheaper. */
  readonly from: "x" | "y";
  /** dy/dx of one number, in double. */
  readonly derivative: (value: number) => number;
  /** `run(dy, x or y, dx, count)`. */
  readonly gradientKernel: Kernel<"run">;
  /** The derivative of `derivative` with respect to its argument, in public operations. */
  readonly secondDerivative: (value: Tensor) => Tensor;
}

/** dx = dy·derivative(x or y). */
export const smoothGradient = ({ name, derivative, gradientKernel, secondDerivative }: SmoothDefinition): Primitive => {
  const gradient: Primitive = gradientPrimitive<void>({
    name: `${name}Gradient`,
    apply: (dy, value) => dy * derivative(value),
    simd: flatBinding(gradientKernel),
    vjp: ({ inputs: [dx, value], dy }) => [
      () => bindOne(gradient, [dy, value], undefined),
      () => mul(mul(dy, dx), secondDerivative(value)),
    ],
  });
  return gradient;
};

/** y = f(x), with its fused derivative. */
export const smoothPrimitive = ({ name, apply, kernel, from }: SmoothDefinition, gradient: Primitive): Primitive =>
  unaryPrimitive({
    name,
    apply,
    simd: unaryBinding(kernel),
    vjp: ({ inputs: [x], outputs: [y], dy }) => [() => bindOne(gradient, [dy, from === "x" ? x : y], undefined)],
  });
