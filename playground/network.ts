import type { ActivationName } from "gradus";

/** The activations that hidden layers may have. */
export type HiddenActivation = Exclude<ActivationName, "softmax" | "logSoftmax">;

export const activationNames: readonly HiddenActivation[] = [
  "relu",
  "tanh",
  "sigmoid",
  "elu",
  "selu",
  "leakyRelu",
  "gelu",
  "silu",
  "softplus",
  "linear",
];

/** The settings of a network. Changing any of them makes a new network. */
export interface NetworkSettings {
  /** The number of units of each hidden layer, from the input on; an empty list is a linear classifier. */
  readonly hidden: readonly number[];
  readonly activation: HiddenActivation;
  /** The fraction of the units that is dropped in training, after each hidden layer. */
  readonly dropout: number;
  /** Whether the outputs of hidden layers are normalized before their activation. */
  readonly batchNorm: boolean;
  readonly seed: number;
}

export const defaultNetwork: NetworkSettings = {
  hidden: [32],
  activation: "relu",
  dropout: 0,
  batchNorm: false,
  seed: 42,
};

/** The settings of a network from a file: undefined where its layers differ. */
export type NetworkForm = Pick<NetworkSettings, "hidden" | "seed"> & {
  readonly [Key in "activation" | "dropout" | "batchNorm"]: NetworkSettings[Key] | undefined;
};

export const mostLayers = 8;
export const mostUnits = 2048;

/** The rules that settings break, as sentences for their user: at most one for each field. */
export type Problems<Field extends string> = { readonly [Key in Field]?: string };

/** The fields of a network that can be wrong; `layer2` is the size of the second hidden layer. */
export type NetworkField = keyof NetworkForm | `layer${number}`;

/**
 * The problems that prevent building a network; empty if there are none. The library checks most of them too; this also
 * rejects networks that would keep a browser busy for minutes.
 */
export const networkProblems = (form: NetworkForm): Problems<NetworkField> => {
  const { hidden, activation, dropout, batchNorm, seed } = form;
  const problems: { -readonly [Key in NetworkField]?: string } = {};
  if (hidden.length > mostLayers) {
    problems.hidden = `There may be up to ${mostLayers} hidden layers, not ${hidden.length}.`;
  }
  for (const [index, units] of hidden.entries()) {
    if (Number.isInteger(units) && units >= 1 && units <= mostUnits) continue;
    problems[`layer${index + 1}`] = `Layer ${index + 1} must have 1 to ${mostUnits} units, a whole number.`;
  }
  const choose = "The layers of the file differ in this: choose for a new network.";
  if (activation === undefined) problems.activation = choose;
  if (dropout === undefined) problems.dropout = choose;
  else if (!(dropout >= 0 && dropout < 1)) {
    problems.dropout = "Dropout must be a share from 0 up to but not including 1.";
  }
  if (batchNorm === undefined) problems.batchNorm = choose;
  if (!Number.isSafeInteger(seed) || seed < 0) problems.seed = "The seed must be a whole number from 0.";
  return problems;
};

/** Whether the form has no problem, so that a network can be built. */
export const canBuild = (form: NetworkForm): form is NetworkSettings => Object.keys(networkProblems(form)).length === 0;
