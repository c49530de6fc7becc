import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { longUnaryKernel } from "../../wasm/elementwise/elementwiseKernel.ts";
import { cos as vectorCos, sin as vectorSin } from "../../wasm/math/vectorTrigonometry.ts";
import { unaryBinding, unaryPrimitive } from "../support/elementwise.ts";
import { floatOperand, type Operand } from "../support/operands.ts";
import { mul, neg } from "./arithmetic.ts";

/** y = sin x, dy/dx = cos x. */
export const sinPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "sin",
  apply: Math.sin,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ longUnaryKernel("sin", vectorSin)),
  vjp: ({ inputs: [x], dy }) => [() => mul(dy, cos(x))],
});

/**
 * The sine of x in radians; NaN for ±Infinity.
 * @throws DTypeError when x is not a float.
 * @example
 * sin(tensor([0, Math.PI / 6])).toArray(); // [0, 0.5]
 */
export const sin = (x: Operand): Tensor => bindOne(sinPrimitive, [floatOperand("sin", x)], undefined);

/** y = cos x, dy/dx = −sin x. */
export const cosPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "cos",
  apply: Math.cos,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ longUnaryKernel("cos", vectorCos)),
  vjp: ({ inputs: [x], dy }) => [() => neg(mul(dy, sin(x)))],
});

/**
 * The cosine of x in radians; NaN for ±Infinity.
 * @throws DTypeError when x is not a float.
 * @example
 * cos(tensor([0, 1])).toArray(); // [1, 0.5403023]
 */
export const cos = (x: Operand): Tensor => bindOne(cosPrimitive, [floatOperand("cos", x)], undefined);
