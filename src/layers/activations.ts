import { gelu } from "../ops/gelu.ts";
import { elu, leakyRelu, relu, selu } from "../ops/rectifier.ts";
import { sigmoid, silu, softplus, tanh } from "../ops/smooth.ts";
import { logSoftmax, softmax } from "../ops/softmax.ts";
import { described } from "../tensor/described.ts";
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

interface Entry {
  readonly apply: (x: Tensor, parameters?: ActivationParameters) => Tensor;
  readonly parameters: readonly (keyof ActivationParameters)[];
}

/** All activations by name, in one place. */
const table: Readonly<Record<ActivationName, Entry>> = {
  linear: { apply: (x) => x, parameters: [] },
  sigmoid: { apply: sigmoid, parameters: [] },
  tanh: { apply: tanh, parameters: [] },
  relu: { apply: relu, parameters: [] },
  leakyRelu: { apply: leakyRelu, parameters: ["slope"] },
  elu: { apply: elu, parameters: ["alpha"] },
  selu: { apply: selu, parameters: [] },
  gelu: { apply: gelu, parameters: ["approximate"] },
  silu: { apply: silu, parameters: [] },
  softplus: { apply: softplus, parameters: [] },
  softmax: { apply: softmax, parameters: ["axis"] },
  logSoftmax: { apply: logSoftmax, parameters: ["axis"] },
};

/** The function that an option gives, as itself or by its name; parameters belong to names. */
export const activationOf = (
  layer: string,
  given: ActivationFunction | ActivationName,
  parameters: ActivationParameters = {},
): ActivationFunction => {
  if (typeof given === "function") {
    checkParameters(layer, "a function of one's own", parameters, []);
    const name = nameOfActivation(given);
    // One of the table is what its name says, and is saved by it.
    if (name) described(given, name);
    // Called with x alone: what else a caller passes is not meant for it.
    return (x) => given(x);
  }
  const entry = choose(layer, "activation", given, table);
  checkParameters(layer, given, parameters, entry.parameters);
  if (Object.keys(parameters).length === 0) return (x) => entry.apply(x);
  return (x) => entry.apply(x, parameters);
};

const checkParameters = (
  layer: string,
  activation: string,
  parameters: ActivationParameters,
  known: readonly string[],
): void => {
  for (const name of Object.keys(parameters)) {
    if (!known.includes(name)) {
      throw new ValueError(
        `${layer}: ${activation} takes ${known.length > 0 ? `the options ${known.join(", ")}` : "no options"}, got "${name}". ` +
          "Remove it, or pass a function that has it chosen already.",
      );
    }
  }
};

/** The functions of the table by name, which saved models look up. */
export const namedActivations = (): readonly (readonly [ActivationName, ActivationFunction])[] =>
  (Object.keys(table) as ActivationName[]).map((name) => [name, table[name].apply]);

/** The name of a function of the table; undefined for one of the user's own. */
export const nameOfActivation = (given: ActivationFunction): ActivationName | undefined =>
  (Object.keys(table) as ActivationName[]).find((name) => table[name].apply === given);

/** What to call an activation where it is shown: its name, or that of a function of the user's own. */
export const labelOfActivation = (given: ActivationFunction | ActivationName): string =>
  typeof given === "string" ? given : (nameOfActivation(given) ?? (given.name || "a function"));
