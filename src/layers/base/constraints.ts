import type { Constraint } from "../../autograd/variableOptions.ts";
import { described } from "../../base/describe.ts";
import { checkOption, copyOptions, number, type OptionRule, oneOf, required } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { add, div, maximum, minimum, mul } from "../../ops/elementwise/arithmetic.ts";
import { sqrt, square } from "../../ops/elementwise/powers.ts";
import { clipNorm, scaledForNorm } from "../../ops/reduce/clipNorm.ts";
import { sum } from "../../ops/shape/broadcast.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { LayerVariant } from "./layerOptions.ts";

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

/** PyTorch has no such constraint. */
const variantRule: OptionRule = /* @__PURE__ */ oneOf("tensorflow1", "keras");

/** Whether weights have these axes is known when they are constrained. */
const axisRule: OptionRule = {
  words: "a whole number or a list of them",
  holds: (value) => {
    const axes: readonly unknown[] = Array.isArray(value) ? value : [value];
    return axes.length > 0 && axes.every(Number.isInteger);
  },
};

/** Keras adds it to the norm that it divides by. */
const epsilon = 1e-7;

/** The norm of scaled weights along axes, kept at length 1. */
const normOf = (
  weights: Tensor,
  axis: number | readonly number[],
  norm?: number,
): ReturnType<typeof scaledForNorm> & { readonly length: Tensor } => {
  const { scaled, scale } = scaledForNorm(weights, axis, norm);
  return { scaled, scale, length: sqrt(sum(square(scaled), { axis, keepDims: true })) };
};

/**
 * Limits the Euclidean norm of weights after each update. Of a kernel [inputs, units], axis 1 limits what each input
 * gives to all units (one norm per row), axis 0 what each unit receives (one norm per column), [0, 1] the whole.
 *
 * - `tensorflow1`: w ← w·norm / max(‖w‖, norm), along axis 1: `tf.clip_by_norm(weights, norm, axes=1)`. Shorter
 *   weights keep their bits.
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
  const rules = { axis: axisRule, variant: variantRule };
  const { variant = "tensorflow1", axis = variant === "keras" ? 0 : 1 } = copyOptions("maxNorm", options, rules);
  checkOption("maxNorm", "norm", norm, required(number({ above: 0 })));
  const limited = (weights: Tensor): Tensor => {
    if (variant === "tensorflow1") return clipNorm(weights, norm, { axis });
    const { scaled, scale, length } = normOf(weights, axis, norm);
    return mul(scaled, div(div(minimum(length, mul(scale, norm)), scale), add(length, mul(scale, epsilon))));
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
  const { axis = 0 } = copyOptions("unitNorm", options, { axis: axisRule });
  const unit = (weights: Tensor): Tensor => {
    const { scaled, scale, length } = normOf(weights, axis);
    return div(scaled, add(length, mul(scale, epsilon)));
  };
  return described(unit, "unitNorm", { axis });
};

/**
 * Makes negative weights 0 after each update: w ← max(w, 0). Source: `keras.constraints.NonNeg`.
 * @example
 * nonNegative()(tensor([-1, 2])).toArray(); // [0, 2]
 */
export const nonNegative = (): Constraint => described((weights: Tensor) => maximum(weights, 0), "nonNegative");
