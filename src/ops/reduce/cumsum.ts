import { anything, checkOptions, flag, type OptionRules } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { normalizeAxis, outerLengthInner } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { cumsum as cumsumKernel } from "../../wasm/rows/cumsumKernel.ts";
import { reshape } from "../shape/reshape.ts";
import { floatOperand, type Operand, sameFloat } from "../support/operands.ts";

interface CumsumAttributes {
  readonly axis: number;
  readonly reverse: boolean;
}

/** y[i] = x[0] + ... + x[i] along an axis; from the end with `reverse`. Sums are kept in double. */
export const cumsumPrimitive: Primitive<CumsumAttributes> = {
  name: "cumsum",
  infer: ([x]) => [{ shape: x.axes, dtype: sameFloat("cumsum", [x]) }],
  reference: ({ inputs: [x], outputs: [y], inputTypes, attributes: { axis, reverse } }) => {
    const { outer, length, inner } = outerLengthInner(inputTypes[0].axes, axis);
    for (let i = 0; i < outer; i++) {
      for (let j = 0; j < inner; j++) {
        let total = 0;
        for (let p = 0; p < length; p++) {
          const index = (i * length + (reverse ? length - 1 - p : p)) * inner + j;
          total += x[index];
          y[index] = total;
        }
      }
    }
  },
  simd: {
    kernel: "cumsum",
    run: ({ inputs, outputs, inputTypes, attributes: { axis, reverse }, link }) => {
      const { outer, length, inner } = outerLengthInner(inputTypes[0].axes, axis);
      if (length > 0) link(cumsumKernel).cumsum(inputs[0], outputs[0], outer, length, inner, Number(reverse));
    },
  },
  // Each element is in the sums behind it.
  vjp: ({ attributes: { axis, reverse }, dy }) => [() => bindOne(cumsumPrimitive, [dy], { axis, reverse: !reverse })],
};

/** Options of `cumsum`. */
export interface CumsumOptions {
  /** The axis of the sums; negative ones count from the end. Default: all elements, as one row. */
  readonly axis?: number;
  /** Whether the sums begin at the end. Default: false. */
  readonly reverse?: boolean;
}

/** The axis is checked with the shape. */
const rules: OptionRules<CumsumOptions> = { axis: anything, reverse: flag };

/**
 * Cumulative sums along an axis, y[i] = x[0] + ... + x[i]. Sums are kept in double and rounded once.
 * @throws ShapeError for an axis that does not exist; DTypeError when x is not a float.
 * @example
 * cumsum(tensor([1, 2, 3])).toArray(); // [1, 3, 6]
 * cumsum(tensor([[1, 2], [3, 4]]), { axis: 0 }).toArray(); // [[1, 2], [4, 6]]
 * cumsum(tensor([1, 2, 3]), { reverse: true }).toArray(); // [6, 5, 3]
 * @see `numpy.cumsum`, `tf.cumsum`.
 */
export const cumsum = (x: Operand, options: CumsumOptions = noOptions): Tensor => {
  checkOptions("cumsum", options, rules);
  const { axis, reverse = false } = options;
  const value = floatOperand("cumsum", x);
  const row = axis === undefined ? reshape(value, [value.size]) : value;
  return bindOne(cumsumPrimitive, [row], { axis: normalizeAxis("cumsum", axis ?? 0, row.axes), reverse });
};
