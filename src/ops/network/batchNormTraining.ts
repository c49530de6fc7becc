import { ShapeError } from "../../base/errors.ts";
import { noOptions } from "../../base/showValue.ts";
import { bind } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { formatShape, sizeOf } from "../../tensor/shape.ts";
import { type Tensor, zeros } from "../../tensor/tensor.ts";
import { batchNorm as batchNormKernel } from "../../wasm/rows/batchNormKernel.ts";
import { add, div, mul, sub } from "../elementwise/arithmetic.ts";
import { type Operand, sameFloat } from "../support/operands.ts";
import { batchNormGradientPrimitive } from "./batchNormGradient.ts";
import {
  alongChannels,
  type BatchNormAttributes,
  type BatchNormOptions,
  channelOperands,
  checkChannels,
  forChannel,
  momentsOf,
  planOf,
} from "./perChannel.ts";

/**
 * Batch normalization in training: per channel μ = mean x, σ² = mean (x − μ)², x̂ = (x − μ)/√(σ² + ε), y = γx̂ + β.
 * Outputs y, μ and σ² (biased).
 */
export const batchNormPrimitive: Primitive<BatchNormAttributes> = {
  name: "batchNorm",
  infer: ([x, gamma, beta], { axis }) => {
    const dtype = sameFloat("batchNorm", [x, gamma, beta]);
    checkChannels("batchNorm", x, [gamma, beta], axis);
    if (sizeOf(x.axes) === 0 && x.axes[axis] > 0) {
      throw new ShapeError(
        `batchNorm: a batch must have at least one example, got x=${formatShape(x.axes)}. Leave out empty batches.`,
      );
    }
    const statistics = { shape: [x.axes[axis]], dtype };
    return [{ shape: x.axes, dtype }, statistics, statistics];
  },
  reference: ({
    inputs: [x, gamma, beta],
    outputs: [y, means, variances],
    inputTypes,
    attributes: { axis, epsilon },
  }) => {
    const plan = planOf(inputTypes[0].axes, axis);
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
      const plan = planOf(inputTypes[0].axes, attributes.axis);
      const { moments, normalize } = link(batchNormKernel);
      const epsilon = floats(attributes.epsilon);
      moments(x, mean, variance, ...plan, plan[1]);
      normalize(x, mean, variance, gamma, beta, epsilon, y, ...plan, plan[1]);
    },
  },
  vjp: ({ inputs: [x, gamma], outputs: [, mean, variance], attributes, cotangents: [dy, dMean, dVariance] }) => {
    const plan = planOf(x.axes, attributes.axis);
    const count = plan[0] * plan[2];
    const along = alongChannels(x.axes, attributes.axis);
    let fused: readonly Tensor[] | undefined;
    const gradients = (): readonly Tensor[] => {
      fused ??= bind(
        batchNormGradientPrimitive,
        [dy ?? zeros(x.axes, { dtype: x.dtype }), x, gamma, mean, variance],
        attributes,
      );
      return fused;
    };
    return [
      () => {
        let dx = gradients()[0];
        // Only when the loss depends on the statistics themselves.
        if (dMean) dx = add(dx, along(div(dMean, count)));
        if (dVariance) dx = add(dx, mul(sub(x, along(mean)), along(mul(dVariance, 2 / count))));
        return dx;
      },
      () => gradients()[1],
      () => gradients()[2],
    ];
  },
};

/** The result of `batchNormTraining`. */
export interface BatchNormResult {
  /** The normalized x, in the shape of x. */
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
  options: BatchNormOptions = noOptions,
): BatchNormResult => {
  const operands = channelOperands("batchNormTraining", x, gamma, beta, options);
  const { value, attributes } = operands;
  const [y, mean, variance] = bind(batchNormPrimitive, [value, operands.gamma, operands.beta], attributes);
  return { y, mean, variance };
};
