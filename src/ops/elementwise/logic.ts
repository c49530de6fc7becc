import { DTypeError, ShapeError } from "../../base/errors.ts";
import type { TensorType } from "../../tensor/dtype.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { broadcastShapes, formatShape, sameShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { logic } from "../../wasm/elementwise/logicKernel.ts";
import { broadcastTo } from "../shape/broadcast.ts";
import { checkTensor, kindOf } from "../support/checkTensor.ts";
import { floatOperand, type Operand, sameFloat } from "../support/operands.ts";
import { abs } from "./arithmetic.ts";
import { less, notEqual } from "./compare.ts";

/** Checks an operand of logic. @internal */
export const requireBool = (operation: string, x: TensorType): void => {
  if (x.dtype === "bool") return;
  throw new DTypeError(
    `${operation}: an operand must have dtype bool, got ${kindOf(x)}. Compare first: notEqual(x, 0), for example.`,
  );
};

/** An operation on two tensors of bool, of one shape. */
const logicPrimitive = (
  name: "logicalAnd" | "logicalOr",
  kernelName: "and" | "or",
  apply: (a: number, b: number) => number,
): Primitive => ({
  name,
  infer: ([a, b]) => {
    requireBool(name, a);
    requireBool(name, b);
    if (!sameShape(a.axes, b.axes)) {
      throw new ShapeError(
        `${name}: operands must have one shape, got ${formatShape(a.axes)}, ${formatShape(b.axes)}. Broadcast them first.`,
      );
    }
    return [{ shape: a.axes, dtype: "bool" }];
  },
  reference: ({ inputs: [a, b], outputs: [y] }) => {
    for (let index = 0; index < y.length; index++) y[index] = apply(a[index], b[index]);
  },
  simd: {
    kernel: `logic.${kernelName}`,
    run: ({ inputs: [a, b], outputs, outputTypes, link }) => {
      link(logic)[kernelName](a, b, outputs[0], sizeOf(outputTypes[0].shape));
    },
  },
});

const combine = (primitive: Primitive, a: Tensor, b: Tensor): Tensor => {
  const { name } = primitive;
  const [left, right] = [checkTensor(name, a, "an operand"), checkTensor(name, b, "an operand")];
  const shape = broadcastShapes(name, left.axes, right.axes);
  return bindOne(primitive, [broadcastTo(left, shape), broadcastTo(right, shape)], undefined);
};

/** y = a and b. */
export const logicalAndPrimitive: Primitive = /* @__PURE__ */ logicPrimitive("logicalAnd", "and", (a, b) => a & b);

/**
 * Whether both are true, as bool, with broadcasting.
 * @throws DTypeError when an operand is not bool; ShapeError when shapes do not broadcast.
 * @example
 * const x = tensor([-1, 2, 5]);
 * logicalAnd(greater(x, 0), less(x, 4)).toArray(); // [0, 1, 0]
 */
export const logicalAnd = (a: Tensor, b: Tensor): Tensor => combine(logicalAndPrimitive, a, b);

/** y = a or b. */
export const logicalOrPrimitive: Primitive = /* @__PURE__ */ logicPrimitive("logicalOr", "or", (a, b) => a | b);

/**
 * Whether one or both are true, as bool, with broadcasting.
 * @throws DTypeError when an operand is not bool; ShapeError when shapes do not broadcast.
 * @example
 * const x = tensor([-1, 2, 5]);
 * logicalOr(less(x, 0), greater(x, 4)).toArray(); // [1, 0, 1]
 */
export const logicalOr = (a: Tensor, b: Tensor): Tensor => combine(logicalOrPrimitive, a, b);

/** y = not x. */
export const logicalNotPrimitive: Primitive = {
  name: "logicalNot",
  infer: ([x]) => {
    requireBool("logicalNot", x);
    return [{ shape: x.axes, dtype: "bool" }];
  },
  reference: ({ inputs: [x], outputs: [y] }) => {
    for (let index = 0; index < y.length; index++) y[index] = 1 - x[index];
  },
  simd: {
    kernel: "logic.not",
    run: ({ inputs, outputs, outputTypes, link }) => {
      link(logic).not(inputs[0], outputs[0], sizeOf(outputTypes[0].shape));
    },
  },
};

/**
 * True where x is false, as bool.
 * @throws DTypeError when x is not bool.
 * @example
 * logicalNot(greater(tensor([-1, 2]), 0)).toArray(); // [1, 0]
 */
export const logicalNot = (x: Tensor): Tensor =>
  bindOne(logicalNotPrimitive, [checkTensor("logicalNot", x)], undefined);

/** A float operand of a test of its elements. */
const tested = (operation: string, x: Operand): Tensor => {
  const value = floatOperand(operation, x);
  sameFloat(operation, [value]);
  return value;
};

/**
 * Where x is neither NaN nor infinite, as bool.
 * @throws DTypeError when x is not a float.
 * @example
 * isFinite(tensor([1, Infinity, NaN])).toArray(); // [1, 0, 0]
 */
const isFiniteTensor = (x: Operand): Tensor => less(abs(tested("isFinite", x)), Number.POSITIVE_INFINITY);

/**
 * Where x is NaN, as bool.
 * @throws DTypeError when x is not a float.
 * @example
 * isNaN(tensor([1, Infinity, NaN])).toArray(); // [0, 0, 1]
 */
const isNaNTensor = (x: Operand): Tensor => {
  const value = tested("isNaN", x);
  return notEqual(value, value);
};

// Under these names they would hide the globals in this file.
export { isFiniteTensor as isFinite, isNaNTensor as isNaN };
