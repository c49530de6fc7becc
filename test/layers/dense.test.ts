import { describe, expect, it } from "vitest";
import { valueAndGrad } from "../../src/autograd/grad.ts";
import { constant, glorotUniform, uniform } from "../../src/layers/base/initializers.ts";
import { Dense, type DenseOptions } from "../../src/layers/dense.ts";
import { mul } from "../../src/ops/elementwise/arithmetic.ts";
import { relu } from "../../src/ops/elementwise/rectifier.ts";
import { tanh } from "../../src/ops/elementwise/smooth.ts";
import { sum } from "../../src/ops/shape/broadcast.ts";
import { Random } from "../../src/tensor/random.ts";
import { ones, sameBits, type Tensor, tensor } from "../../src/tensor/tensor.ts";
import { errorOf, onEachBackend, pattern } from "./helpers.ts";

onEachBackend(() => {
  describe("Dense", () => {
    it("Dense computes activation(x·kernel + bias)", () => {
      const layer = new Dense({ units: 2, activation: "relu" });
      layer.call(ones([1, 3]));
      layer.kernel.assign(
        tensor([
          [1, -1],
          [2, 0],
          [3, 1],
        ]),
      );
      layer.bias.assign(tensor([0.5, -0.5]));
      expect(
        layer
          .call(
            tensor([
              [1, 1, 1],
              [-1, 0, 1],
            ]),
          )
          .toArray(),
      ).toEqual([
        [6.5, 0],
        [2.5, 1.5],
      ]);
    });

    it("Dense has Glorot-uniform kernels and zero biases, and with useBias: false no bias", () => {
      const layer = new Dense({ units: 20, seed: 3 });
      layer.call(ones([1, 30]));
      expect(sameBits(layer.kernel.read(), glorotUniform([30, 20], new Random(3).fork("kernel")))).toBe(true);
      expect(layer.bias.read().data.every((value) => value === 0)).toBe(true);
      const plain = new Dense({ units: 2, useBias: false, kernelInitializer: "ones" });
      expect(plain.call(tensor([[1, 2]])).toArray()).toEqual([[3, 3]]);
      expect(plain.bias).toBeUndefined();
      expect(plain.variables.map(({ name }) => name)).toEqual(["dense/kernel"]);
    });

    it("Dense draws kernel and bias from U(±1/√inputs) with the variant of PyTorch", () => {
      const layer = new Dense({ units: 50, variant: "pytorch", seed: 3 });
      layer.call(ones([1, 25]));
      const random = new Random(3);
      const form = uniform({ min: -0.2, max: 0.2 });
      expect(sameBits(layer.kernel.read(), form([25, 50], random.fork("kernel")))).toBe(true);
      expect(sameBits(layer.bias.read(), form([50], random.fork("bias")))).toBe(true);
      const own = new Dense({ units: 1, variant: "pytorch", biasInitializer: constant(2), kernelInitializer: "zeros" });
      expect(own.call(ones([1, 2])).toArray()).toEqual([[2]]);
    });

    it("Dense works on the last axis at any rank, with the same bits as on rows", () => {
      const layer = new Dense({ units: 5, activation: tanh, seed: 1 });
      const x = pattern([2, 3, 4, 7]);
      const y = layer.call(x);
      expect(y.shape).toEqual([2, 3, 4, 5]);
      const rows = layer.call(tensor(x.data, { shape: [24, 7] }));
      expect([...y.data]).toEqual([...rows.data]);
    });

    it("Dense works without rows, and with one input", () => {
      expect(new Dense({ units: 3 }).call(ones([0, 4])).shape).toEqual([0, 3]);
      expect(new Dense({ units: 3 }).call(ones([0, 5, 4])).shape).toEqual([0, 5, 3]);
      expect(new Dense({ units: 1, kernelInitializer: "ones" }).call(tensor([[2]])).toArray()).toEqual([[2]]);
    });

    it("Dense passes regularizers and constraints to its variables", () => {
      const penalty = (w: Tensor): Tensor => sum(mul(w, w));
      const layer = new Dense({
        units: 1,
        kernelRegularizer: penalty,
        biasRegularizer: sum,
        kernelConstraint: relu,
        biasConstraint: tanh,
      });
      layer.call(ones([1, 1]));
      expect([layer.kernel.regularizer, layer.kernel.constraint]).toEqual([penalty, relu]);
      expect([layer.bias.regularizer, layer.bias.constraint]).toEqual([sum, tanh]);
    });

    it("Dense passes gradients to kernel, bias and input", () => {
      const layer = new Dense({ units: 2, activation: "sigmoid" });
      layer.call(ones([1, 3]));
      const f = (x: Tensor, kernel: Tensor, bias: Tensor): Tensor => {
        layer.kernel.override(kernel);
        layer.bias.override(bias);
        return sum(layer.call(x));
      };
      const [value, [dx, dKernel, dBias]] = valueAndGrad(f)(ones([4, 3]), ones([3, 2]), ones([2]));
      const s = 1 / (1 + Math.exp(-4));
      expect(value.item()).toBeCloseTo(8 * s, 5);
      expect(dBias.data[0]).toBeCloseTo(4 * s * (1 - s), 5);
      expect(dKernel.data[5]).toBeCloseTo(4 * s * (1 - s), 5);
      expect(dx.data[0]).toBeCloseTo(2 * s * (1 - s), 5);
    });
  });
});

describe("errors of Dense", () => {
  const dense = (options: object) => (): unknown => new Dense(options as DenseOptions);
  it.each([
    [dense({}), "ValueError: Dense: units must be a whole number from 1, got undefined."],
    [dense({ units: 2.5 }), "ValueError: Dense: units must be a whole number from 1, got 2.5."],
    [
      dense({ units: 2, activatoin: "relu" }),
      'ValueError: Dense: every option must be one that exists, got "activatoin". The options are units, activation, ' +
        "useBias, kernelInitializer, kernelRegularizer, kernelConstraint, biasInitializer, biasRegularizer, biasConstraint, " +
        "variant, name, trainable, seed, activityRegularizer.",
    ],
    [
      dense({ units: 2, activation: "swish" }),
      "ValueError: Dense: activation must be a function or one of linear, sigmoid, tanh, relu, leakyRelu, elu, " +
        'selu, gelu, silu, softplus, softmax, logSoftmax, got "swish".',
    ],
    [
      dense({ units: 2, kernelInitializer: "toString" }),
      "ValueError: Dense: kernelInitializer must be a function or one of zeros, ones, glorotUniform, glorotNormal, " +
        'heUniform, heNormal, lecunUniform, lecunNormal, got "toString".',
    ],
    [
      dense({ units: 2, variant: "tf" }),
      'ValueError: Dense: variant must be one of tensorflow1, keras, pytorch, got "tf".',
    ],
    [
      dense({ units: 2, kernelConstraint: 3 }),
      "ValueError: Dense: kernelConstraint must be a function (weights) => tensor, got 3.",
    ],
    [
      () => new Dense({ units: 2, name: "h" }).call(ones([3])),
      "ShapeError: h: the input must have an axis of rows and one of features, got rank 1. Reshape one row to [1, features].",
    ],
    [
      () => {
        const layer = new Dense({ units: 2, name: "h" });
        layer.call(ones([1, 784]));
        layer.call(ones([32, 100]));
      },
      "ShapeError: h: axis 1 of the input must have the length 784 for which the layer was built, got shape [32, 100] " +
        "where [*, 784] is expected. Reshape the input, or make another layer for it.",
    ],
    [
      () => {
        const layer = new Dense({ units: 2, name: "h" });
        layer.call(ones([1, 3]));
        layer.call(ones([3]));
      },
      "ShapeError: h: the input must have an axis of rows and one of features, got rank 1. Reshape one row to [1, features].",
    ],
  ])("Dense throws the full text, case %#", (body, message) => {
    expect(errorOf(body)).toBe(message);
  });
});
