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

/** A convolution of 3 x 3 pixels, as large as its input, with its activation, and the pooling behind it. */
export interface ConvolutionBlock {
  readonly filters: number;
  /** Whether each 2 x 2 outputs become their largest. */
  readonly pooling: boolean;
}

/** The settings of a network. Changing any of them makes a new network. */
export interface NetworkSettings {
  /** The convolutions, from the picture on; they may be empty. */
  readonly convolutions: readonly ConvolutionBlock[];
  /** The number of units of each hidden layer behind them; without both, the network is a linear classifier. */
  readonly hidden: readonly number[];
  readonly activation: HiddenActivation;
  /** The fraction of the units that is dropped in training, after each hidden layer. */
  readonly dropout: number;
  /** Whether the outputs of convolutions and hidden layers are normalized before their activation. */
  readonly batchNorm: boolean;
  readonly seed: number;
}

export const defaultNetwork: NetworkSettings = {
  convolutions: [],
  hidden: [32],
  activation: "relu",
  dropout: 0,
  batchNorm: false,
  seed: 42,
};

/** The settings of a network from a file: undefined where its layers differ. */
export type NetworkForm = Pick<NetworkSettings, "convolutions" | "hidden" | "seed"> & {
  readonly [Key in "activation" | "dropout" | "batchNorm"]: NetworkSettings[Key] | undefined;
};

/** Networks to start from, by the names of the page. */
export const presets: Readonly<Record<string, Omit<NetworkSettings, "seed">>> = {
  "no hidden layer": { ...defaultNetwork, hidden: [], activation: "linear" },
  "one hidden layer": defaultNetwork,
  "four hidden layers": { ...defaultNetwork, hidden: [64, 64, 64, 64], batchNorm: true },
  convolutional: {
    ...defaultNetwork,
    convolutions: [
      { filters: 8, pooling: true },
      { filters: 16, pooling: true },
    ],
  },
};

export const mostLayers = 8;
export const mostUnits = 2048;
export const mostConvolutions = 4;
export const mostFilters = 64;
/** Pictures of 8 x 8 are 1 x 1 after this many. */
export const mostPoolings = 3;

/** The rules that settings break, as sentences for their user: at most one for each field. */
export type Problems<Field extends string> = { readonly [Key in Field]?: string };

/**
 * The fields of a network that can be wrong; `layer2` is the size of the second hidden layer, `convolution2` the filters of the
 * second convolution.
 */
export type NetworkField = keyof NetworkForm | `layer${number}` | `convolution${number}`;

/**
 * The problems that prevent building a network; empty if there are none. The library checks most of them too; this also
 * rejects networks that would keep a browser busy for minutes.
 */
export const networkProblems = (form: NetworkForm): Problems<NetworkField> => {
  const { convolutions, hidden, activation, dropout, batchNorm, seed } = form;
  const problems: { -readonly [Key in NetworkField]?: string } = {};
  const poolings = convolutions.filter(({ pooling }) => pooling).length;
  if (convolutions.length > mostConvolutions) {
    problems.convolutions = `There may be up to ${mostConvolutions} convolutions, not ${convolutions.length}.`;
  } else if (poolings > mostPoolings) {
    problems.convolutions = `Up to ${mostPoolings} convolutions may pool, not ${poolings}: each halves the picture.`;
  }
  for (const [index, { filters }] of convolutions.entries()) {
    if (Number.isInteger(filters) && filters >= 1 && filters <= mostFilters) continue;
    problems[`convolution${index + 1}`] =
      `Convolution ${index + 1} must have 1 to ${mostFilters} filters, a whole number.`;
  }
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
