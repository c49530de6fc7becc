import { ShapeError } from "../../base/errors.ts";
import { anything, checkOptions, type OptionRules } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { formatShape, normalizeAxis, outerLengthInner } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { argMax as argMaxKernel } from "../../wasm/rows/argMaxKernel.ts";
import { floatOperand, type Operand, sameFloat } from "../support/operands.ts";

/** y = the position of the largest element along an axis; the first of equal ones; NaN counts as the largest. */
export const argMaxPrimitive: Primitive<{ readonly axis: number }> = {
  name: "argMax",
  infer: ([x], { axis }) => {
    sameFloat("argMax", [x]);
    if (x.axes[axis] === 0) {
      throw new ShapeError(
        `argMax: the axis must not be empty, got shape ${formatShape(x.axes)}. Check for an empty axis first.`,
      );
    }
    return [{ shape: x.axes.filter((_, index) => index !== axis), dtype: "int32" }];
  },
  reference: ({ inputs: [x], outputs: [y], inputTypes, attributes: { axis } }) => {
    const { outer, length, inner } = outerLengthInner(inputTypes[0].axes, axis);
    for (let i = 0; i < outer; i++) {
      for (let j = 0; j < inner; j++) {
        let best = 0;
        for (let p = 1; p < length; p++) {
          const [value, largest] = [x[(i * length + p) * inner + j], x[(i * length + best) * inner + j]];
          if (value > largest || (Number.isNaN(value) && !Number.isNaN(largest))) best = p;
        }
        y[i * inner + j] = best;
      }
    }
  },
  simd: {
    kernel: "reduce.argMax",
    run: ({ inputs, outputs, inputTypes, attributes: { axis }, link }) => {
      const { outer, length, inner } = outerLengthInner(inputTypes[0].axes, axis);
      link(argMaxKernel).argMax(inputs[0], outputs[0], outer, length, inner, inner);
    },
  },
};

/** The axis is checked with the shape. */
const rules: OptionRules<{ readonly axis?: number }> = { axis: anything };

/**
 * The position of the largest element along an axis, as int32; the first of equal ones; NaN counts as the largest.
 * @throws ShapeError when the axis is empty or does not exist; DTypeError when x is not a float.
 * @example
 * argMax(tensor([[1, 3, 2]]), { axis: 1 }).toArray(); // [1]
 */
export const argMax = (x: Operand, options: { readonly axis?: number } = noOptions): Tensor => {
  checkOptions("argMax", options, rules);
  const { axis = -1 } = options;
  const value = floatOperand("argMax", x);
  return bindOne(argMaxPrimitive, [value], { axis: normalizeAxis("argMax", axis, value.axes) });
};
