import { ShapeError } from "../../base/errors.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { formatShape, sameShape } from "../../tensor/shape.ts";
import { type Tensor, zeros } from "../../tensor/tensor.ts";
import { batchNorm as batchNormKernel } from "../../wasm/rows/batchNormKernel.ts";
import { add, div, mul, neg, sub } from "../elementwise/arithmetic.ts";
import { sqrt } from "../elementwise/powers.ts";
import { mean as meanOf } from "../reduce/reduce.ts";
import { sum } from "../shape/broadcast.ts";
import { sameFloat } from "../support/operands.ts";
import { alongChannels, type BatchNormAttributes, checkChannels, forChannel, momentsOf, planOf } from "./perChannel.ts";

/**
 * The derivative of batchNorm: with r = 1/√(σ² + ε) and N elements per channel, dβ = Σ dy, dγ = Σ dy·x̂,
 * dx = γr (dy − (Σ dy)/N − x̂ (Σ dy·x̂)/N) (Ioffe and Szegedy 2015, section 3). μ and σ² are functions of x.
 */
export const batchNormGradientPrimitive: Primitive<BatchNormAttributes> = {
  name: "batchNormGradient",
  infer: ([dy, x, gamma, mean, variance], { axis }) => {
    const dtype = sameFloat("batchNormGradient", [dy, x, gamma, mean, variance]);
    if (!sameShape(dy.axes, x.axes)) {
      throw new ShapeError(
        `batchNormGradient: dy must have the shape of x, got ${formatShape(dy.axes)} and ${formatShape(x.axes)}. Broadcast it first.`,
      );
    }
    checkChannels("batchNormGradient", x, [gamma, mean, variance], axis);
    const parameter = { shape: gamma.axes, dtype };
    return [{ shape: x.axes, dtype }, parameter, parameter];
  },
  reference: ({ inputs: [dy, x, gamma], outputs: [dx, dGamma, dBeta], inputTypes, attributes: { axis, epsilon } }) => {
    const plan = planOf(inputTypes[1].axes, axis);
    const count = plan[0] * plan[2];
    for (let channel = 0; channel < plan[1]; channel++) {
      // From x, in double: the statistics in the inputs may be rounded to float32.
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
      const plan = planOf(inputTypes[1].axes, attributes.axis);
      const epsilon = floats(attributes.epsilon);
      link(batchNormKernel).gradient(x, mean, variance, gamma, dy, epsilon, dx, dGamma, dBeta, ...plan, plan[1]);
    },
  },
  vjp: ({ inputs: [dy, x, gamma, mean, variance], attributes: { axis, epsilon }, cotangents: [u, v, w] }) => {
    const along = alongChannels(x.axes, axis);
    const others = x.axes.map((_, index) => index).filter((index) => index !== axis);
    const average = (values: Tensor): Tensor => meanOf(values, { axis: others, keepDims: true });
    const total = (values: Tensor): Tensor => sum(values, { axis: others });
    const factor = div(1, sqrt(add(along(variance), epsilon)));
    const normalized = mul(sub(x, along(mean)), factor);
    /** A direction without its mean and without its part along x̂. */
    const project = (values: Tensor): Tensor =>
      sub(sub(values, average(values)), mul(normalized, average(mul(values, normalized))));
    const ddx = u ?? zeros(x.axes, { dtype: x.dtype });
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
        const inwards = add(
          mul(normalized, inner),
          add(mul(average(mul(dy, normalized)), project(ddx)), mul(average(mul(ddx, normalized)), project(dy))),
        );
        const throughY = neg(mul(mul(along(gamma), mul(factor, factor)), inwards));
        return v ? add(throughY, mul(mul(along(v), factor), project(dy))) : throughY;
      },
      () => total(mul(mul(ddx, factor), project(dy))),
      undefined,
      undefined,
    ];
  },
};
