import { pow as doublePow } from "../../base/math.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import * as f32x4 from "../../wasm/assembler/instructions/f32x4.ts";
import { longBinaryKernel } from "../../wasm/elementwise/binary.ts";
import { longUnaryKernel, unaryKernel } from "../../wasm/elementwise/elementwiseKernel.ts";
import {
  exp as vectorExp,
  expm1 as vectorExpm1,
  log as vectorLog,
  log1p as vectorLog1p,
} from "../../wasm/math/vectorMath.ts";
import { pow as vectorPow } from "../../wasm/math/vectorPow.ts";
import { binaryPrimitive, unaryBinding, unaryPrimitive } from "../support/elementwise.ts";
import { floatOperand, floatOperands, type Operand } from "../support/operands.ts";
import { add, div, mul, sub } from "./arithmetic.ts";
import { equal, greater, where } from "./compare.ts";

/**
 * y = aᵇ. The derivative to a is 0 where b = 0, also at a = 0. The derivative to b is 0 where a = 0 and b > 0 (its limit).
 */
export const powPrimitive: Primitive = /* @__PURE__ */ binaryPrimitive({
  name: "pow",
  apply: doublePow,
  kernel: /* @__PURE__ */ longBinaryKernel("pow", vectorPow),
  vjp: ({ inputs: [a, b], outputs: [y], dy }) => [
    () => {
      // At b = 0 the factor b·pow(a, b − 1) would be 0·∞ where a is 0, or so small that 1/a overflows. Any other base makes it 0.
      const isConstant = equal(where(equal(square(a), 0), b, 1), 0);
      return mul(dy, mul(b, pow(where(isConstant, 1, a), sub(b, 1))));
    },
    () => {
      // Where a ≤ 0 the logarithm is not wanted: keep it finite, and multiply by zero.
      const positive = greater(a, 0);
      return where(positive, mul(dy, mul(y, log(where(positive, a, 1)))), 0);
    },
  ],
});

/**
 * aᵇ, with broadcasting; NaN for a negative a and a broken b.
 * @throws ShapeError, DTypeError.
 * @example
 * pow(tensor([2, -2]), 3).toArray(); // [8, -8]
 */
export const pow = (a: Operand, b: Operand): Tensor => bindOne(powPrimitive, floatOperands("pow", a, b), undefined);

/** y = x². */
export const squarePrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "square",
  apply: (x) => x * x,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("square", (_, x) => f32x4.mul(x, x))),
  vjp: ({ inputs: [x], dy }) => [() => mul(dy, mul(x, 2))],
});

/**
 * x².
 * @throws DTypeError when x is not a float.
 * @example
 * square(tensor([1, -2])).toArray(); // [1, 4]
 */
export const square = (x: Operand): Tensor => bindOne(squarePrimitive, [floatOperand("square", x)], undefined);

/** y = √x. */
export const sqrtPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "sqrt",
  apply: Math.sqrt,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("sqrt", (_, x) => f32x4.sqrt(x))),
  vjp: ({ outputs: [y], dy }) => [() => div(mul(dy, 0.5), y)],
});

/**
 * √x; NaN below 0.
 * @throws DTypeError when x is not a float.
 * @example
 * sqrt(tensor([4, -1])).toArray(); // [2, NaN]
 */
export const sqrt = (x: Operand): Tensor => bindOne(sqrtPrimitive, [floatOperand("sqrt", x)], undefined);

/** y = eˣ. */
export const expPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "exp",
  apply: Math.exp,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ longUnaryKernel("exp", vectorExp)),
  vjp: ({ outputs: [y], dy }) => [() => mul(dy, y)],
});

/**
 * eˣ.
 * @throws DTypeError when x is not a float.
 * @example
 * exp(tensor([0, 1])).toArray(); // [1, 2.7182817]
 */
export const exp = (x: Operand): Tensor => bindOne(expPrimitive, [floatOperand("exp", x)], undefined);

/** y = ln x. */
export const logPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "log",
  apply: Math.log,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ longUnaryKernel("log", vectorLog)),
  vjp: ({ inputs: [x], dy }) => [() => div(dy, x)],
});

/**
 * The natural logarithm; −Infinity at 0, NaN below.
 * @throws DTypeError when x is not a float.
 * @example
 * log(tensor([1, 2])).toArray(); // [0, 0.6931472]
 */
export const log = (x: Operand): Tensor => bindOne(logPrimitive, [floatOperand("log", x)], undefined);

/** y = eˣ − 1. */
export const expm1Primitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "expm1",
  apply: Math.expm1,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ longUnaryKernel("expm1", vectorExpm1)),
  // Not y + 1, which loses the digits of eˣ where x is far below 0.
  vjp: ({ inputs: [x], dy }) => [() => mul(dy, exp(x))],
});

/**
 * eˣ − 1, with all digits where x is close to 0.
 * @throws DTypeError when x is not a float.
 * @example
 * expm1(tensor([1e-10, 1])).toArray(); // [1e-10, 1.7182818]
 */
export const expm1 = (x: Operand): Tensor => bindOne(expm1Primitive, [floatOperand("expm1", x)], undefined);

/** y = ln(1 + x). */
export const log1pPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "log1p",
  apply: Math.log1p,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ longUnaryKernel("log1p", vectorLog1p)),
  vjp: ({ inputs: [x], dy }) => [() => div(dy, add(x, 1))],
});

/**
 * ln(1 + x), with all digits where x is close to 0; −Infinity at −1, NaN below.
 * @throws DTypeError when x is not a float.
 * @example
 * log1p(tensor([1e-10, 1])).toArray(); // [1e-10, 0.6931472]
 */
export const log1p = (x: Operand): Tensor => bindOne(log1pPrimitive, [floatOperand("log1p", x)], undefined);
