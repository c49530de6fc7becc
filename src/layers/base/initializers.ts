import { described } from "../../base/describe.ts";
import { checkOption, checkOptions, number, type OptionRule, oneOf } from "../../base/options.ts";
import { randomNormal, randomTruncatedNormal, randomUniform } from "../../ops/random/distributions.ts";
import type { Random } from "../../tensor/random.ts";
import type { Shape } from "../../tensor/shape.ts";
import { checkShape } from "../../tensor/shape.ts";
import { fill, ones, type Tensor, zeros } from "../../tensor/tensor.ts";
import { functionOrName } from "./namedFunctions.ts";

/**
 * Computes the first value of a variable: `(shape, random) => Tensor`. `zeros` and `ones` are initializers as they are (a
 * generator has no `dtype`, which they would look for in a second argument).
 */
export type Initializer = (shape: Shape, random: Random & { readonly dtype?: undefined }) => Tensor;

/** The names by which a layer's option takes an initializer. */
export type InitializerName =
  | "zeros"
  | "ones"
  | "glorotUniform"
  | "glorotNormal"
  | "heUniform"
  | "heNormal"
  | "lecunUniform"
  | "lecunNormal";

/** Options of `varianceScaling`. */
export interface VarianceScalingOptions {
  /** The variance times n. Default: 1. */
  readonly scale?: number;
  /** What n counts: inputs, outputs, or the mean of both. Default: "fanIn". */
  readonly mode?: "fanIn" | "fanOut" | "fanAverage";
  /** Default: "truncatedNormal". */
  readonly distribution?: "truncatedNormal" | "normal" | "uniform";
}

const constantRule: OptionRule = {
  words: "a number",
  holds: (value) => typeof value === "number" && !Number.isNaN(value),
  required: true,
};

/**
 * An initializer that fills with one value.
 * @throws ValueError when the value is not a number.
 * @example
 * new Dense({ units: 3, biasInitializer: constant(0.1) });
 */
export const constant = (value: number): Initializer => {
  checkOption("constant", "value", value, constantRule);
  return described((shape) => fill(shape, value), "constant", { value });
};

/**
 * An initializer that draws uniformly from [min, max), by default [0, 1) as TensorFlow 1 does.
 * @throws ValueError when max is below min, or one of them is not finite.
 * @example
 * new Dense({ units: 3, kernelInitializer: uniform({ min: -0.05, max: 0.05 }) });
 */
export const uniform = (options: { readonly min?: number; readonly max?: number } = {}): Initializer => {
  const { min = 0, max = 1 } = checkOptions("uniform", options, { min: number(), max: number() });
  checkOption("uniform", "max", max, atLeast("min", min));
  return described((shape, random) => randomUniform(shape, { min, max, random }), "uniform", { min, max });
};

/** The rule for a number that another option bounds. */
export const atLeast = (option: string, least: number): OptionRule => ({
  words: `a finite number from ${option}=${least}`,
  holds: (value) => (value as number) >= least,
});

/** Options of `normal` and `truncatedNormal`. */
export interface NormalInitializerOptions {
  /** Default: 0. */
  readonly mean?: number;
  /** The standard deviation σ. Default: 1. */
  readonly stddev?: number;
  /** An older name of `stddev`, which files and programs may still use; `stddev` comes first. */
  readonly deviation?: number;
}

const normalOptions = (
  where: string,
  options: NormalInitializerOptions,
): { readonly mean: number; readonly stddev: number } => {
  const {
    mean = 0,
    deviation = 1,
    stddev = deviation,
  } = checkOptions(where, options, {
    mean: number(),
    stddev: number({ from: 0 }),
    deviation: number({ from: 0 }),
  });
  return { mean, stddev };
};

/**
 * An initializer that draws from the normal distribution N(mean, stddev²).
 * @throws ValueError when an option is out of range.
 * @example
 * new Dense({ units: 3, kernelInitializer: normal({ stddev: 0.01 }) });
 */
export const normal = (options: NormalInitializerOptions = {}): Initializer => {
  const { mean, stddev } = normalOptions("normal", options);
  const draw: Initializer = (shape, random) => randomNormal(shape, { mean, stddev, random });
  return described(draw, "normal", { mean, stddev });
};

/**
 * An initializer that draws from the normal distribution N(mean, stddev²) cut off at mean ± 2·stddev; the
 * standard deviation of the result is 0.8796·stddev.
 * @throws ValueError when an option is out of range.
 * @example
 * new Dense({ units: 3, kernelInitializer: truncatedNormal({ stddev: 0.1 }) });
 */
export const truncatedNormal = (options: NormalInitializerOptions = {}): Initializer => {
  const { mean, stddev } = normalOptions("truncatedNormal", options);
  const draw: Initializer = (shape, random) => randomTruncatedNormal(shape, { mean, stddev, random });
  return described(draw, "truncatedNormal", { mean, stddev });
};

/**
 * How many inputs and outputs a unit has: for a kernel [inputs, outputs] these two, for a kernel with further axes in
 * front (a convolution's window) each times their product.
 */
const fans = (shape: Shape): { fanIn: number; fanOut: number } => {
  if (shape.length < 2) return { fanIn: shape[0] ?? 1, fanOut: shape[0] ?? 1 };
  const window = shape.slice(0, -2).reduce((product, length) => product * length, 1);
  return { fanIn: window * shape[shape.length - 2], fanOut: window * shape[shape.length - 1] };
};

/** Draws numbers with the mean 0 and a standard deviation. */
type Draw = (shape: Shape, stddev: number, random: Random) => Tensor;

const drawUniform: Draw = (shape, stddev, random) => {
  const limit = Math.sqrt(3) * stddev;
  return randomUniform(shape, { min: -limit, max: limit, random });
};
const drawNormal: Draw = (shape, stddev, random) => randomNormal(shape, { mean: 0, stddev, random });
const drawTruncated: Draw = (shape, stddev, random) =>
  randomTruncatedNormal(shape, { mean: 0, stddev: stddev / truncatedStddev, random });

/** The standard deviation of the standard normal distribution cut off at ±2. */
const truncatedStddev = 0.87962566103423978;

/** Draws with the variance scale / n. The names use this, so that a bundle with one of them holds no other distribution. */
const scaled =
  (scale: number, mode: NonNullable<VarianceScalingOptions["mode"]>, draw: Draw): Initializer =>
  (shape, random) => {
    const { fanIn, fanOut } = fans(checkShape("an initializer", shape));
    const n = mode === "fanIn" ? fanIn : mode === "fanOut" ? fanOut : (fanIn + fanOut) / 2;
    // A kernel without inputs has no elements to draw: any finite variance will do.
    return draw(shape, Math.sqrt(scale / Math.max(n, 1)), random);
  };

/**
 * An initializer that keeps the variance of the values from layer to layer: Var = scale / n, where n is the number of inputs
 * (fanIn), of outputs (fanOut), or their mean (fanAverage).
 *
 *     truncatedNormal   N(0, σ²) cut off at ±2σ, σ = √(scale/n) / 0.87962566103423978
 *     normal            N(0, σ²), σ = √(scale/n)
 *     uniform           U(-a, a), a = √(3·scale/n)
 *
 * The defaults are those of `tf.variance_scaling_initializer()`: scale 1, fanIn, truncatedNormal (LeCun's).
 * @throws ValueError when scale is not positive, or mode or distribution is unknown.
 * @example
 * new Dense({ units: 300, kernelInitializer: varianceScaling({ scale: 2, mode: "fanIn", distribution: "normal" }) });
 */
export const varianceScaling = (options: VarianceScalingOptions = {}): Initializer => {
  const {
    scale = 1,
    mode = "fanIn",
    distribution = "truncatedNormal",
  } = checkOptions("varianceScaling", options, {
    scale: number({ above: 0 }),
    mode: oneOf("fanIn", "fanOut", "fanAverage"),
    distribution: oneOf("truncatedNormal", "normal", "uniform"),
  });
  const draw = { truncatedNormal: drawTruncated, normal: drawNormal, uniform: drawUniform }[distribution];
  return described(scaled(scale, mode, draw), "varianceScaling", { scale, mode, distribution });
};

/**
 * U(±√(6/(fanIn + fanOut))): Glorot & Bengio, "Understanding the difficulty of training deep networks", 2010.
 * @example
 * new Dense({ units: 3, kernelInitializer: glorotUniform });
 */
export const glorotUniform: Initializer = /* @__PURE__ */ scaled(1, "fanAverage", drawUniform);

/**
 * Truncated normal with Var = 2/(fanIn + fanOut): Glorot & Bengio, 2010.
 * @example
 * new Dense({ units: 3, kernelInitializer: glorotNormal });
 */
export const glorotNormal: Initializer = /* @__PURE__ */ scaled(1, "fanAverage", drawTruncated);

/**
 * U(±√(6/fanIn)): He et al., "Delving deep into rectifiers", 2015.
 * @example
 * new Dense({ units: 3, kernelInitializer: heUniform });
 */
export const heUniform: Initializer = /* @__PURE__ */ scaled(2, "fanIn", drawUniform);

/**
 * Truncated normal with Var = 2/fanIn: He et al., 2015.
 * @example
 * new Dense({ units: 3, kernelInitializer: heNormal });
 */
export const heNormal: Initializer = /* @__PURE__ */ scaled(2, "fanIn", drawTruncated);

/**
 * U(±√(3/fanIn)): LeCun et al., "Efficient backprop", 1998.
 * @example
 * new Dense({ units: 3, kernelInitializer: lecunUniform });
 */
export const lecunUniform: Initializer = /* @__PURE__ */ scaled(1, "fanIn", drawUniform);

/**
 * Truncated normal with Var = 1/fanIn: LeCun et al., 1998.
 * @example
 * new Dense({ units: 3, kernelInitializer: lecunNormal });
 */
export const lecunNormal: Initializer = /* @__PURE__ */ scaled(1, "fanIn", drawTruncated);

const table: Readonly<Record<InitializerName, Initializer>> = {
  zeros,
  ones,
  glorotUniform,
  glorotNormal,
  heUniform,
  heNormal,
  lecunUniform,
  lecunNormal,
};

/** The rule for an option that takes an initializer. */
export const initializerRule: OptionRule = /* @__PURE__ */ functionOrName(table);

/** The function of an option that takes an initializer or its name. */
export const initializerOf = (initializer: Initializer | InitializerName): Initializer =>
  typeof initializer === "function" ? initializer : table[initializer];

/** All initializers that need no options, by the names that saved models hold. */
export const namedInitializers: Readonly<Record<InitializerName, Initializer>> = table;

/** The first values of a table of embeddings, as in Keras: uniform from −0.05 to 0.05. @internal */
export const embeddingsInitializer: Initializer = (shape, random) => uniform({ min: -0.05, max: 0.05 })(shape, random);
