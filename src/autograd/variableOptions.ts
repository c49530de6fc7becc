import { flag, functionLike, type OptionRule, type OptionRules, text } from "../base/options.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A penalty on the values of a variable: a tensor of one number that is added to the loss. */
export type Regularizer = (weights: Tensor) => Tensor;

/** Returns the values that replace those of a variable after each update. */
export type Constraint = (weights: Tensor) => Tensor;

/** Options of a variable. */
export interface VariableOptions {
  /** Default: "variable". */
  readonly name?: string;
  /** Whether optimizers update it. Default: true. */
  readonly trainable?: boolean;
  /** Adds a penalty on the values to the loss. Default: none. */
  readonly regularizer?: Regularizer;
  /** Replaces the values after each update. Default: none. */
  readonly constraint?: Constraint;
}

/** The rule for a regularizer. */
export const regularizerRule: OptionRule = /* @__PURE__ */ functionLike("(weights) => tensor");

/** The rule for a constraint. */
export const constraintRule: OptionRule = regularizerRule;

/** The rules of VariableOptions. */
export const variableOptionRules: OptionRules<VariableOptions> = {
  name: text,
  trainable: flag,
  regularizer: regularizerRule,
  constraint: constraintRule,
};
