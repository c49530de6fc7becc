import type { Constraint } from "../autograd/variable.ts";
import { add, div, maximum, minimum, mul } from "../ops/arithmetic.ts";
import { sum } from "../ops/broadcast.ts";
import { clipNorm } from "../ops/clipNorm.ts";
import { sqrt, square } from "../ops/powers.ts";
import { described } from "../tensor/describe.ts";
import { ValueError } from "../tensor/errors.ts";
import { checkNumber, checkVariant } from "../tensor/optionChecks.ts";
import { checkOptions, noOptions, showValue } from "../tensor/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { LayerVariant } from "./options.ts";

/** Options of `unitNorm`. */
export interface UnitNormOptions {
  /** The axes over which a norm is taken: one norm for each place along the others. Default: 0. */
  readonly axis?: number | readonly number[];
}

/** Options of `maxNorm`. */
export interface MaxNormOptions {
  /** The axes over which a norm is taken: one norm for each place along the others. Default: 1; for "keras" 0. */
  readonly axis?: number | readonly number[];
  /** Default: "tensorflow1". */
  readonly variant?: LayerVariant;
}

/** What Keras divides by beside the norm. */
const epsilon = 1e-7;

/** The norm along axes, kept at length 1. */
const normOf = (weights: Tensor, axis: number | readonly number[]): Tensor =>
  sqrt(sum(square(weights), { axis, keepDims: true }));

/**
 * Limits the Euclidean norm of weights after each update. Of a kernel [inputs, units], axis 1 limits what each input
 * gives to all units (one norm per row), axis 0 what each unit receives (one norm per column), [0, 1] the whole.
 *
 * - `tensorflow1`: w ← w·norm / max(‖w‖, norm), along axis 1: `tf.clip_by_norm(weights, norm, axes=1)`. What is shorter
 *   stays as it is, bit for bit.
 * - `keras`: w ← w·min(‖w‖, norm) / (‖w‖ + 1e-7), along axis 0: `keras.constraints.MaxNorm`.
 *
 * Source: Srebro and Shraibman, "Rank, trace-norm and max-norm", 2005; Srivastava et al., "Dropout", 2014.
 * @throws ValueError unless the norm is a finite number above 0, or for an unknown option; when it is applied, ShapeError
 * for weights without that axis.
 * @example
 * maxNorm(2.5)(tensor([[3, 4], [0.5, 0.25]])).toArray(); // [[1.5, 2], [0.5, 0.25]]
 * maxNorm(2.5, { axis: 0 })(tensor([[3, 0.5], [4, 0.25]])).toArray(); // [[1.5, 0.5], [2, 0.25]]
 * new Dense({ units: 300, kernelConstraint: maxNorm(1.0, { axis: 1 }) });
 */
export const maxNorm = (norm: number, options: MaxNormOptions = noOptions): Constraint => {
  checkOptions("maxNorm", options, ["axis", "variant"]);
  checkNumber("maxNorm", "norm", norm, "a finite number above 0", (one) => one > 0 && one < Infinity);
  const variant = checkVariant("maxNorm", options.variant);
  if (variant === "pytorch") {
    throw new ValueError(
      'maxNorm: variant must be tensorflow1 or keras, got "pytorch", which has no such constraint. Choose one of these.',
    );
  }
  const axis = checkAxis("maxNorm", options.axis ?? (variant === "keras" ? 0 : 1));
  const limited = (weights: Tensor): Tensor => {
    if (variant === "tensorflow1") return clipNorm(weights, norm, { axis });
    const length = normOf(weights, axis);
    return mul(weights, div(minimum(length, norm), add(length, epsilon)));
  };
  return described(limited, "maxNorm", { norm, axis, variant });
};

/**
 * Makes the Euclidean norm of weights 1 after each update: w ← w / (‖w‖ + 1e-7). Axis 0, the default, gives each unit of
 * a kernel [inputs, units] a norm of its own. Weights that are all zero stay zero.
 *
 * Source: `tf.keras.constraints.UnitNorm` of TensorFlow 1, and `keras.constraints.UnitNorm`, which agree.
 * @throws ValueError for an unknown option; when it is applied, ShapeError for weights without that axis.
 * @example
 * unitNorm()(tensor([[3, 0], [4, 2]])).toArray(); // [[0.6000, 0], [0.8000, 1.0000]]
 */
export const unitNorm = (options: UnitNormOptions = noOptions): Constraint => {
  checkOptions("unitNorm", options, ["axis"]);
  const axis = checkAxis("unitNorm", options.axis ?? 0);
  return described((weights: Tensor) => div(weights, add(normOf(weights, axis), epsilon)), "unitNorm", { axis });
};

/**
 * Makes negative weights 0 after each update: w ← max(w, 0). Source: `keras.constraints.NonNeg`.
 * @example
 * nonNegative()(tensor([-1, 2])).toArray(); // [0, 2]
 */
export const nonNegative = (): Constraint => described((weights: Tensor) => maximum(weights, 0), "nonNegative");

/** @throws ValueError for what is no axis, or no list of axes; whether weights have it, only they can tell. */
const checkAxis = (where: string, axis: number | readonly number[]): number | readonly number[] => {
  const axes = Array.isArray(axis) ? axis : [axis];
  if (axes.length > 0 && axes.every((one) => Number.isInteger(one))) return axis;
  throw new ValueError(
    `${where}: axis must be a whole number or a list of them, got ${showValue(axis)}. Pass { axis: 0 } or { axis: 1 }.`,
  );
};
