import { DTypeError, ShapeError } from "../../base/errors.ts";
import type { DType, OperandType } from "../../tensor/dtype.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { broadcastShapes, formatShape, sameShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import * as f32x4 from "../../wasm/assembler/instructions/f32x4.ts";
import { type BinaryBody, compareKernel } from "../../wasm/elementwise/binary.ts";
import { whereKernel } from "../../wasm/elementwise/elementwiseKernel.ts";
import { broadcastTo } from "../shape/broadcast.ts";
import { checkTensor } from "../support/checkTensor.ts";
import { binaryPrimitive } from "../support/elementwise.ts";
import { floatOperands, type Operand, requireDType, sameFloat } from "../support/operands.ts";

/** Comparisons take floats or int32, both operands of one dtype. */
const comparable = (name: string, inputs: readonly OperandType[]): DType => {
  if (inputs.every(({ dtype }) => dtype === "int32")) return "int32";
  if (inputs.some(({ dtype }) => dtype === "int32")) {
    throw new DTypeError(
      `${name}: operands must have one dtype, float32, float64 or int32, got ${inputs.map(({ dtype }) => dtype).join(", ")}. ` +
        "Convert with toFloat(...).",
    );
  }
  return sameFloat(name, inputs);
};

const comparePrimitive = (name: string, apply: (a: number, b: number) => boolean, body: BinaryBody): Primitive =>
  binaryPrimitive({
    name,
    apply: (a, b) => Number(apply(a, b)),
    kernel: compareKernel(name, body),
    result: "bool",
    operands: comparable,
  });

/** y = (a = b). */
export const equalPrimitive: Primitive = /* @__PURE__ */ comparePrimitive(
  "equal",
  (a, b) => a === b,
  (_, a, b) => f32x4.eq(a, b),
);
/** y = (a ≠ b). */
export const notEqualPrimitive: Primitive = /* @__PURE__ */ comparePrimitive(
  "notEqual",
  (a, b) => a !== b,
  (_, a, b) => f32x4.ne(a, b),
);
/** y = (a < b). */
export const lessPrimitive: Primitive = /* @__PURE__ */ comparePrimitive(
  "less",
  (a, b) => a < b,
  (_, a, b) => f32x4.lt(a, b),
);
/** y = (a ≤ b). */
export const lessEqualPrimitive: Primitive = /* @__PURE__ */ comparePrimitive(
  "lessEqual",
  (a, b) => a <= b,
  (_, a, b) => f32x4.le(a, b),
);
/** y = (a > b). */
export const greaterPrimitive: Primitive = /* @__PURE__ */ comparePrimitive(
  "greater",
  (a, b) => a > b,
  (_, a, b) => f32x4.gt(a, b),
);
/** y = (a ≥ b). */
export const greaterEqualPrimitive: Primitive = /* @__PURE__ */ comparePrimitive(
  "greaterEqual",
  (a, b) => a >= b,
  (_, a, b) => f32x4.ge(a, b),
);

const compare = (primitive: Primitive, a: Operand, b: Operand): Tensor =>
  bindOne(primitive, floatOperands(primitive.name, a, b), undefined);

/**
 * Where a = b, as bool, with broadcasting; NaN equals nothing.
 * @throws ShapeError, DTypeError for operands that do not fit.
 * @example
 * equal(tensor([1, 2]), 2).toArray(); // [0, 1]
 */
export const equal = (a: Operand, b: Operand): Tensor => compare(equalPrimitive, a, b);
/**
 * Where a ≠ b, as bool, with broadcasting.
 * @throws ShapeError, DTypeError for operands that do not fit.
 * @example
 * notEqual(tensor([1, 2]), 2).toArray(); // [1, 0]
 */
export const notEqual = (a: Operand, b: Operand): Tensor => compare(notEqualPrimitive, a, b);
/**
 * Where a < b, as bool, with broadcasting.
 * @throws ShapeError, DTypeError for operands that do not fit.
 * @example
 * less(tensor([1, 2, 3]), 2).toArray(); // [1, 0, 0]
 */
export const less = (a: Operand, b: Operand): Tensor => compare(lessPrimitive, a, b);
/**
 * Where a ≤ b, as bool, with broadcasting.
 * @throws ShapeError, DTypeError for operands that do not fit.
 * @example
 * lessEqual(tensor([1, 2, 3]), 2).toArray(); // [1, 1, 0]
 */
export const lessEqual = (a: Operand, b: Operand): Tensor => compare(lessEqualPrimitive, a, b);
/**
 * Where a > b, as bool, with broadcasting.
 * @throws ShapeError, DTypeError for operands that do not fit.
 * @example
 * greater(tensor([1, 2, 3]), 2).toArray(); // [0, 0, 1]
 */
export const greater = (a: Operand, b: Operand): Tensor => compare(greaterPrimitive, a, b);
/**
 * Where a ≥ b, as bool, with broadcasting.
 * @throws ShapeError, DTypeError for operands that do not fit.
 * @example
 * greaterEqual(tensor([1, 2, 3]), 2).toArray(); // [0, 1, 1]
 */
export const greaterEqual = (a: Operand, b: Operand): Tensor => compare(greaterEqualPrimitive, a, b);

/** y = a where the condition holds, b elsewhere; all of one shape. */
export const wherePrimitive: Primitive = {
  name: "where",
  infer: ([condition, a, b]) => {
    requireDType("where", "the condition", condition, "bool");
    if (!sameShape(condition.axes, a.axes) || !sameShape(a.axes, b.axes)) {
      throw new ShapeError(
        `where: condition, a and b must have one shape, got ${[condition, a, b].map(({ axes: shape }) => formatShape(shape)).join(", ")}. Broadcast them first.`,
      );
    }
    return [{ shape: a.axes, dtype: sameFloat("where", [a, b]) }];
  },
  reference: ({ inputs: [condition, a, b], outputs: [y] }) => {
    for (let index = 0; index < y.length; index++) y[index] = condition[index] ? a[index] : b[index];
  },
  simd: {
    kernel: "where",
    run: ({ inputs: [condition, a, b], outputs, outputTypes, link }) => {
      link(whereKernel).run(condition, a, b, outputs[0], sizeOf(outputTypes[0].shape));
    },
  },
  vjp: ({ inputs: [condition], dy }) => [undefined, () => where(condition, dy, 0), () => where(condition, 0, dy)],
};

/**
 * a where the condition holds, b elsewhere, with broadcasting.
 * @throws DTypeError when the condition is not bool; ShapeError when shapes do not broadcast.
 * @example
 * const x = tensor([-1, 2]);
 * where(greater(x, 0), x, 0).toArray(); // [0, 2]
 */
export const where = (condition: Tensor, a: Operand, b: Operand): Tensor => {
  checkTensor("where", condition, "the condition");
  const [left, right] = floatOperands("where", a, b);
  const shape = broadcastShapes("where", condition.axes, broadcastShapes("where", left.axes, right.axes));
  return bindOne(
    wherePrimitive,
    [condition, left, right].map((operand) => broadcastTo(operand, shape)),
    undefined,
  );
};
