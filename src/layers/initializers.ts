import { randomNormal, randomTruncatedNormal, randomUniform } from "../ops/distributions.ts";
import { described, descriptionOf } from "../tensor/describe.ts";
import { checkChoice, checkNumber } from "../tensor/optionChecks.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import type { Shape } from "../tensor/shape.ts";
import { fill, ones, type Tensor, zeros } from "../tensor/tensor.ts";
import { choose } from "./options.ts";

/**
 * Makes the first value of a variable: `(shape, random) => Tensor`. `zeros` and `ones` are initializers as they are (a
 * generator has no `dtype`, which is what they would look for in a second argument).
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
  /** What n is: inputs, outputs, or the mean of both. Default: "fanIn". */
  readonly mode?: "fanIn" | "fanOut" | "fanAverage";
  /** Default: "truncatedNormal". */
  readonly distribution?: "truncatedNormal" | "normal" | "uniform";
}

/**
 * An initializer that fills with one value.
 * @throws ValueError when the value is not a number.
 * @example
 * new Dense({ units: 3, biasInitializer: constant(0.1) });
 */
export const constant = (value: number): Initializer => {
  checkNumber("constant", "value", value, "a number", (one) => !Number.isNaN(one));
  return described((shape) => fill(shape, value), "constant", { value });
};

/**
 * An initializer that draws uniformly from [min, max), by default [0, 1) as TensorFlow 1 does.
 * @throws ValueError when max is below min, or one of them is not finite.
 * @example
 * new Dense({ units: 3, kernelInitializer: uniform({ min: -0.05, max: 0.05 }) });
 */
export const uniform = (options: { readonly min?: number; readonly max?: number } = {}): Initializer => {
  checkOptions("uniform", options, ["min", "max"]);
  const { min = 0, max = 1 } = options;
  checkNumber("uniform", "min", min, "a finite number", Number.isFinite);
  checkNumber("uniform", "max", max, `a finite number from min=${min}`, (one) => Number.isFinite(one) && one >= min);
  return described((shape, random) => randomUniform(shape, { min, max, random }), "uniform", { min, max });
};

/** Options of `normal` and `truncatedNormal`. */
export interface NormalInitializerOptions {
  /** Default: 0. */
  readonly mean?: number;
  /** The standard deviation σ; default: 1. */
  readonly deviation?: number;
}

const checkNormal = (initializer: string, options: NormalInitializerOptions): Required<NormalInitializerOptions> => {
  checkOptions(initializer, options, ["mean", "deviation"]);
  const { mean = 0, deviation = 1 } = options;
  checkNumber(initializer, "mean", mean, "a finite number", Number.isFinite);
  checkNumber(initializer, "deviation", deviation, "a finite number from 0", (one) => Number.isFinite(one) && one >= 0);
  return { mean, deviation };
};

/**
 * An initializer that draws from the normal distribution N(mean, deviation²).
 * @throws ValueError when an option is out of range.
 * @example
 * new Dense({ units: 3, kernelInitializer: normal({ deviation: 0.01 }) });
 */
export const normal = (options: NormalInitializerOptions = {}): Initializer => {
  const { mean, deviation } = checkNormal("normal", options);
  const draw: Initializer = (shape, random) => randomNormal(shape, { mean, deviation, random });
  return described(draw, "normal", { mean, deviation });
};

/**
 * An initializer that draws from the normal distribution N(mean, deviation²) cut off at mean ± 2·deviation; what comes
 * out has a standard deviation of 0.8796·deviation.
 * @throws ValueError when an option is out of range.
 * @example
 * new Dense({ units: 3, kernelInitializer: truncatedNormal({ deviation: 0.1 }) });
 */
export const truncatedNormal = (options: NormalInitializerOptions = {}): Initializer => {
  const { mean, deviation } = checkNormal("truncatedNormal", options);
  const draw: Initializer = (shape, random) => randomTruncatedNormal(shape, { mean, deviation, random });
  return described(draw, "truncatedNormal", { mean, deviation });
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
type Draw = (shape: Shape, deviation: number, random: Random) => Tensor;

const drawUniform: Draw = (shape, deviation, random) => {
  const limit = Math.sqrt(3) * deviation;
  return randomUniform(shape, { min: -limit, max: limit, random });
};
const drawNormal: Draw = (shape, deviation, random) => randomNormal(shape, { mean: 0, deviation, random });
const drawTruncated: Draw = (shape, deviation, random) =>
  randomTruncatedNormal(shape, { mean: 0, deviation: deviation / truncatedDeviation, random });

/** The standard deviation of the standard normal distribution cut off at ±2. */
const truncatedDeviation = 0.87962566103423978;

/** Draws with the variance scale / n. The names use this, so that a bundle with one of them holds no other distribution. */
const scaled =
  (scale: number, mode: NonNullable<VarianceScalingOptions["mode"]>, draw: Draw): Initializer =>
  (shape, random) => {
    const { fanIn, fanOut } = fans(shape);
    const n = mode === "fanIn" ? fanIn : mode === "fanOut" ? fanOut : (fanIn + fanOut) / 2;
    // A kernel without inputs has no elements to draw; any finite variance does.
    return draw(shape, Math.sqrt(scale / Math.max(n, 1)), random);
  };

/**
 * An initializer that keeps the variance of what flows through a layer: Var = scale / n, where n is the number of inputs
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
  checkOptions("varianceScaling", options, ["scale", "mode", "distribution"]);
  const { scale = 1, mode = "fanIn", distribution = "truncatedNormal" } = options;
  checkNumber("varianceScaling", "scale", scale, "a finite number above 0", (one) => Number.isFinite(one) && one > 0);
  checkChoice("varianceScaling", "mode", mode, ["fanIn", "fanOut", "fanAverage"]);
  checkChoice("varianceScaling", "distribution", distribution, ["truncatedNormal", "normal", "uniform"]);
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

/** The initializer that an option gives, as a function or by its name. */
export const initializerOf = (layer: string, option: string, given: Initializer | InitializerName): Initializer => {
  if (typeof given !== "function") return choose(layer, option, given, table);
  // One of the table is what its name says, and is saved by it.
  const name = (Object.keys(table) as InitializerName[]).find((one) => table[one] === given);
  return name && !descriptionOf(given) ? described(given, name) : given;
};

/** All initializers that need no options, by name: what saved models look up. */
export const namedInitializers: Readonly<Record<InitializerName, Initializer>> = table;
