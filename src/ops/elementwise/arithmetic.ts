import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import * as f32x4 from "../../wasm/assembler/instructions/f32x4.ts";
import { binaryKernel } from "../../wasm/elementwise/binary.ts";
import { unaryKernel } from "../../wasm/elementwise/elementwiseKernel.ts";
import { binaryPrimitive, unaryBinding, unaryPrimitive } from "../support/elementwise.ts";
import { floatOperand, floatOperands, type Operand } from "../support/operands.ts";
import { greater, greaterEqual, lessEqual, where } from "./compare.ts";

/** y = a + b. */
export const addPrimitive: Primitive = /* @__PURE__ */ binaryPrimitive({
  name: "add",
  apply: (a, b) => a + b,
  kernel: /* @__PURE__ */ binaryKernel("add", (_, a, b) => f32x4.add(a, b)),
  vjp: ({ dy }) => [() => dy, () => dy],
});

/**
 * a + b, with broadcasting.
 * @throws ShapeError, DTypeError for operands that do not fit.
 * @example
 * add(tensor([1, 2]), 3).toArray(); // [4, 5]
 */
export const add = (a: Operand, b: Operand): Tensor => bindOne(addPrimitive, floatOperands("add", a, b), undefined);

/** y = a − b. */
export const subPrimitive: Primitive = /* @__PURE__ */ binaryPrimitive({
  name: "sub",
  apply: (a, b) => a - b,
  kernel: /* @__PURE__ */ binaryKernel("sub", (_, a, b) => f32x4.sub(a, b)),
  vjp: ({ dy }) => [() => dy, () => neg(dy)],
});

/**
 * a − b, with broadcasting.
 * @throws ShapeError, DTypeError for operands that do not fit.
 * @example
 * sub(tensor([1, 2]), 3).toArray(); // [-2, -1]
 */
export const sub = (a: Operand, b: Operand): Tensor => bindOne(subPrimitive, floatOperands("sub", a, b), undefined);

/** y = a·b. */
export const mulPrimitive: Primitive = /* @__PURE__ */ binaryPrimitive({
  name: "mul",
  apply: (a, b) => a * b,
  kernel: /* @__PURE__ */ binaryKernel("mul", (_, a, b) => f32x4.mul(a, b)),
  vjp: ({ inputs: [a, b], dy }) => [() => mul(dy, b), () => mul(dy, a)],
});

/**
 * a·b, element by element, with broadcasting.
 * @throws ShapeError, DTypeError for operands that do not fit.
 * @example
 * mul(tensor([[1], [2]]), tensor([3, 4])).toArray(); // [[3, 4], [6, 8]]
 */
export const mul = (a: Operand, b: Operand): Tensor => bindOne(mulPrimitive, floatOperands("mul", a, b), undefined);

/** y = a / b. */
export const divPrimitive: Primitive = /* @__PURE__ */ binaryPrimitive({
  name: "div",
  apply: (a, b) => a / b,
  kernel: /* @__PURE__ */ binaryKernel("div", (_, a, b) => f32x4.div(a, b)),
  vjp: ({ inputs: [, b], outputs: [y], dy }) => [() => div(dy, b), () => neg(div(mul(dy, y), b))],
});

/**
 * a / b, with broadcasting; division by zero gives ±Infinity or NaN.
 * @throws ShapeError, DTypeError.
 * @example
 * div(1, tensor([4, 0])).toArray(); // [0.25, Infinity]
 */
export const div = (a: Operand, b: Operand): Tensor => bindOne(divPrimitive, floatOperands("div", a, b), undefined);

/** y = max(a, b). NaN wins; where a = b the gradient goes to a, as in TensorFlow. */
export const maximumPrimitive: Primitive = /* @__PURE__ */ binaryPrimitive({
  name: "maximum",
  apply: (a, b) => Math.max(a, b),
  kernel: /* @__PURE__ */ binaryKernel("maximum", (_, a, b) => f32x4.max(a, b)),
  vjp: ({ inputs: [a, b], dy }) => [() => where(greaterEqual(a, b), dy, 0), () => where(greaterEqual(a, b), 0, dy)],
});

/**
 * The larger of a and b, with broadcasting; where they are equal, the gradient goes to a.
 * @throws ShapeError, DTypeError.
 * @example
 * maximum(tensor([1, 5]), 3).toArray(); // [3, 5]
 */
export const maximum = (a: Operand, b: Operand): Tensor =>
  bindOne(maximumPrimitive, floatOperands("maximum", a, b), undefined);

/** y = min(a, b). NaN wins; where a = b the gradient goes to a, as in TensorFlow. */
export const minimumPrimitive: Primitive = /* @__PURE__ */ binaryPrimitive({
  name: "minimum",
  apply: (a, b) => Math.min(a, b),
  kernel: /* @__PURE__ */ binaryKernel("minimum", (_, a, b) => f32x4.min(a, b)),
  vjp: ({ inputs: [a, b], dy }) => [() => where(lessEqual(a, b), dy, 0), () => where(lessEqual(a, b), 0, dy)],
});

/**
 * The smaller of a and b, with broadcasting; where they are equal, the gradient goes to a.
 * @throws ShapeError, DTypeError.
 * @example
 * minimum(tensor([1, 5]), 3).toArray(); // [1, 3]
 */
export const minimum = (a: Operand, b: Operand): Tensor =>
  bindOne(minimumPrimitive, floatOperands("minimum", a, b), undefined);

/** y = −x. */
export const negPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "neg",
  apply: (x) => -x,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("neg", (_, x) => f32x4.neg(x))),
  vjp: ({ dy }) => [() => neg(dy)],
});

/**
 * −x.
 * @throws DTypeError when x is not a float.
 * @example
 * neg(tensor([1, -2])).toArray(); // [-1, 2]
 */
export const neg = (x: Operand): Tensor => bindOne(negPrimitive, [floatOperand("neg", x)], undefined);

/** y = |x|; the derivative at 0 is 0. */
export const absPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "abs",
  apply: Math.abs,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("abs", (_, x) => f32x4.abs(x))),
  vjp: ({ inputs: [x], dy }) => [() => where(greater(x, 0), dy, where(greater(0, x), neg(dy), mul(dy, 0)))],
});

/**
 * |x|; its derivative at 0 is 0.
 * @throws DTypeError when x is not a float.
 * @example
 * abs(tensor([1, -2])).toArray(); // [1, 2]
 */
export const abs = (x: Operand): Tensor => bindOne(absPrimitive, [floatOperand("abs", x)], undefined);
