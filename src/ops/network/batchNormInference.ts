import { noOptions } from "../../base/showValue.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { batchNorm as batchNormKernel } from "../../wasm/rows/batchNormKernel.ts";
import { add, div, mul, neg, sub } from "../elementwise/arithmetic.ts";
import { sqrt } from "../elementwise/powers.ts";
import { sum } from "../shape/broadcast.ts";
import { checkTensor } from "../support/checkTensor.ts";
import { type Operand, sameFloat } from "../support/operands.ts";
import {
  alongChannels,
  type BatchNormAttributes,
  type BatchNormOptions,
  channelOperands,
  checkChannels,
  forChannel,
  planOf,
} from "./perChannel.ts";

/** y = γ(x − μ)/√(σ² + ε) + β: μ and σ² are inputs, so each channel has one factor and one shift. */
export const batchNormInferencePrimitive: Primitive<BatchNormAttributes> = {
  name: "batchNormInference",
  infer: ([x, mean, variance, gamma, beta], { axis }) => {
    const dtype = sameFloat("batchNormInference", [x, mean, variance, gamma, beta]);
    checkChannels("batchNormInference", x, [mean, variance, gamma, beta], axis);
    return [{ shape: x.axes, dtype }];
  },
  reference: ({
    inputs: [x, mean, variance, gamma, beta],
    outputs: [y],
    inputTypes,
    attributes: { axis, epsilon },
  }) => {
    const plan = planOf(inputTypes[0].axes, axis);
    for (let channel = 0; channel < plan[1]; channel++) {
      const factor = gamma[channel] / Math.sqrt(variance[channel] + epsilon);
      forChannel(plan, channel, (index) => {
        y[index] = (x[index] - mean[channel]) * factor + beta[channel];
      });
    }
  },
  simd: {
    kernel: "batchNorm.normalize",
    run: ({ inputs: [x, mean, variance, gamma, beta], outputs, inputTypes, attributes, floats, link }) => {
      const epsilon = floats(attributes.epsilon);
      const plan = planOf(inputTypes[0].axes, attributes.axis);
      link(batchNormKernel).normalize(x, mean, variance, gamma, beta, epsilon, outputs[0], ...plan, plan[1]);
    },
  },
  vjp: ({ inputs: [x, mean, variance, gamma], attributes: { axis, epsilon }, dy }) => {
    const along = alongChannels(x.axes, axis);
    const others = x.axes.map((_, index) => index).filter((index) => index !== axis);
    const total = (values: Tensor): Tensor => sum(values, { axis: others });
    const factor = (): Tensor => div(1, sqrt(add(variance, epsilon)));
    const centred = (): Tensor => sub(x, along(mean));
    return [
      () => mul(dy, along(mul(gamma, factor()))),
      () => neg(mul(total(dy), mul(gamma, factor()))),
      () => mul(total(mul(dy, centred())), mul(mul(gamma, -0.5), div(factor(), add(variance, epsilon)))),
      () => mul(total(mul(dy, centred())), factor()),
      () => total(dy),
    ];
  },
};

/**
 * Normalizes each channel by the statistics `mean` and `variance`: y = γ(x − μ)/√(σ² + ε) + β.
 * @param mean [channels]. @param variance [channels]. @param gamma [channels]; undefined for 1.
 * @param beta [channels]; undefined for 0.
 * @throws ShapeError for statistics of another size; DTypeError for mixed dtypes.
 * @example
 * const [mean, variance] = [tensor([2]), tensor([4])];
 * batchNormInference(tensor([[1], [3]]), mean, variance, undefined, undefined, { epsilon: 0 }).toArray(); // [[-0.5], [0.5]]
 */
export const batchNormInference = (
  x: Operand,
  mean: Tensor,
  variance: Tensor,
  gamma: Tensor | undefined,
  beta: Tensor | undefined,
  options: BatchNormOptions = noOptions,
): Tensor => {
  const operands = channelOperands("batchNormInference", x, gamma, beta, options);
  const { value, attributes } = operands;
  checkTensor("batchNormInference", mean, "mean");
  checkTensor("batchNormInference", variance, "variance");
  return bindOne(batchNormInferencePrimitive, [value, mean, variance, operands.gamma, operands.beta], attributes);
};
