import { bindOne } from "../tensor/bind.ts";
import { ValueError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Primitive } from "../tensor/primitive.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { naryKernel } from "../wasm/elementwise.ts";
import * as f32x4 from "../wasm/instructions/f32x4.ts";
import { greaterEqual, lessEqual, where } from "./compare.ts";
import { flatBinding, unaryPrimitive } from "./elementwise.ts";
import { floatOperand, type Operand } from "./operands.ts";

/** Options of `clip`. */
export interface ClipOptions {
  /** The smallest value that comes out. */
  readonly min: number;
  /** The largest value that comes out. */
  readonly max: number;
}

const known: readonly string[] = ["min", "max"];

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
 * @throws ValueError unless min ≤ max; DTypeError when x is no float.
 * @example
 * clip(tensor([-3, 0.5, 3]), { min: -1, max: 1 }).toArray(); // [-1, 0.5, 1]
 */
export const clip = (x: Operand, bounds: ClipOptions): Tensor => {
  checkOptions("clip", bounds, known);
  const { min, max } = bounds;
  if (!(min <= max)) {
    throw new ValueError(
      `clip: the bounds must be numbers, min not larger than max, got min=${min}, max=${max}. ` +
        "Pass { min: -1, max: 1 }, for example.",
    );
  }
  return bindOne(clipPrimitive, [floatOperand("clip", x)], { min, max });
};
