import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import * as f32x4 from "../../wasm/assembler/instructions/f32x4.ts";
import * as v128 from "../../wasm/assembler/instructions/v128.ts";
import { unaryKernel } from "../../wasm/elementwise/elementwiseKernel.ts";
import { unaryBinding, unaryPrimitive } from "../support/elementwise.ts";
import { floatOperand, type Operand } from "../support/operands.ts";

/** Functions that are constant between jumps. Their derivative is 0, so gradients do not pass. */

/** y = −1, 0 or 1; 0 for −0 too, NaN for NaN. */
export const signPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "sign",
  apply: (x) => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : Number.NaN),
  simd: /* @__PURE__ */ unaryBinding(
    /* @__PURE__ */ unaryKernel("sign", (_, x) => {
      const positive = v128.and(f32x4.gt(x, 0), f32x4.const(1));
      const negative = v128.and(f32x4.lt(x, 0), f32x4.const(-1));
      // All bits set are a NaN.
      return v128.or(v128.or(positive, negative), f32x4.ne(x, x));
    }),
  ),
});

/**
 * −1, 0 or 1: the sign of x; NaN for NaN. The derivative is 0.
 * @throws DTypeError when x is not a float.
 * @example
 * sign(tensor([-2, 0, 3])).toArray(); // [-1, 0, 1]
 */
export const sign = (x: Operand): Tensor => bindOne(signPrimitive, [floatOperand("sign", x)], undefined);

/** y = the largest whole number ≤ x. */
export const floorPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "floor",
  apply: Math.floor,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("floor", (_, x) => f32x4.floor(x))),
});

/**
 * The largest whole number ≤ x, as a float. The derivative is 0.
 * @throws DTypeError when x is not a float.
 * @example
 * floor(tensor([1.5, -1.5])).toArray(); // [1, -2]
 */
export const floor = (x: Operand): Tensor => bindOne(floorPrimitive, [floatOperand("floor", x)], undefined);

/** y = the smallest whole number ≥ x. */
export const ceilPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "ceil",
  apply: Math.ceil,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("ceil", (_, x) => f32x4.ceil(x))),
});

/**
 * The smallest whole number ≥ x, as a float. The derivative is 0.
 * @throws DTypeError when x is not a float.
 * @example
 * ceil(tensor([1.5, -1.5])).toArray(); // [2, -1]
 */
export const ceil = (x: Operand): Tensor => bindOne(ceilPrimitive, [floatOperand("ceil", x)], undefined);

/** The nearest whole number, the even one of two. `Math.round` takes the larger one of two. */
const roundHalfToEven = (x: number): number => {
  const below = Math.floor(x);
  const distance = x - below;
  // NaN or infinite.
  if (Number.isNaN(distance)) return x;
  const isUp = distance === 0.5 ? below % 2 !== 0 : distance > 0.5;
  const rounded = isUp ? below + 1 : below;
  return rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded;
};

/** y = the nearest whole number, the even one of two. */
export const roundPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "round",
  apply: roundHalfToEven,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("round", (_, x) => f32x4.nearest(x))),
});

/**
 * The nearest whole number, as a float; halves go to the even one, as in NumPy (`Math.round` takes the larger one). The
 * derivative is 0.
 * @throws DTypeError when x is not a float.
 * @example
 * round(tensor([0.5, 1.5, 2.5, -1.2])).toArray(); // [0, 2, 2, -1]
 */
export const round = (x: Operand): Tensor => bindOne(roundPrimitive, [floatOperand("round", x)], undefined);
