import { checkOption, type OptionRule, type OptionRules, required, whole } from "../../base/options.ts";
import { gelu, geluOptions } from "../../ops/elementwise/gelu.ts";
import { alphaOptions, elu, leakyRelu, relu, selu, slopeOptions } from "../../ops/elementwise/rectifier.ts";
import { sigmoid, silu, softplus, tanh } from "../../ops/elementwise/smooth.ts";
import { logSoftmax, softmax } from "../../ops/reduce/softmax.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { functionOrName, nameIn } from "./namedFunctions.ts";

/** What a layer applies to its output, element by element or along an axis. */
export type ActivationFunction = (x: Tensor) => Tensor;

/** The names by which a layer's option takes an activation. */
export type ActivationName =
  | "linear"
  | "sigmoid"
  | "tanh"
  | "relu"
  | "leakyRelu"
  | "elu"
  | "selu"
  | "gelu"
  | "silu"
  | "softplus"
  | "softmax"
  | "logSoftmax";

/** What a layer applies last, as reports and checks of losses see it. */
export interface LayerActivation {
  /** "relu", or what a custom function is called. */
  readonly name: string;
  /** Whether each element of the result depends on one element alone: not so of softmax. */
  readonly elementwise: boolean;
  /** How to compute it; undefined where the layer may do more, as a class that extends `Dense` may. */
  readonly steps?: {
    /** From the input of the layer to that of the activation. */
    readonly before: (input: Tensor) => Tensor;
    readonly apply: ActivationFunction;
  };
}

/** Options of the named activations that have some. */
export interface ActivationParameters {
  /** leakyRelu: the slope below zero. */
  readonly slope?: number;
  /** elu: it tends to -alpha far below zero. */
  readonly alpha?: number;
  /** gelu: the exact form ("none"), or the one by tanh. */
  readonly approximate?: "none" | "tanh";
  /** softmax, logSoftmax: the axis along which the results add up to one. Default: the last. */
  readonly axis?: number;
}

/** All activations by name, in one place. */
const table: Readonly<Record<ActivationName, (x: Tensor, parameters?: ActivationParameters) => Tensor>> = {
  linear: (x) => x,
  sigmoid,
  tanh,
  relu,
  leakyRelu,
  elu,
  selu,
  gelu,
  silu,
  softplus,
  softmax,
  logSoftmax,
};

/** The option of each activation that takes one. */
const parameterNames: Partial<Record<ActivationName, keyof ActivationParameters>> = {
  leakyRelu: "slope",
  elu: "alpha",
  gelu: "approximate",
  softmax: "axis",
  logSoftmax: "axis",
};

const parameterRules = (): OptionRules<ActivationParameters> => ({
  ...slopeOptions,
  ...alphaOptions,
  ...geluOptions,
  // Whether the input has such an axis is known when there is one.
  axis: whole(),
});

/** The rule of the option that an activation takes, by its name; nothing for one without, and for a custom function. */
export const parameterRule = (
  activation: ActivationFunction | ActivationName,
): Readonly<Record<string, OptionRule>> => {
  const name = typeof activation === "string" ? parameterNames[activation] : undefined;
  return name ? { [name]: parameterRules()[name] } : {};
};

/**
 * The function of an option that takes an activation or its name.
 * @throws ValueError for an unknown name.
 */
export const activationOf = (
  layer: string,
  activation: ActivationFunction | ActivationName,
  parameters?: ActivationParameters,
): ActivationFunction => {
  checkOption(layer, "activation", activation, required(functionOrName(table)));
  // With x alone: further arguments of a caller are not meant for it.
  if (typeof activation === "function") return (x) => activation(x);
  const apply = table[activation];
  return (x) => apply(x, parameters);
};

/** The functions of the table by name, which saved models look up. */
export const namedActivations = (): readonly (readonly [ActivationName, ActivationFunction])[] =>
  (Object.keys(table) as ActivationName[]).map((name) => [name, table[name]]);

/** The name of a function of the table; undefined for a custom one. */
export const nameOfActivation = (activation: ActivationFunction): ActivationName | undefined =>
  nameIn(table, activation);

/** The description of a layer's activation; undefined for none and for "linear". */
export const lastActivationOf = (
  activation: ActivationFunction | ActivationName | undefined,
  steps: LayerActivation["steps"],
): LayerActivation | undefined => {
  const name = typeof activation === "function" ? nameOfActivation(activation) : activation;
  if (activation === undefined || name === "linear") return undefined;
  return {
    name: name ?? ((activation as ActivationFunction).name || "a function"),
    elementwise: name === undefined || parameterNames[name] !== "axis",
    steps,
  };
};
