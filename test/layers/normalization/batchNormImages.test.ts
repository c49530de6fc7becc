import { BatchNorm, Conv2D, Flatten, grad, mul, Sequential, sum, type Tensor, transpose } from "gradus";
import { describe, expect, it } from "vitest";
import { constant } from "../../../src/layers/base/initializers.ts";
import { onEachBackend, pattern } from "../helpers.ts";

const [rows, height, width, channels] = [3, 4, 5, 2];
const epsilon = 0.01;
const momentum = 0.9;
const [gamma, beta] = [1.5, -0.25];

/** Channels last, [rows, height, width, channels], and channels first. */
const last = pattern([rows, height, width, channels]);
const toFirst = (x: Tensor): Tensor => transpose(x, [0, 3, 1, 2]);
const toLast = (x: Tensor): Tensor => transpose(x, [0, 2, 3, 1]);

const layerFor = (axis: number): BatchNorm =>
  new BatchNorm({ axis, epsilon, momentum, gammaInitializer: constant(gamma), betaInitializer: constant(beta) });

/** The values of a channel of images whose channels are last. */
const channelOf = (x: Tensor, channel: number): number[] =>
  [...x.data].map(Number).filter((_, index) => index % channels === channel);

/** Mean, biased variance, and the number of values, in double. */
const statistics = (values: readonly number[]) => {
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  return { mean, variance: values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length };
};

const expectNear = (got: readonly number[], expected: readonly number[], tolerance = 2e-6): void => {
  expect(got.length).toBe(expected.length);
  const worst = Math.max(...got.map((value, index) => Math.abs(value - expected[index])));
  expect(worst).toBeLessThan(tolerance);
};

onEachBackend(() => {
  describe("BatchNorm of images", () => {
    const layouts = [
      ["the channels are last, axis 3", 3, (x: Tensor) => x, (y: Tensor) => y],
      ["the channels are last, axis -1", -1, (x: Tensor) => x, (y: Tensor) => y],
      ["the channels are first, axis 1", 1, toFirst, toLast],
    ] as const;

    it.each(layouts)("BatchNorm normalizes each channel over rows, height and width where %s", (_, axis, from, to) => {
      const layer = layerFor(axis);
      const y = to(layer.call(from(last), { training: true }));
      expect(y.shape).toEqual([rows, height, width, channels]);
      expect(layer.gamma.shape).toEqual([channels]);
      for (let channel = 0; channel < channels; channel++) {
        const values = channelOf(last, channel);
        const { mean, variance } = statistics(values);
        // y = γ (x − μ) / √(σ² + ε) + β, with the biased variance, as torch.nn.BatchNorm2d in training.
        const expected = values.map((value) => (gamma * (value - mean)) / Math.sqrt(variance + epsilon) + beta);
        expectNear(channelOf(y, channel), expected);
        // The moving statistics begin at 0 and 1.
        const moving = [layer.movingMean, layer.movingVariance].map((variable) =>
          Number(variable.read().data[channel]),
        );
        expectNear(moving, [(1 - momentum) * mean, momentum + (1 - momentum) * variance]);
      }
    });

    it.each(layouts)("BatchNorm infers with the moving statistics of each channel where %s", (_, axis, from, to) => {
      const layer = layerFor(axis);
      layer.call(from(last), { training: true });
      const other = pattern([2, 3, 3, channels]);
      const y = to(layer.call(from(other)));
      for (let channel = 0; channel < channels; channel++) {
        const [mean, variance] = [layer.movingMean, layer.movingVariance].map((variable) =>
          Number(variable.read().data[channel]),
        );
        const expected = channelOf(other, channel).map(
          (value) => (gamma * (value - mean)) / Math.sqrt(variance + epsilon) + beta,
        );
        expectNear(channelOf(y, channel), expected);
      }
    });

    it.each(layouts)("BatchNorm has the derivative of the formula where %s", (_, axis, from, to) => {
      const layer = layerFor(axis);
      const cotangent = mul(pattern([rows, height, width, channels]), pattern([height, width, channels]));
      const loss = (x: Tensor, scale: Tensor, shift: Tensor): Tensor => {
        layer.gamma.override(scale);
        layer.beta.override(shift);
        return sum(mul(to(layer.call(from(x), { training: true })), cotangent));
      };
      layer.call(from(last));
      const [dx, dgamma, dbeta] = grad(loss)(last, layer.gamma.read(), layer.beta.read());
      for (let channel = 0; channel < channels; channel++) {
        const [values, dy] = [channelOf(last, channel), channelOf(cotangent, channel)];
        const { mean, variance } = statistics(values);
        const deviation = Math.sqrt(variance + epsilon);
        const normal = values.map((value) => (value - mean) / deviation);
        const count = values.length;
        const sumDy = dy.reduce((total, value) => total + value, 0);
        const sumDyNormal = dy.reduce((total, value, index) => total + value * normal[index], 0);
        // ∂L/∂x = γ/√(σ² + ε) (∂y − mean(∂y) − x̂ mean(∂y x̂)): Ioffe and Szegedy, 2015.
        const expected = dy.map(
          (value, index) => (gamma / deviation) * (value - sumDy / count - (normal[index] * sumDyNormal) / count),
        );
        expectNear(channelOf(dx, channel), expected, 1e-5);
        expectNear([Number(dgamma.data[channel]), Number(dbeta.data[channel])], [sumDyNormal, sumDy], 1e-4);
      }
    });

    it("BatchNorm of a model of images has a gamma for each filter", () => {
      const model = new Sequential({
        name: "cnn",
        inputShape: [6, 6, 1],
        layers: [
          new Conv2D({ filters: 7, kernelSize: 3, useBias: false }),
          new BatchNorm({ name: "bn" }),
          new Flatten(),
        ],
      });
      expect(model.variable("bn/gamma").shape).toEqual([7]);
      expect(model.predict(pattern([2, 6, 6, 1])).shape).toEqual([2, 112]);
    });
  });
});
