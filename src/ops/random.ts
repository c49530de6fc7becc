import { bindOne } from "../tensor/bind.ts";
import { ShapeError, ValueError } from "../tensor/errors.ts";
import { checkOptions, noOptions } from "../tensor/options.ts";
import { floatType } from "../tensor/precision.ts";
import type { Primitive } from "../tensor/primitive.ts";
import { Random } from "../tensor/random.ts";
import { bernoulliMask, normal, truncatedNormal, uniform } from "../tensor/randomKernels.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Kernel } from "../wasm/kernel.ts";
import { bernoulliMaskKernel, normalKernel, truncatedNormalKernel, uniformKernel } from "../wasm/random.ts";
import { requireDType } from "./operands.ts";

/** Where random numbers come from: a generator, or a seed for a new one; without either, every call is different. */
export interface RandomOptions {
  /** The generator to draw from. */
  readonly random?: Random;
  /** A whole number from 0 to 2^53 - 1. */
  readonly seed?: number;
}

/** The names of RandomOptions. @internal */
export const randomOptions: readonly string[] = ["random", "seed"];

export interface Attributes {
  readonly shape: Shape;
  readonly dtype: "float32" | "float64";
  /** The two numbers of the distribution. */
  readonly first: number;
  readonly second: number;
}

/** A draw is a function of the generator's state, which flows in as key and counter: int32 [4]. */
const randomPrimitive = (name: string, distribution: typeof uniform, kernel: Kernel<"run">): Primitive<Attributes> => ({
  name,
  infer: ([state], { shape, dtype }) => {
    requireDType(name, "the state", state, "int32");
    if (state.shape.length !== 1 || state.shape[0] !== 4) {
      throw new ShapeError(
        `${name}: the state must be [4] (key and counter), got ${formatShape(state.shape)}. Draw it from a Random.`,
      );
    }
    return [{ shape, dtype }];
  },
  reference: ({ inputs: [state], outputs: [y], attributes: { first, second } }) =>
    distribution(state as Int32Array, first, second, y as Float32Array),
  simd: {
    kernel: kernel.name,
    accepts: (_, { dtype }) => dtype === "float32",
    run: ({ inputs, outputs, attributes: { shape, first, second }, floats, link }) => {
      const numbers = floats(first, second);
      link(kernel).run(inputs[0], numbers, numbers + 4, outputs[0], sizeOf(shape), 0);
    },
  },
});

/** y uniform in [first, second). */
export const randomUniformPrimitive: Primitive<Attributes> = /* @__PURE__ */ randomPrimitive(
  "randomUniform",
  uniform,
  uniformKernel,
);
/** y normal with mean `first` and standard deviation `second`. */
export const randomNormalPrimitive: Primitive<Attributes> = /* @__PURE__ */ randomPrimitive(
  "randomNormal",
  normal,
  normalKernel,
);
/** y normal with mean `first` and standard deviation `second`, kept within two deviations. */
export const randomTruncatedNormalPrimitive: Primitive<Attributes> = /* @__PURE__ */ randomPrimitive(
  "randomTruncatedNormal",
  truncatedNormal,
  truncatedNormalKernel,
);
/** y = `second` with probability `first`, else 0. */
export const randomBernoulliPrimitive: Primitive<Attributes> = /* @__PURE__ */ randomPrimitive(
  "randomBernoulli",
  bernoulliMask,
  bernoulliMaskKernel,
);

const draw = (
  primitive: Primitive<Attributes>,
  shape: Shape,
  first: number,
  second: number,
  { random, seed }: RandomOptions,
): Tensor => {
  checkShape(primitive.name, shape);
  if (!Number.isFinite(first) || !Number.isFinite(second)) {
    throw new ValueError(`${primitive.name}: parameters must be finite, got ${first} and ${second}. Correct them.`);
  }
  const generator = random ?? new Random(seed);
  const attributes = { shape: [...shape], dtype: floatType(), first, second };
  return bindOne(primitive, [generator.draw(sizeOf(shape))], attributes);
};

/** Options of `randomUniform`. */
export interface UniformOptions extends RandomOptions {
  /** Default 0. */
  readonly min?: number;
  /** Default 1; never drawn. */
  readonly max?: number;
}

const uniformOptions: readonly string[] = ["min", "max", "random", "seed"];

/**
 * Numbers drawn uniformly from [min, max).
 * @throws ValueError unless min ≤ max, both finite; ShapeError for a bad shape.
 * @example
 * randomUniform([2, 3], { min: -1, max: 1, seed: 7 });
 */
export const randomUniform = (shape: Shape, options: UniformOptions = noOptions): Tensor => {
  checkOptions("randomUniform", options, uniformOptions);
  const { min = 0, max = 1 } = options;
  if (!(min <= max)) {
    throw new ValueError(
      `randomUniform: min and max must be numbers with min ≤ max, got min=${min}, max=${max}. Name both, the smaller first.`,
    );
  }
  return draw(randomUniformPrimitive, shape, min, max, options);
};

/** Options of `randomNormal` and `randomTruncatedNormal`. */
export interface NormalOptions extends RandomOptions {
  /** Default 0. */
  readonly mean?: number;
  /** The standard deviation (before truncation). Default 1. */
  readonly deviation?: number;
}

const normalOptions: readonly string[] = ["mean", "deviation", "random", "seed"];

const checkDeviation = (operation: string, deviation: number): void => {
  if (!(deviation >= 0)) {
    throw new ValueError(
      `${operation}: deviation must not be negative, got ${deviation}. Pass the standard deviation.`,
    );
  }
};

/**
 * Numbers drawn from the normal distribution, by inversion (Wichura 1988, AS 241).
 * @throws ValueError for a negative deviation; ShapeError for a bad shape.
 * @example
 * randomNormal([2, 3], { deviation: 0.1, seed: 7 }).shape; // [2, 3]
 */
export const randomNormal = (shape: Shape, options: NormalOptions = noOptions): Tensor => {
  checkOptions("randomNormal", options, normalOptions);
  const { mean = 0, deviation = 1 } = options;
  checkDeviation("randomNormal", deviation);
  return draw(randomNormalPrimitive, shape, mean, deviation, options);
};

/**
 * Numbers drawn from the normal distribution kept within two standard deviations of the mean, as TensorFlow's
 * `truncated_normal`. Their own standard deviation is 0.8796 times `deviation`.
 * @throws ValueError for a negative deviation; ShapeError for a bad shape.
 * @example
 * randomTruncatedNormal([100], { seed: 7 }).data.every((x) => Math.abs(x) <= 2); // true
 */
export const randomTruncatedNormal = (shape: Shape, options: NormalOptions = noOptions): Tensor => {
  checkOptions("randomTruncatedNormal", options, normalOptions);
  const { mean = 0, deviation = 1 } = options;
  checkDeviation("randomTruncatedNormal", deviation);
  return draw(randomTruncatedNormalPrimitive, shape, mean, deviation, options);
};

/** Options of `randomBernoulli`. */
export interface BernoulliOptions extends RandomOptions {
  /** The probability of a value other than 0. Default 0.5. */
  readonly probability?: number;
  /** That value. Default 1. */
  readonly value?: number;
}

const bernoulliOptions: readonly string[] = ["probability", "value", "random", "seed"];

/**
 * `value` with the given probability, else 0.
 * @throws ValueError when the probability is not from 0 to 1; ShapeError for a bad shape.
 * @example
 * randomBernoulli([4], { probability: 1 }).toArray(); // [1, 1, 1, 1]
 */
export const randomBernoulli = (shape: Shape, options: BernoulliOptions = noOptions): Tensor => {
  checkOptions("randomBernoulli", options, bernoulliOptions);
  const { probability = 0.5, value = 1 } = options;
  if (!(probability >= 0 && probability <= 1)) {
    throw new ValueError(`randomBernoulli: probability must lie from 0 to 1, got ${probability}. Correct it.`);
  }
  return draw(randomBernoulliPrimitive, shape, probability, value, options);
};
