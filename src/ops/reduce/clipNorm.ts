import {
  anything,
  checkOption,
  checkOptions,
  number,
  type OptionRule,
  type OptionRules,
  required,
} from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { div, maximum, mul } from "../elementwise/arithmetic.ts";
import { sqrt, square } from "../elementwise/powers.ts";
import { sum } from "../shape/broadcast.ts";
import { floatOperand, type Operand } from "../support/operands.ts";

/** Options of `clipNorm`. */
export interface ClipNormOptions {
  /** The axes of one norm; each place along the other axes has its own. Default: all axes, one norm. */
  readonly axis?: number | readonly number[];
}

/** The rules of ClipNormOptions; axes are checked with the shape. @internal */
export const clipNormOptions: OptionRules<ClipNormOptions> = { axis: anything };

const normRule: OptionRule = /* @__PURE__ */ required(/* @__PURE__ */ number({ above: 0 }));

/** The smallest normal float32. */
const tiny = 2 ** -126;

/**
 * x with its Euclidean norm limited to `norm`: y = x·(norm / max(‖x‖, norm)). A shorter x keeps
 * its bits; the derivative at 0 is 1. Where the squares of float32 numbers overflow (‖x‖ above 1.8e19) y is 0.
 *
 * Source: `tf.clip_by_norm`.
 * @throws ValueError unless norm is a finite number above 0; ShapeError for an axis that does not exist.
 * @example
 * clipNorm(tensor([[3, 4], [0.5, 0.25]]), 2.5, { axis: 1 }).toArray(); // [[1.5, 2], [0.5, 0.25]]
 */
export const clipNorm = (x: Operand, norm: number, options: ClipNormOptions = noOptions): Tensor => {
  checkOptions("clipNorm", options, clipNormOptions);
  checkOption("clipNorm", "norm", norm, normRule);
  const values = floatOperand("clipNorm", x);
  const squares = sum(square(values), { axis: options.axis, keepDims: true });
  // The root has no derivative at 0, but it has one at the smallest number above.
  const length = sqrt(maximum(squares, tiny));
  return mul(values, div(norm, maximum(length, norm)));
};
