import type { ActivationName } from "../layers/base/activations.ts";
import { maxNorm, nonNegative, unitNorm } from "../layers/base/constraints.ts";
import {
  constant,
  type Initializer,
  type InitializerName,
  normal,
  truncatedNormal,
  uniform,
  type VarianceScalingOptions,
  varianceScaling,
} from "../layers/base/initializers.ts";
import { l1, l1l2, l2 } from "../layers/base/regularizers.ts";
import { isObject } from "./kerasConfig.ts";

type Config = Readonly<Record<string, unknown>>;

/** Makes a function from the options that Keras wrote; each option must be in the list. */
interface Maker<F> {
  readonly options: readonly string[];
  readonly make: (config: Config) => F;
}

/** "glorot_uniform", "GlorotUniform" → "glorotuniform". */
const plainName = (name: string): string => name.replaceAll("_", "").toLowerCase();

/** The function that a config describes; undefined where it has no counterpart. */
const functionOf = <F>(table: Readonly<Record<string, Maker<F>>>, value: unknown): F | undefined => {
  const [name, config] =
    typeof value === "string"
      ? [value, {}]
      : isObject(value) && typeof value.class_name === "string"
        ? [value.class_name, isObject(value.config) ? value.config : {}]
        : ["", {}];
  const key = plainName(name);
  const maker = Object.hasOwn(table, key) ? table[key] : undefined;
  // A seed draws other numbers here.
  const isKnown = ([option, each]: readonly [string, unknown]): boolean =>
    each === null || option === "seed" || maker!.options.includes(option);
  if (!maker || !Object.entries(config).every(isKnown)) return undefined;
  return maker.make(config);
};

const named = (name: InitializerName): Maker<Initializer | InitializerName> => ({ options: [], make: () => name });

const modes: Readonly<Record<string, VarianceScalingOptions["mode"]>> = {
  fan_in: "fanIn",
  fan_out: "fanOut",
  fan_avg: "fanAverage",
};
const distributions: Readonly<Record<string, VarianceScalingOptions["distribution"]>> = {
  normal: "truncatedNormal",
  truncated_normal: "truncatedNormal",
  untruncated_normal: "normal",
  uniform: "uniform",
};

/** An entry of a table, or a value that no option takes. */
const entry = <T>(table: Readonly<Record<string, T>>, value: unknown, missing: T): T =>
  value === undefined ? missing : typeof value === "string" && Object.hasOwn(table, value) ? table[value] : (NaN as T);

/** A number, or what the check of the option refuses. */
const numberOf = (value: unknown, missing: number): number => (value === undefined ? missing : (value as number));

const initializers: Readonly<Record<string, Maker<Initializer | InitializerName>>> = {
  zeros: named("zeros"),
  ones: named("ones"),
  glorotuniform: named("glorotUniform"),
  glorotnormal: named("glorotNormal"),
  heuniform: named("heUniform"),
  henormal: named("heNormal"),
  lecununiform: named("lecunUniform"),
  lecunnormal: named("lecunNormal"),
  constant: { options: ["value"], make: ({ value }) => constant(numberOf(value, 0)) },
  randomuniform: {
    options: ["minval", "maxval"],
    make: ({ minval, maxval }) => uniform({ min: numberOf(minval, -0.05), max: numberOf(maxval, 0.05) }),
  },
  randomnormal: {
    options: ["mean", "stddev"],
    make: ({ mean, stddev }) => normal({ mean: numberOf(mean, 0), stddev: numberOf(stddev, 0.05) }),
  },
  truncatednormal: {
    options: ["mean", "stddev"],
    make: ({ mean, stddev }) => truncatedNormal({ mean: numberOf(mean, 0), stddev: numberOf(stddev, 0.05) }),
  },
  variancescaling: {
    options: ["scale", "mode", "distribution"],
    make: ({ scale, mode, distribution }) =>
      varianceScaling({
        scale: numberOf(scale, 1),
        mode: entry(modes, mode, "fanIn"),
        distribution: entry(distributions, distribution, "truncatedNormal"),
      }),
  },
};

type Regularizer = ReturnType<typeof l1>;

const regularizers: Readonly<Record<string, Maker<Regularizer>>> = {
  l1: { options: ["l1"], make: (config) => l1(numberOf(config.l1, 0.01)) },
  l2: { options: ["l2"], make: (config) => l2(numberOf(config.l2, 0.01), { variant: "keras" }) },
  l1l2: {
    options: ["l1", "l2"],
    make: (config) => l1l2({ l1: numberOf(config.l1, 0), l2: numberOf(config.l2, 0), variant: "keras" }),
  },
};

type Constraint = ReturnType<typeof nonNegative>;

const axisOf = (axis: unknown): { readonly axis?: number | readonly number[] } =>
  axis === undefined ? {} : { axis: axis as number };

const constraints: Readonly<Record<string, Maker<Constraint>>> = {
  maxnorm: {
    options: ["max_value", "axis"],
    make: ({ max_value, axis }) => maxNorm(numberOf(max_value, 2), { ...axisOf(axis), variant: "keras" }),
  },
  unitnorm: { options: ["axis"], make: ({ axis }) => unitNorm(axisOf(axis)) },
  nonneg: { options: [], make: nonNegative },
};

/** The function for an option whose name ends in one of these; undefined where it has no counterpart. */
export const readFunction: Readonly<Record<string, (value: unknown) => object | string | undefined>> = {
  initializer: (value) => functionOf(initializers, value),
  regularizer: (value) => functionOf(regularizers, value),
  constraint: (value) => functionOf(constraints, value),
};

/** Keras' leaky ReLU has the slope 0.2 where it is named; the layer of that name has its own. */
export const namedSlope = 0.2;

const activations: Readonly<Record<string, ActivationName>> = {
  linear: "linear",
  sigmoid: "sigmoid",
  tanh: "tanh",
  relu: "relu",
  leaky_relu: "leakyRelu",
  elu: "elu",
  selu: "selu",
  gelu: "gelu",
  silu: "silu",
  swish: "silu",
  softplus: "softplus",
  softmax: "softmax",
  log_softmax: "logSoftmax",
};

/** The activation of a name, or of a function of Keras with a name; undefined where it has no counterpart. */
export const readActivation = (value: unknown): ActivationName | undefined => {
  const name = isObject(value) && value.class_name === "function" ? value.config : value;
  if (name === null || name === undefined) return "linear";
  return typeof name === "string" && Object.hasOwn(activations, name) ? activations[name] : undefined;
};
