import { bindOne } from "../tensor/bind.ts";
import { checkOptions, noOptions } from "../tensor/options.ts";
import type { Primitive } from "../tensor/primitive.ts";
import { normalizeAxis } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Kernel } from "../wasm/kernel.ts";
import { logSoftmax as logSoftmaxKernel, softmax as softmaxKernel } from "../wasm/softmax.ts";
import { mul, sub } from "./arithmetic.ts";
import { logSumExpOf, rowsOf } from "./logSumExp.ts";
import { floatOperand, type Operand, sameFloat } from "./operands.ts";
import { exp } from "./power.ts";
import { sum } from "./reduce.ts";
import { type SampleCase, type Samples, samples } from "./sample.ts";
import { transpose } from "./transpose.ts";

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
  infer: ([x]) => [{ shape: x.shape, dtype: sameFloat(name, [x]) }],
  reference: ({ inputs: [x], outputs: [y], inputTypes }) => {
    const [rows, columns] = rowsOf(inputTypes[0].shape);
    for (let i = 0; i < rows; i++) {
      y.set(row(Float64Array.from(x.subarray(i * columns, (i + 1) * columns))), i * columns);
    }
  },
  simd: {
    kernel: kernel.name,
    run: ({ inputs, outputs, inputTypes, link }) => {
      link(kernel)[name](inputs[0], outputs[0], ...rowsOf(inputTypes[0].shape));
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
    const total = logSumExpOf(x);
    return x.map((value) => value - total);
  },
  ({ outputs: [y], dy }) => [() => sub(dy, mul(exp(y), sum(dy, { axis: -1, keepDims: true })))],
);

const known: readonly string[] = ["axis"];

/** Applies a primitive of the last axis to another one. */
const alongAxis = (primitive: Primitive, operand: Operand, options: AxisOptions): Tensor => {
  checkOptions(primitive.name, options, known);
  const { axis = -1 } = options;
  const x = floatOperand(primitive.name, operand);
  const at = normalizeAxis(primitive.name, axis, x.shape);
  if (at === x.rank - 1) return bindOne(primitive, [x], undefined);
  const swapped = x.shape.map((_, index) => (index === at ? x.rank - 1 : index === x.rank - 1 ? at : index));
  return transpose(bindOne(primitive, [transpose(x, swapped)], undefined), swapped);
};

/**
 * eˣ / Σ eˣ: positive numbers that add up to 1 along the axis. Safe for large x.
 * @throws DTypeError when x is no float; ShapeError for an axis that does not exist.
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

/** Large enough for eˣ to overflow in float32, and close together, so that the derivative is not zero. */
const large = { inputs: [{ shape: [2, 3], values: [100, 99, 98.5, -100, -101, -100.5] }], attributes: undefined };

const cases = (): SampleCase<void>[] => [
  ...[
    [1, 1],
    [3, 3],
    [5, 4],
    [4, 5],
    [2, 10],
    [3, 15],
    [3, 16],
    [3, 17],
    [0, 3],
    [3, 0],
    [2, 3, 5],
  ].map((shape) => ({ inputs: [{ shape, low: -3, high: 3 }], attributes: undefined })),
  large,
];

const refused = (
  name: string,
): { inputs: { shape: number[]; dtype: "int32" }[]; attributes: undefined; error: string } => ({
  inputs: [{ shape: [2, 2], dtype: "int32" }],
  attributes: undefined,
  error: `DTypeError: ${name}: operands must all be float32, or all float64, got int32. Convert with toFloat(...).`,
});

export const softmaxSamples: Samples = /* @__PURE__ */ samples(() => ({
  primitive: softmaxPrimitive,
  cases: cases(),
  refused: [refused("softmax")],
}));

export const logSoftmaxSamples: Samples = /* @__PURE__ */ samples(() => ({
  primitive: logSoftmaxPrimitive,
  cases: cases(),
  refused: [refused("logSoftmax")],
}));
