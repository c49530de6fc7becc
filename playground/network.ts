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

/** What a network is made from. Changing any of it makes a new network. */
export interface NetworkSettings {
  /** The number of units of each hidden layer, from the input on; none is a linear classifier. */
  readonly hidden: readonly number[];
  readonly activation: HiddenActivation;
  /** The share of the units that is dropped in training, after each hidden layer. */
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

export const mostLayers = 8;
export const mostUnits = 2048;

/**
 * The rule that a network breaks, as a sentence for its user; undefined when it can be built. The library would refuse
 * most of this too; this adds what would keep a browser busy for minutes.
 */
export const networkProblem = ({ hidden, dropout, seed }: NetworkSettings): string | undefined => {
  if (hidden.length > mostLayers) return `There may be up to ${mostLayers} hidden layers, not ${hidden.length}.`;
  const wrong = hidden.findIndex((units) => !Number.isInteger(units) || units < 1 || units > mostUnits);
  if (wrong >= 0) return `Layer ${wrong + 1} must have 1 to ${mostUnits} units, a whole number.`;
  if (!(dropout >= 0 && dropout < 1)) return "Dropout must be a share from 0 up to but not including 1.";
  if (!Number.isSafeInteger(seed) || seed < 0) return "The seed must be a whole number from 0.";
  return undefined;
};
