import { checkOptions, type OptionRules, oneOf } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { isFloat } from "../../tensor/dtype.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import { floatType, isDoublePrecision } from "../../tensor/interpret/precision.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { convert } from "../../wasm/elementwise/convert.ts";
import { checkTensor } from "./checkTensor.ts";

/** Options of `toFloat`. */
export interface FloatOptions {
  /** Default: float32. While a gradient is checked: always float64. */
  readonly dtype?: "float32" | "float64";
}

const rules: OptionRules<FloatOptions> = { dtype: /* @__PURE__ */ oneOf("float32", "float64") };

/** y = x·scale of stored bytes (uint8), else y = x. Only floats have a gradient: it is cast back. */
export const toFloatPrimitive: Primitive<FloatOptions> = {
  name: "toFloat",
  infer: ([x], { dtype }) => [{ shape: x.axes, dtype: dtype ?? floatType() }],
  reference: ({ inputs: [x], outputs: [y], inputTypes }) => {
    const scale = inputTypes[0].scale ?? 1;
    for (let index = 0; index < y.length; index++) y[index] = x[index] * scale;
  },
  simd: {
    kernel: "convert",
    run: ({ inputs, outputs, inputTypes, floats, link }) => {
      const { dtype, axes: shape, scale } = inputTypes[0];
      const { bytesToFloats, intsToFloats } = link(convert);
      if (dtype === "int32") intsToFloats(inputs[0], outputs[0], sizeOf(shape));
      else bytesToFloats(inputs[0], outputs[0], floats(scale ?? 1), sizeOf(shape));
    },
  },
  vjp: ({ inputs: [{ dtype }], dy }) => [isFloat(dtype) ? () => toFloat(dy, { dtype }) : undefined],
};

/**
 * The elements as floats: stored bytes (uint8) times their scale, int32 as they are, false as 0 and true as 1. A float
 * tensor is cast when `dtype` is the other float type, and gradients pass; else it is returned as it is.
 * @example
 * toFloat(tensor([3, 4], { dtype: "int32" })).dtype; // "float32"
 * toFloat(tensor(new Float64Array([0.5])), { dtype: "float32" }).dtype; // "float32"
 */
export const toFloat = (x: Tensor, options: FloatOptions = noOptions): Tensor => {
  checkOptions("toFloat", options, rules);
  checkTensor("toFloat", x);
  const dtype = isDoublePrecision() ? "float64" : options.dtype;
  return isFloat(x.dtype) && (dtype ?? x.dtype) === x.dtype ? x : bindOne(toFloatPrimitive, [x], { dtype });
};
