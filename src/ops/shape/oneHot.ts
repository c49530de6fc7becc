import {
  checkOption,
  checkOptions,
  type OptionRule,
  type OptionRules,
  oneOf,
  required,
  whole,
} from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import { floatType } from "../../tensor/interpret/precision.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { oneHot as oneHotKernel } from "../../wasm/movement/oneHotKernel.ts";
import { requireDType } from "../support/operands.ts";
import { fillOutput } from "../support/strided.ts";
import type { FloatOptions } from "../support/toFloat.ts";
import { checkIndices } from "./gather.ts";

export interface OneHotAttributes {
  readonly depth: number;
  readonly dtype: "float32" | "float64";
}

/** y[.., c] = 1 where the index is c, else 0. */
export const oneHotPrimitive: Primitive<OneHotAttributes> = {
  name: "oneHot",
  infer: ([indices], { depth, dtype }) => {
    requireDType("oneHot", "indices", indices, "int32");
    return [{ shape: [...indices.shape, depth], dtype }];
  },
  check: ([indices], _, { depth }) => checkIndices("oneHot", "an index", indices, depth),
  reference: ({ inputs: [indices], outputs: [y], attributes: { depth } }) => {
    y.fill(0);
    for (let index = 0; index < indices.length; index++) y[index * depth + indices[index]] = 1;
  },
  simd: {
    kernel: "oneHot",
    accepts: (_, { dtype }) => dtype === "float32",
    run: (call) => {
      fillOutput(call);
      call
        .link(oneHotKernel)
        .run(call.inputs[0], call.outputs[0], sizeOf(call.inputTypes[0].shape), call.attributes.depth);
    },
  },
};

const depthRule: OptionRule = /* @__PURE__ */ required(/* @__PURE__ */ whole({ from: 0 }));

const rules: OptionRules<FloatOptions> = { dtype: /* @__PURE__ */ oneOf("float32", "float64") };

/**
 * A 1 at each index, 0 elsewhere, along a new last axis of length `depth`.
 * @throws ValueError for an index out of range or a depth that is not a whole number; DTypeError when indices are not int32.
 * @example
 * oneHot(tensor([2, 0], { dtype: "int32" }), 3).toArray(); // [[0, 0, 1], [1, 0, 0]]
 */
export const oneHot = (
  indices: Tensor,
  depth: number,
  options: { readonly dtype?: "float32" | "float64" } = noOptions,
): Tensor => {
  checkOptions("oneHot", options, rules);
  checkOption("oneHot", "depth", depth, depthRule);
  return bindOne(oneHotPrimitive, [indices], { depth, dtype: options.dtype ?? floatType() });
};
