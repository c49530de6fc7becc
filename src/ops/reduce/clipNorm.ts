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
import { scalar, type Tensor } from "../../tensor/tensor.ts";
import { abs, div, maximum, mul } from "../elementwise/arithmetic.ts";
import { greater, less, where } from "../elementwise/compare.ts";
import { sqrt, square } from "../elementwise/powers.ts";
import { sum } from "../shape/broadcast.ts";
import { floatOperand, type Operand } from "../support/operands.ts";
import { max } from "./reduce.ts";

/** Options of `clipNorm`. */
export interface ClipNormOptions {
  /** The axes of one norm; each place along the other axes has its own. Default: all axes, one norm. */
  readonly axis?: number | readonly number[];
}

/** The rules of ClipNormOptions; axes are checked with the shape. @internal */
const clipNormOptions: OptionRules<ClipNormOptions> = { axis: anything };

const normRule: OptionRule = /* @__PURE__ */ required(/* @__PURE__ */ number({ above: 0 }));

/** The smallest normal float32. */
const tiny = 2 ** -126;

/**
 * x with its Euclidean norm limited to `norm`: y = x·(norm / max(‖x‖, norm)). A shorter x keeps its bits;
 * the derivative at 0 is 1. Numbers whose squares would overflow or vanish are scaled by a power of two first.
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
  if (values.size === 0) return values;
  const { scaled, scale } = scaledForNorm(values, options.axis, norm);
  const squares = sum(square(scaled), { axis: options.axis, keepDims: true });
  // The root has no derivative at 0, but it has one at the smallest number above.
  const length = sqrt(maximum(squares, tiny));
  return mul(scaled, div(norm, maximum(length, mul(scale, norm))));
};

/** Factors for numbers whose squares overflow, and for numbers whose squares vanish. */
const [down, up] = [2 ** -80, 2 ** 80];
/** Numbers between these need no factor: 2²⁴ of their squares do not overflow. */
const [smallest, largest] = [2 ** -40, 2 ** 50];

/**
 * x times a power of two, which changes no digit, so that the squares neither overflow nor vanish. Short vectors matter only
 * beside a short `norm`.
 * @internal
 */
export const scaledForNorm = (
  x: Tensor,
  axis: number | readonly number[] | undefined,
  norm: number = 1,
): { readonly scaled: Tensor; readonly scale: Tensor } => {
  const size = max(abs(x), { axis, keepDims: true });
  const one = scalar(1, x.dtype);
  const least = norm < 2 ** -20 ? where(less(size, smallest), up, one) : one;
  const scale = where(greater(size, largest), down, least);
  return { scaled: mul(x, scale), scale };
};
