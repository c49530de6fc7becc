import type { Regularizer } from "../../autograd/variableOptions.ts";
import { described } from "../../base/describe.ts";
import { checkOption, checkOptions, number, type OptionRule, required } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { variantRule } from "../../base/variant.ts";
import { abs, add, mul } from "../../ops/elementwise/arithmetic.ts";
import { square } from "../../ops/elementwise/powers.ts";
import { sum } from "../../ops/shape/broadcast.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { LayerVariant } from "./layerOptions.ts";

/** Options of `l2`. */
export interface L2Options {
  /** "keras" leaves out the ½. Default: "tensorflow1", which "pytorch" agrees with. */
  readonly variant?: LayerVariant;
}

/** Options of `l1l2`. */
export interface L1L2Options extends L2Options {
  /** The factor of Σ|w|. Default: 0. */
  readonly l1?: number;
  /** The factor of ½·Σw² (with "keras" of Σw²). Default: 0. */
  readonly l2?: number;
}

const factorRule: OptionRule = /* @__PURE__ */ required(/* @__PURE__ */ number({ from: 0 }));

/**
 * The penalty factor·Σ|w|, which draws weights to zero, and leaves many there. Its derivative at 0 is taken as 0.
 *
 * It goes with a variable (`kernelRegularizer`) or an output (`activityRegularizer`), and is part of the loss of `fit`
 * and `minimize`. Source: Tibshirani, "Regression shrinkage and selection via the lasso", 1996;
 * `tf.contrib.layers.l1_regularizer` and `keras.regularizers.L1`, which agree.
 * @throws ValueError unless the factor is a finite number from 0.
 * @example
 * l1(0.5)(tensor([1, -2])).item(); // 1.5
 * new Dense({ units: 100, kernelRegularizer: l1(1e-5) });
 */
export const l1 = (factor: number): Regularizer => {
  checkOption("l1", "factor", factor, factorRule);
  return described((weights: Tensor) => mul(sum(abs(weights)), factor), "l1", { factor });
};

/**
 * The penalty factor·½·Σw², which draws weights towards zero: with plain SGD, weight decay.
 *
 * - `tensorflow1`, `pytorch`: factor·½·Σw², whose gradient is factor·w, as `weight_decay` adds it in PyTorch
 * - `keras`: factor·Σw², twice as much
 *
 * Source: Hoerl and Kennard, "Ridge regression", 1970; `tf.contrib.layers.l2_regularizer` (its `tf.nn.l2_loss` has the ½);
 * `keras.regularizers.L2`.
 * @throws ValueError unless the factor is a finite number from 0, or for an unknown variant.
 * @example
 * l2(0.5)(tensor([1, -2])).item(); // 1.25
 * l2(0.5, { variant: "keras" })(tensor([1, -2])).item(); // 2.5
 */
export const l2 = (factor: number, options: L2Options = noOptions): Regularizer => {
  const { variant = "tensorflow1" } = checkOptions("l2", options, { variant: variantRule });
  checkOption("l2", "factor", factor, factorRule);
  const scale = variant === "keras" ? factor : factor / 2;
  return described((weights: Tensor) => mul(sum(square(weights)), scale), "l2", { factor, variant });
};

/**
 * The penalty l1·Σ|w| + l2·½·Σw² (elastic net); with the variant "keras" l1·Σ|w| + l2·Σw².
 *
 * Source: Zou and Hastie, "Regularization and variable selection via the elastic net", 2005;
 * `tf.contrib.layers.l1_l2_regularizer`, `keras.regularizers.L1L2`.
 * @throws ValueError unless the factors are finite numbers from 0, or for an unknown option.
 * @example
 * l1l2({ l1: 0.5, l2: 0.5 })(tensor([1, -2])).item(); // 2.75
 */
export const l1l2 = (options: L1L2Options): Regularizer => {
  const rules = { l1: number({ from: 0 }), l2: number({ from: 0 }), variant: variantRule };
  const { l1: ofAbs = 0, l2: ofSquares = 0, variant = "tensorflow1" } = checkOptions("l1l2", options, rules);
  const [first, second] = [l1(ofAbs), l2(ofSquares, { variant })];
  const both = (weights: Tensor): Tensor => add(first(weights), second(weights));
  return described(both, "l1l2", { l1: ofAbs, l2: ofSquares, variant });
};
