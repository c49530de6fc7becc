import { ShapeError, ValueError } from "../../base/errors.ts";
import { anything, checkOptions, joinRules, number, type OptionRules } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import { floatType } from "../../tensor/interpret/precision.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { drawState, type Random, type RandomOptions } from "../../tensor/random.ts";
import { bernoulliMask, normal, truncatedNormal, uniform } from "../../tensor/randomKernels.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Kernel } from "../../wasm/assembler/kernel.ts";
import { bernoulliMaskKernel, normalKernel, truncatedNormalKernel, uniformKernel } from "../../wasm/randomKernel.ts";
import { requireDType } from "../support/operands.ts";

/**
 * The rules of RandomOptions: a new generator checks its seed. A generator is known by its method, so that programs without
 * one do not contain the class. @internal
 */
export const randomOptions: OptionRules<RandomOptions> = {
  random: { words: "a Random", holds: (value) => typeof (value as Partial<Random> | null)?.draw === "function" },
  seed: anything,
};

/** The shape and dtype of the result. */
interface DrawAttributes {
  readonly shape: Shape;
  readonly dtype: "float32" | "float64";
}

export interface UniformAttributes extends DrawAttributes {
  readonly min: number;
  readonly max: number;
}

export interface NormalAttributes extends DrawAttributes {
  readonly mean: number;
  readonly stddev: number;
}

export interface BernoulliAttributes extends DrawAttributes {
  readonly probability: number;
  readonly value: number;
}

/**
 * A draw is a function of the generator's state, which flows in as key and counter: int32 [4]. Each distribution has two
 * parameters.
 */
const randomPrimitive = <Attributes extends DrawAttributes>(
  name: string,
  distribution: typeof uniform,
  kernel: Kernel<"run">,
  parameters: (attributes: Attributes) => readonly [number, number],
): Primitive<Attributes> => ({
  name,
  infer: ([state], { shape, dtype }) => {
    requireDType(name, "the state", state, "int32");
    if (state.axes.length !== 1 || state.axes[0] !== 4) {
      throw new ShapeError(
        `${name}: the state must be [4] (key and counter), got ${formatShape(state.axes)}. Draw it from a Random.`,
      );
    }
    return [{ shape, dtype }];
  },
  reference: ({ inputs: [state], outputs: [y], attributes }) =>
    distribution(state as Int32Array, ...parameters(attributes), y as Float32Array),
  simd: {
    kernel: kernel.name,
    accepts: (_, { dtype }) => dtype === "float32",
    run: ({ inputs, outputs, attributes, floats, link }) => {
      const numbers = floats(...parameters(attributes));
      link(kernel).run(inputs[0], numbers, numbers + 4, outputs[0], sizeOf(attributes.shape), 0);
    },
  },
});

/** y uniform in [min, max). */
export const randomUniformPrimitive: Primitive<UniformAttributes> = /* @__PURE__ */ randomPrimitive(
  "randomUniform",
  uniform,
  uniformKernel,
  ({ min, max }: UniformAttributes) => [min, max],
);

/** y normal with this mean and standard deviation. */
export const randomNormalPrimitive: Primitive<NormalAttributes> = /* @__PURE__ */ randomPrimitive(
  "randomNormal",
  normal,
  normalKernel,
  ({ mean, stddev }: NormalAttributes) => [mean, stddev],
);

/** y normal with this mean and standard deviation, limited to two deviations. */
export const randomTruncatedNormalPrimitive: Primitive<NormalAttributes> = /* @__PURE__ */ randomPrimitive(
  "randomTruncatedNormal",
  truncatedNormal,
  truncatedNormalKernel,
  ({ mean, stddev }: NormalAttributes) => [mean, stddev],
);

/** y = `value` with this probability, else 0. */
export const randomBernoulliPrimitive: Primitive<BernoulliAttributes> = /* @__PURE__ */ randomPrimitive(
  "randomBernoulli",
  bernoulliMask,
  bernoulliMaskKernel,
  ({ probability, value }: BernoulliAttributes) => [probability, value],
);

const draw = <Attributes extends DrawAttributes>(
  primitive: Primitive<Attributes>,
  options: RandomOptions,
  attributes: Attributes,
): Tensor => {
  const shape = checkShape(primitive.name, attributes.shape);
  return bindOne(primitive, [drawState(options, sizeOf(shape))], { ...attributes, shape });
};

/** Options of `randomUniform`. */
export interface UniformOptions extends RandomOptions {
  /** Default: 0. */
  readonly min?: number;
  /** Is never drawn. Default: 1. */
  readonly max?: number;
}

const uniformOptions: OptionRules<UniformOptions> = /* @__PURE__ */ joinRules(
  { min: /* @__PURE__ */ number(), max: /* @__PURE__ */ number() },
  randomOptions,
);

/**
 * Numbers drawn uniformly from [min, max).
 * @throws ValueError unless min ≤ max, both finite; ShapeError for a bad shape.
 * @example
 * randomUniform([2, 3], { min: -1, max: 1, seed: 7 });
 */
export const randomUniform = (shape: Shape, options: UniformOptions = noOptions): Tensor => {
  checkOptions("randomUniform", options, uniformOptions);
  const { min = 0, max = 1 } = options;
  if (min > max) {
    throw new ValueError(`randomUniform: min must not be larger than max, got min=${min}, max=${max}.`);
  }
  return draw(randomUniformPrimitive, options, { shape, dtype: floatType(), min, max });
};

/** Options of `randomNormal` and `randomTruncatedNormal`. */
export interface NormalOptions extends RandomOptions {
  /** Default: 0. */
  readonly mean?: number;
  /** The standard deviation σ (before truncation). Default: 1. */
  readonly stddev?: number;
  /** An older name of `stddev`, which comes first. */
  readonly deviation?: number;
}

const normalOptions: OptionRules<NormalOptions> = /* @__PURE__ */ joinRules(
  {
    mean: /* @__PURE__ */ number(),
    stddev: /* @__PURE__ */ number({ from: 0 }),
    deviation: /* @__PURE__ */ number({ from: 0 }),
  },
  randomOptions,
);

/**
 * Numbers drawn from the normal distribution, by inversion (Wichura 1988, AS 241).
 * @throws ValueError for a negative `stddev`; ShapeError for a bad shape.
 * @example
 * randomNormal([2, 3], { stddev: 0.1, seed: 7 }).shape; // [2, 3]
 */
export const randomNormal = (shape: Shape, options: NormalOptions = noOptions): Tensor => {
  checkOptions("randomNormal", options, normalOptions);
  const { mean = 0, deviation = 1, stddev = deviation } = options;
  return draw(randomNormalPrimitive, options, { shape, dtype: floatType(), mean, stddev });
};

/**
 * Numbers drawn from the normal distribution within two standard deviations of the mean, as TensorFlow's
 * `truncated_normal`. Their own standard deviation is 0.8796 times `stddev`.
 * @throws ValueError for a negative `stddev`; ShapeError for a bad shape.
 * @example
 * randomTruncatedNormal([100], { seed: 7 }).data.every((x) => Math.abs(x) <= 2); // true
 */
export const randomTruncatedNormal = (shape: Shape, options: NormalOptions = noOptions): Tensor => {
  checkOptions("randomTruncatedNormal", options, normalOptions);
  const { mean = 0, deviation = 1, stddev = deviation } = options;
  return draw(randomTruncatedNormalPrimitive, options, { shape, dtype: floatType(), mean, stddev });
};

/** Options of `randomBernoulli`. */
export interface BernoulliOptions extends RandomOptions {
  /** The probability of `value`. Default: 0.5. */
  readonly probability?: number;
  /** The value that is not 0. Default: 1. */
  readonly value?: number;
}

const bernoulliOptions: OptionRules<BernoulliOptions> = /* @__PURE__ */ joinRules(
  { probability: /* @__PURE__ */ number({ from: 0, to: 1 }), value: /* @__PURE__ */ number() },
  randomOptions,
);

/**
 * `value` with probability `probability`, else 0.
 * @throws ValueError when the probability is not from 0 to 1; ShapeError for a bad shape.
 * @example
 * randomBernoulli([4], { probability: 1 }).toArray(); // [1, 1, 1, 1]
 */
export const randomBernoulli = (shape: Shape, options: BernoulliOptions = noOptions): Tensor => {
  checkOptions("randomBernoulli", options, bernoulliOptions);
  const { probability = 0.5, value = 1 } = options;
  return draw(randomBernoulliPrimitive, options, { shape, dtype: floatType(), probability, value });
};
