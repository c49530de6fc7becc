import { bind } from "../tensor/bind.ts";
import type { TensorType, TypedArray } from "../tensor/dtype.ts";
import { ShapeError } from "../tensor/errors.ts";
import type { Primitive } from "../tensor/primitive.ts";
import { formatShape, normalizeAxis, type Shape, sizeOf } from "../tensor/shape.ts";
import { ones, type Tensor, zeros } from "../tensor/tensor.ts";
import { batchNorm as batchNormKernel } from "../wasm/batchNorm.ts";
import { add, div, mul, neg, sqrt, sub } from "./arithmetic.ts";
import { reshape } from "./movement.ts";
import { floatOperand, type Operand, sameFloat } from "./operands.ts";
import { mean as meanOf, sum } from "./reduce.ts";
import { type SampleCase, type Samples, samples } from "./sample.ts";

export interface BatchNormAttributes {
  /** The axis of the channels. */
  readonly axis: number;
  readonly epsilon: number;
}

/** A tensor seen as [outer, channels, inner]. */
export const planOf = (shape: Shape, axis: number): [outer: number, channels: number, inner: number] => [
  sizeOf(shape.slice(0, axis)),
  shape[axis],
  sizeOf(shape.slice(axis + 1)),
];

export const checkChannels = (name: string, x: TensorType, parameters: readonly TensorType[], axis: number): void => {
  for (const { shape } of parameters) {
    if (shape.length !== 1 || shape[0] !== x.shape[axis]) {
      throw new ShapeError(
        `${name}: statistics and parameters must have one number per channel (axis ${axis}), got ${formatShape(shape)} for ` +
          `x=${formatShape(x.shape)}. Choose the axis of the channels.`,
      );
    }
  }
};

/** Visits all elements of a channel. */
export const forChannel = (
  [outer, channels, inner]: readonly [number, number, number],
  channel: number,
  visit: (index: number) => void,
): void => {
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < inner; j++) visit((i * channels + channel) * inner + j);
  }
};

/**
 * Batch normalization in training: per channel μ = mean x, σ² = mean (x − μ)², x̂ = (x − μ)/√(σ² + ε), y = γx̂ + β.
 * Outputs y, μ and σ² (biased).
 */
export const batchNormPrimitive: Primitive<BatchNormAttributes> = {
  name: "batchNorm",
  infer: ([x, gamma, beta], { axis }) => {
    const dtype = sameFloat("batchNorm", [x, gamma, beta]);
    checkChannels("batchNorm", x, [gamma, beta], axis);
    if (sizeOf(x.shape) === 0 && x.shape[axis] > 0) {
      throw new ShapeError(
        `batchNorm: a batch must have at least one example to be normalized by, got x=${formatShape(x.shape)}. Leave out empty batches.`,
      );
    }
    const statistics = { shape: [x.shape[axis]], dtype };
    return [{ shape: x.shape, dtype }, statistics, statistics];
  },
  reference: ({
    inputs: [x, gamma, beta],
    outputs: [y, means, variances],
    inputTypes,
    attributes: { axis, epsilon },
  }) => {
    const plan = planOf(inputTypes[0].shape, axis);
    for (let channel = 0; channel < plan[1]; channel++) {
      const { mean, variance } = momentsOf(x, plan, channel);
      means[channel] = mean;
      variances[channel] = variance;
      const factor = 1 / Math.sqrt(variance + epsilon);
      forChannel(plan, channel, (index) => {
        y[index] = (x[index] - mean) * factor * gamma[channel] + beta[channel];
      });
    }
  },
  simd: {
    kernel: "batchNorm.moments, batchNorm.normalize",
    run: ({ inputs: [x, gamma, beta], outputs: [y, mean, variance], inputTypes, attributes, floats, link }) => {
      const plan = planOf(inputTypes[0].shape, attributes.axis);
      const { moments, normalize } = link(batchNormKernel);
      const epsilon = floats(attributes.epsilon);
      moments(x, mean, variance, ...plan);
      normalize(x, mean, variance, gamma, beta, epsilon, y, ...plan);
    },
  },
  vjp: ({ inputs: [x, gamma], outputs: [, mean, variance], attributes, cotangents: [dy, dMean, dVariance] }) => {
    const plan = planOf(x.shape, attributes.axis);
    const count = plan[0] * plan[2];
    const along = alongChannels(x.shape, attributes.axis);
    let fused: readonly Tensor[] | undefined;
    const gradients = (): readonly Tensor[] => {
      fused ??= bind(batchNormGradientPrimitive, [dy ?? zerosLike(x), x, gamma, mean, variance], attributes);
      return fused;
    };
    return [
      () => {
        let dx = gradients()[0];
        // Seldom wanted: somebody differentiates through the statistics themselves.
        if (dMean) dx = add(dx, along(div(dMean, count)));
        if (dVariance) dx = add(dx, mul(sub(x, along(mean)), along(mul(dVariance, 2 / count))));
        return dx;
      },
      () => gradients()[1],
      () => gradients()[2],
    ];
  },
};

const zerosLike = (x: Tensor): Tensor => zeros(x.shape, { dtype: x.dtype });

const momentsOf = (
  x: TypedArray,
  plan: readonly [number, number, number],
  channel: number,
): { mean: number; variance: number } => {
  const count = plan[0] * plan[2];
  let total = 0;
  forChannel(plan, channel, (index) => {
    total += x[index];
  });
  const mean = total / count;
  let squares = 0;
  forChannel(plan, channel, (index) => {
    squares += (x[index] - mean) ** 2;
  });
  return { mean, variance: squares / count };
};

/** One number per channel, shaped so that it broadcasts over x. */
export const alongChannels =
  (shape: Shape, axis: number): ((values: Tensor) => Tensor) =>
  (values) =>
    reshape(
      values,
      shape.map((length, index) => (index === axis ? length : 1)),
    );

/**
 * The derivative of batchNorm: with r = 1/√(σ² + ε) and N elements per channel, dβ = Σ dy, dγ = Σ dy·x̂,
 * dx = γr (dy − (Σ dy)/N − x̂ (Σ dy·x̂)/N) (Ioffe and Szegedy 2015, section 3). μ and σ² are functions of x.
 */
export const batchNormGradientPrimitive: Primitive<BatchNormAttributes> = {
  name: "batchNormGradient",
  infer: ([dy, x, gamma, mean, variance], { axis }) => {
    const dtype = sameFloat("batchNormGradient", [dy, x, gamma, mean, variance]);
    checkChannels("batchNormGradient", x, [gamma, mean, variance], axis);
    const parameter = { shape: gamma.shape, dtype };
    return [{ shape: x.shape, dtype }, parameter, parameter];
  },
  reference: ({ inputs: [dy, x, gamma], outputs: [dx, dGamma, dBeta], inputTypes, attributes: { axis, epsilon } }) => {
    const plan = planOf(inputTypes[1].shape, axis);
    const count = plan[0] * plan[2];
    for (let channel = 0; channel < plan[1]; channel++) {
      // In double from x itself: the statistics that came may have been rounded to float32.
      const { mean, variance } = momentsOf(x, plan, channel);
      const factor = 1 / Math.sqrt(variance + epsilon);
      let sumDy = 0;
      let sumDyX = 0;
      forChannel(plan, channel, (index) => {
        sumDy += dy[index];
        sumDyX += dy[index] * (x[index] - mean) * factor;
      });
      dBeta[channel] = sumDy;
      dGamma[channel] = sumDyX;
      forChannel(plan, channel, (index) => {
        const normalized = (x[index] - mean) * factor;
        dx[index] = gamma[channel] * factor * (dy[index] - sumDy / count - (normalized * sumDyX) / count);
      });
    }
  },
  simd: {
    kernel: "batchNorm.gradient",
    run: ({ inputs, outputs: [dx, dGamma, dBeta], inputTypes, attributes, floats, link }) => {
      const [dy, x, gamma, mean, variance] = inputs;
      const plan = planOf(inputTypes[1].shape, attributes.axis);
      const epsilon = floats(attributes.epsilon);
      link(batchNormKernel).gradient(x, mean, variance, gamma, dy, epsilon, dx, dGamma, dBeta, ...plan);
    },
  },
  vjp: ({ inputs: [dy, x, gamma, mean, variance], attributes: { axis, epsilon }, cotangents: [u, v, w] }) => {
    const along = alongChannels(x.shape, axis);
    const others = x.shape.map((_, index) => index).filter((index) => index !== axis);
    const average = (values: Tensor): Tensor => meanOf(values, { axis: others, keepDims: true });
    const total = (values: Tensor): Tensor => sum(values, { axis: others });
    const factor = div(1, sqrt(add(along(variance), epsilon)));
    const normalized = mul(sub(x, along(mean)), factor);
    /** What is left of a direction once its mean and its part along x̂ are taken out. */
    const project = (values: Tensor): Tensor =>
      sub(sub(values, average(values)), mul(normalized, average(mul(values, normalized))));
    const ddx = u ?? zerosLike(x);
    return [
      () => {
        let result = mul(mul(along(gamma), factor), project(ddx));
        if (v) result = add(result, mul(along(v), normalized));
        if (w) result = add(result, along(w));
        return result;
      },
      () => {
        const inner = sub(
          sub(average(mul(ddx, dy)), mul(average(ddx), average(dy))),
          mul(average(mul(ddx, normalized)), average(mul(dy, normalized))),
        );
        const bent = add(
          mul(normalized, inner),
          add(mul(average(mul(dy, normalized)), project(ddx)), mul(average(mul(ddx, normalized)), project(dy))),
        );
        const curved = neg(mul(mul(along(gamma), mul(factor, factor)), bent));
        return v ? add(curved, mul(mul(along(v), factor), project(dy))) : curved;
      },
      () => total(mul(mul(ddx, factor), project(dy))),
      undefined,
      undefined,
    ];
  },
};

/** Options of batch normalization. */
export interface BatchNormOptions {
  /** The axis of the channels. Default: the last. */
  readonly axis?: number;
  /** Added to the variance. Default 1e-3. */
  readonly epsilon?: number;
}

/** What batch normalization in training gives. */
export interface BatchNormResult {
  /** Of the shape of x. */
  readonly y: Tensor;
  /** The mean of each channel, [channels]. */
  readonly mean: Tensor;
  /** The biased variance of each channel, [channels]. */
  readonly variance: Tensor;
}

/**
 * Normalizes each channel by the mean and variance of the batch, then scales and shifts it: y = γ(x − μ)/√(σ² + ε) + β
 * (Ioffe and Szegedy 2015).
 * @param gamma [channels]; undefined for 1. @param beta [channels]; undefined for 0.
 * @throws ShapeError for an empty batch or parameters of another size; DTypeError for mixed dtypes.
 * @example
 * const { y, mean } = batchNormTraining(tensor([[1], [3]]), undefined, undefined, { epsilon: 0 });
 * y.toArray(); // [[-1], [1]]
 * mean.toArray(); // [2]
 */
export const batchNormTraining = (
  x: Operand,
  gamma: Tensor | undefined,
  beta: Tensor | undefined,
  { axis = -1, epsilon = 1e-3 }: BatchNormOptions = {},
): BatchNormResult => {
  const value = floatOperand("batchNorm", x);
  const at = normalizeAxis("batchNorm", axis, value.shape);
  const channels = [value.shape[at]];
  const { dtype } = value;
  const [y, mean, variance] = bind(
    batchNormPrimitive,
    [value, gamma ?? ones(channels, { dtype }), beta ?? zeros(channels, { dtype })],
    { axis: at, epsilon },
  );
  return { y, mean, variance };
};

/** Shapes and the axis of their channels. @internal */
export const channelShapes: readonly (readonly [Shape, number])[] = [
  [[5, 1], 1],
  [[5, 3], 1],
  [[4, 4], 1],
  [[3, 5], 1],
  [[17, 9], 1],
  [[6, 16], 1],
  [[6, 17], 1],
  [[2, 3, 2, 4], 3],
  [[2, 3, 2, 3], 1],
  [[3, 0], 1],
];

/** One number per channel. @internal */
export const channelInput = (
  shape: Shape,
  axis: number,
  low = -1,
  high = 1,
): { shape: number[]; low: number; high: number } => ({
  shape: [shape[axis]],
  low,
  high,
});

const mixed = "operands must all be float32, or all float64, got float32, float32, int32. Convert with toFloat(...).";

export const batchNormSamples: Samples = /* @__PURE__ */ samples({
  primitive: batchNormPrimitive,
  cases: channelShapes.map(
    ([shape, axis]): SampleCase<BatchNormAttributes> => ({
      inputs: [{ shape, low: -2, high: 2 }, channelInput(shape, axis, 0.5, 2), channelInput(shape, axis)],
      attributes: { axis, epsilon: 1e-3 },
    }),
  ),
  refused: [
    {
      inputs: [{ shape: [0, 3] }, { shape: [3] }, { shape: [3] }],
      attributes: { axis: 1, epsilon: 1e-3 },
      error:
        "ShapeError: batchNorm: a batch must have at least one example to be normalized by, got x=[0, 3]. Leave out empty batches.",
    },
    {
      inputs: [{ shape: [2, 3] }, { shape: [4] }, { shape: [3] }],
      attributes: { axis: 1, epsilon: 1e-3 },
      error:
        "ShapeError: batchNorm: statistics and parameters must have one number per channel (axis 1), got [4] for x=[2, 3]. Choose the axis of the channels.",
    },
    {
      inputs: [{ shape: [2, 3] }, { shape: [3] }, { shape: [3], dtype: "int32" }],
      attributes: { axis: 1, epsilon: 1e-3 },
      error: `DTypeError: batchNorm: ${mixed}`,
    },
  ],
  tolerance: 1e-5,
});

export const batchNormGradientSamples: Samples = /* @__PURE__ */ samples({
  primitive: batchNormGradientPrimitive,
  // The statistics are functions of x, not inputs to be varied on their own.
  apply: ([dy, x, gamma], attributes) => {
    const [, mean, variance] = bind(batchNormPrimitive, [x, gamma, zerosLike(gamma)], attributes);
    return bind(batchNormGradientPrimitive, [dy, x, gamma, mean, variance], attributes);
  },
  cases: channelShapes.map(
    ([shape, axis]): SampleCase<BatchNormAttributes> => ({
      inputs: [{ shape }, { shape, low: -2, high: 2 }, channelInput(shape, axis, 0.5, 2)],
      attributes: { axis, epsilon: 1e-3 },
    }),
  ),
  refused: [],
  tolerance: 1e-4,
});
