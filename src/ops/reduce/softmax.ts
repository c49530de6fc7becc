import { anything, checkOptions, type OptionRules } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { normalizeAxis } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Kernel } from "../../wasm/assembler/kernel.ts";
import { logSoftmax as logSoftmaxKernel, softmax as softmaxKernel } from "../../wasm/rows/softmaxKernel.ts";
import { mul, sub } from "../elementwise/arithmetic.ts";
import { exp } from "../elementwise/powers.ts";
import { sum } from "../shape/broadcast.ts";
import { transpose } from "../shape/transpose.ts";
import { floatOperand, type Operand, sameFloat } from "../support/operands.ts";
import { logSumExpOf, rowsOf } from "../support/rows.ts";

/** Options of the functions over classes. */
export interface AxisOptions {
  /** The axis of the classes. Default: the last. */
  readonly axis?: number;
}

const rowPrimitive = <Name extends "softmax" | "logSoftmax">(
  name: Name,
  kernel: Kernel<Name>,
  row: (x: Float64Array) => Float64Array,
  vjp: NonNullable<Primitive["vjp"]>,
): Primitive => ({
  name,
  infer: ([x]) => [{ shape: x.axes, dtype: sameFloat(name, [x]) }],
  reference: ({ inputs: [x], outputs: [y], inputTypes }) => {
    const [rows, columns] = rowsOf(inputTypes[0].axes);
    for (let i = 0; i < rows; i++) {
      y.set(row(Float64Array.from(x.subarray(i * columns, (i + 1) * columns))), i * columns);
    }
  },
  simd: {
    kernel: kernel.name,
    run: ({ inputs, outputs, inputTypes, link }) => {
      link(kernel)[name](inputs[0], outputs[0], ...rowsOf(inputTypes[0].axes));
    },
  },
  vjp,
});

/** y = eˣ / Σ eˣ over the last axis. */
export const softmaxPrimitive: Primitive = /* @__PURE__ */ rowPrimitive(
  "softmax",
  softmaxKernel,
  (x) => {
    let largest = Number.NEGATIVE_INFINITY;
    for (const value of x) largest = Math.max(largest, value);
    const powers = x.map((value) => Math.exp(value - largest));
    let total = 0;
    for (const power of powers) total += power;
    return powers.map((power) => power / total);
  },
  ({ outputs: [y], dy }) => [
    () => {
      const weighted = mul(dy, y);
      return sub(weighted, mul(y, sum(weighted, { axis: -1, keepDims: true })));
    },
  ],
);

/** y = x − log Σ eˣ over the last axis. */
export const logSoftmaxPrimitive: Primitive = /* @__PURE__ */ rowPrimitive(
  "logSoftmax",
  logSoftmaxKernel,
  (x) => {
    const [shift, logSum] = logSumExpOf(x);
    return x.map((value) => value - shift - logSum);
  },
  ({ outputs: [y], dy }) => [() => sub(dy, mul(exp(y), sum(dy, { axis: -1, keepDims: true })))],
);

/** The axis is checked with the shape. */
const rules: OptionRules<AxisOptions> = { axis: anything };

/** Applies a primitive of the last axis to any axis. */
const alongAxis = (primitive: Primitive, operand: Operand, options: AxisOptions): Tensor => {
  checkOptions(primitive.name, options, rules);
  const { axis = -1 } = options;
  const x = floatOperand(primitive.name, operand);
  const at = normalizeAxis(primitive.name, axis, x.axes);
  if (at === x.rank - 1) return bindOne(primitive, [x], undefined);
  const swapped = x.axes.map((_, index) => (index === at ? x.rank - 1 : index === x.rank - 1 ? at : index));
  return transpose(bindOne(primitive, [transpose(x, swapped)], undefined), swapped);
};

/**
 * eˣ / Σ eˣ: positive numbers that add up to 1 along the axis. Safe for large x.
 * @throws DTypeError when x is not a float; ShapeError for an axis that does not exist.
 * @example
 * softmax(tensor([1000, 1000])).toArray(); // [0.5, 0.5]
 */
export const softmax = (x: Operand, options: AxisOptions = noOptions): Tensor =>
  alongAxis(softmaxPrimitive, x, options);

/**
 * log softmax(x) = x − log Σ eˣ, accurate where softmax rounds to 0.
 * @throws DTypeError, ShapeError as softmax.
 * @example
 * logSoftmax(tensor([1000, 0])).toArray(); // [0, -1000]
 */
export const logSoftmax = (x: Operand, options: AxisOptions = noOptions): Tensor =>
  alongAxis(logSoftmaxPrimitive, x, options);
