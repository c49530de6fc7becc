import { gelu } from "../ops/gelu.ts";
import { elu, leakyRelu, relu, selu } from "../ops/rectifier.ts";
import { sigmoid, silu, softplus, tanh } from "../ops/smooth.ts";
import { logSoftmax, softmax } from "../ops/softmax.ts";
import { described } from "../tensor/describe.ts";
import { ValueError } from "../tensor/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { choose } from "./options.ts";

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

/** Options of the named activations that have some. */
export interface ActivationParameters {
  /** leakyRelu: the slope below zero. */
  readonly slope?: number;
  /** elu: what it tends to far below zero is -alpha. */
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

/** Which options they take, of those that take some. */
const parametersOf: Partial<Record<ActivationName, keyof ActivationParameters>> = {
  leakyRelu: "slope",
  elu: "alpha",
  gelu: "approximate",
  softmax: "axis",
  logSoftmax: "axis",
};

/** The function that an option gives, as itself or by its name; parameters belong to names. */
export const activationOf = (
  layer: string,
  given: ActivationFunction | ActivationName,
  parameters: ActivationParameters = {},
): ActivationFunction => {
  if (typeof given === "function") {
    checkParameters(layer, "a function of one's own", parameters);
    const name = nameOfActivation(given);
    // One of the table is what its name says, and is saved by it.
    if (name) described(given, name);
    // Called with x alone: what else a caller passes is not meant for it.
    return (x) => given(x);
  }
  const apply = choose(layer, "activation", given, table);
  checkParameters(layer, given, parameters, parametersOf[given]);
  return Object.keys(parameters).length === 0 ? (x) => apply(x) : (x) => apply(x, parameters);
};

const checkParameters = (layer: string, activation: string, parameters: ActivationParameters, known?: string): void => {
  for (const name of Object.keys(parameters)) {
    if (name === known) continue;
    throw new ValueError(
      `${layer}: ${activation} takes ${known === undefined ? "no options" : `the option ${known}`}, got "${name}". ` +
        "Remove it, or pass a function that has it chosen already.",
    );
  }
};

/** The functions of the table by name, which saved models look up. */
export const namedActivations = (): readonly (readonly [ActivationName, ActivationFunction])[] =>
  (Object.keys(table) as ActivationName[]).map((name) => [name, table[name]]);

/** The name of a function of the table; undefined for one of the user's own. */
export const nameOfActivation = (given: ActivationFunction): ActivationName | undefined =>
  (Object.keys(table) as ActivationName[]).find((name) => table[name] === given);

/** What to call an activation where it is shown: its name, or that of a function of the user's own. */
export const labelOfActivation = (given: ActivationFunction | ActivationName): string =>
  typeof given === "string" ? given : (nameOfActivation(given) ?? (given.name || "a function"));
