import { ValueError } from "../../base/errors.ts";
import { checkOptions, type OptionRule, type OptionRules } from "../../base/options.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import * as f32x4 from "../../wasm/assembler/instructions/f32x4.ts";
import { naryKernel } from "../../wasm/elementwise/elementwiseKernel.ts";
import { flatBinding, unaryPrimitive } from "../support/elementwise.ts";
import { floatOperand, type Operand } from "../support/operands.ts";
import { greaterEqual, lessEqual, where } from "./compare.ts";

/** Options of `clip`. */
export interface ClipOptions {
  /** The smallest value that comes out. */
  readonly min: number;
  /** The largest value that comes out. */
  readonly max: number;
}

/** A bound may be infinite. */
const bound: OptionRule = {
  words: "a number",
  holds: (value) => typeof value === "number" && !Number.isNaN(value),
  required: true,
};

const rules: OptionRules<ClipOptions> = { min: bound, max: bound };

const kernel = /* @__PURE__ */ naryKernel("clip", 1, 1, 2, (_, [x], [min, max]) => [f32x4.min(f32x4.max(x, min), max)]);

/** y = min(max(x, min), max). The derivative is 1 from min to max, both included, else 0. */
export const clipPrimitive: Primitive<ClipOptions> = /* @__PURE__ */ unaryPrimitive({
  name: "clip",
  apply: (x: number, { min, max }: ClipOptions) => Math.min(Math.max(x, min), max),
  simd: /* @__PURE__ */ flatBinding(kernel, ({ min, max }: ClipOptions) => [min, max]),
  vjp: ({ inputs: [x], attributes: { min, max }, dy }) => [
    () => where(greaterEqual(x, min), where(lessEqual(x, max), dy, 0), 0),
  ],
});

/**
 * x limited to [min, max]; NaN stays NaN.
 * @throws ValueError unless min ≤ max; DTypeError when x is not a float.
 * @example
 * clip(tensor([-3, 0.5, 3]), { min: -1, max: 1 }).toArray(); // [-1, 0.5, 1]
 */
export const clip = (x: Operand, bounds: ClipOptions): Tensor => {
  checkOptions("clip", bounds, rules);
  const { min, max } = bounds;
  if (min > max) throw new ValueError(`clip: min must not be larger than max, got min=${min}, max=${max}.`);
  return bindOne(clipPrimitive, [floatOperand("clip", x)], { min, max });
};
