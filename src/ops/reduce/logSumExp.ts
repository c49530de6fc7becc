import { ShapeError } from "../../base/errors.ts";
import { checkOptions } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { formatShape, normalizeAxes, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { logSumExp as logSumExpKernel } from "../../wasm/rows/softmaxKernel.ts";
import { mul } from "../elementwise/arithmetic.ts";
import { keptShape, type ReduceOptions, reduceOptions } from "../shape/reduction.ts";
import { reshape } from "../shape/reshape.ts";
import { transpose } from "../shape/transpose.ts";
import { floatOperand, type Operand, sameFloat } from "../support/operands.ts";
import { logSumExpOf, rowsOf } from "../support/rows.ts";
import { softmax } from "./softmax.ts";

/** y = m + log Σ exp(x − m) over the last axis, with m = max x. dy/dx = exp(x − y) = softmax(x). */
export const logSumExpPrimitive: Primitive = {
  name: "logSumExp",
  infer: ([x]) => {
    const dtype = sameFloat("logSumExp", [x]);
    if (rowsOf(x.axes)[1] === 0) {
      throw new ShapeError(
        `logSumExp: the reduced axes must not be empty, got shape ${formatShape(x.axes)}. Check for an empty axis first.`,
      );
    }
    return [{ shape: x.axes.slice(0, -1), dtype }];
  },
  reference: ({ inputs: [x], outputs: [y], inputTypes }) => {
    const [rows, columns] = rowsOf(inputTypes[0].axes);
    for (let i = 0; i < rows; i++) {
      const [shift, logSum] = logSumExpOf(Float64Array.from(x.subarray(i * columns, (i + 1) * columns)));
      y[i] = shift + logSum;
    }
  },
  simd: {
    kernel: "logSumExp",
    run: ({ inputs, outputs, inputTypes, link }) => {
      link(logSumExpKernel).logSumExp(inputs[0], outputs[0], ...rowsOf(inputTypes[0].axes));
    },
  },
  vjp: ({ inputs: [x], dy }) => [
    // Not exp(x − y): the exponential would multiply the rounding error of a large y.
    () => mul(reshape(dy, [...dy.axes, 1]), softmax(x)),
  ],
};

/** x with these axes moved to the end and joined. */
const asLastAxis = (x: Tensor, axes: readonly number[]): Tensor => {
  const rest = x.axes.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...rest, ...axes];
  const ordered = order.every((axis, index) => axis === index) ? x : transpose(x, order);
  return reshape(ordered, [...rest.map((axis) => x.axes[axis]), sizeOf(axes.map((axis) => x.axes[axis]))]);
};

/**
 * log Σ exp x along axes, without overflow: m + log Σ exp(x − m) with m = max x.
 * @returns x without the axes; with `keepDims` they stay, with length 1. −Infinity where all of x is −Infinity.
 * @throws ShapeError for an empty axis, or one that does not exist; DTypeError when x is not a float.
 * @example
 * logSumExp(tensor([1000, 1000])).item(); // 1000.6931
 */
export const logSumExp = (x: Operand, options: ReduceOptions = noOptions): Tensor => {
  checkOptions("logSumExp", options, reduceOptions);
  const value = floatOperand("logSumExp", x);
  const axes = normalizeAxes("logSumExp", options.axis, value.axes);
  // Over no axis, each element is its own sum.
  const result = axes.length === 0 ? value : bindOne(logSumExpPrimitive, [asLastAxis(value, axes)], undefined);
  return options.keepDims ? reshape(result, keptShape(value.axes, axes)) : result;
};
