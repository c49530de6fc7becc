import { describe, expect, it } from "vitest";
import { grad } from "../../src/autograd/grad.ts";
import { Activation } from "../../src/layers/activation.ts";
import type { ActivationName } from "../../src/layers/base/activations.ts";
import { Dense } from "../../src/layers/dense.ts";
import { PReLU } from "../../src/layers/prelu.ts";
import { RReLU, type RReLUOptions } from "../../src/layers/rrelu.ts";
import { mul } from "../../src/ops/elementwise/arithmetic.ts";
import { gelu } from "../../src/ops/elementwise/gelu.ts";
import { elu, leakyRelu, relu, selu } from "../../src/ops/elementwise/rectifier.ts";
import { sigmoid, silu, softplus, tanh } from "../../src/ops/elementwise/smooth.ts";
import { logSoftmax, softmax } from "../../src/ops/reduce/softmax.ts";
import { sum } from "../../src/ops/shape/broadcast.ts";
import { ones, sameBits, type Tensor, tensor } from "../../src/tensor/tensor.ts";
import { errorOf, moments, onEachBackend, pattern } from "./helpers.ts";

const named: Record<ActivationName, (x: Tensor) => Tensor> = {
  linear: (x) => x,
  sigmoid,
  tanh,
  relu,
  leakyRelu,
  elu,
  selu,
  gelu,
  silu,
  softplus,
  softmax,
  logSoftmax,
};

onEachBackend(() => {
  describe("Activation", () => {
    it.each(Object.entries(named))("Activation %s works by name and as a function, alone and in Dense", (name, f) => {
      const x = pattern([3, 5]);
      const expected = f(x);
      expect(sameBits(new Activation(name as ActivationName).call(x), expected)).toBe(true);
      expect(sameBits(new Activation(f).call(x), expected)).toBe(true);
      const dense = new Dense({ units: 5, activation: name as ActivationName, seed: 1 });
      const bare = new Dense({ units: 5, seed: 1 });
      expect(sameBits(dense.call(x), f(bare.call(x)))).toBe(true);
    });

    it("Activation passes options to the named activation", () => {
      const x = pattern([3, 5]);
      const pairs: [Tensor, Tensor][] = [
        [new Activation("leakyRelu", { slope: 0.2 }).call(x), leakyRelu(x, { slope: 0.2 })],
        [new Activation("elu", { alpha: 0.5, name: "e" }).call(x), elu(x, { alpha: 0.5 })],
        [new Activation("gelu", { approximate: "tanh" }).call(x), gelu(x, { approximate: "tanh" })],
        [new Activation("softmax", { axis: 0 }).call(x), softmax(x, { axis: 0 })],
      ];
      for (const [got, expected] of pairs) expect(sameBits(got, expected)).toBe(true);
    });
  });

  it.each([
    ["leakyRelu", { slope: "a" }, 'slope must be a finite number, got "a".'],
    ["leakyRelu", { slope: Number.NaN }, "slope must be a finite number, got NaN."],
    ["elu", { alpha: Number.POSITIVE_INFINITY }, "alpha must be a finite number, got Infinity."],
    ["gelu", { approximate: "erf" }, 'approximate must be one of none, tanh, got "erf".'],
    ["softmax", { axis: 0.5 }, "axis must be a whole number, got 0.5."],
    ["logSoftmax", { axis: [0] }, "axis must be a whole number, got [0]."],
  ] as const)("Activation %s refuses %o when it is made, not in its first call", (name, options, text) => {
    expect(errorOf(() => new Activation(name, options as never))).toBe(`ValueError: Activation: ${text}`);
  });

  describe("PReLU", () => {
    const x = tensor([
      [-4, 2],
      [3, -8],
    ]);

    it("PReLU starts at 0, PyTorch's at 0.25", () => {
      expect(new PReLU().call(x).toArray()).toEqual([
        [-0, 2],
        [3, -0],
      ]);
      expect(new PReLU({ variant: "pytorch" }).call(x).toArray()).toEqual([
        [-1, 2],
        [3, -2],
      ]);
    });

    it("PReLU has a slope for each feature, and gradients in both", () => {
      const layer = new PReLU({ alphaInitializer: () => tensor([0.5, 0.25]) });
      expect(layer.call(x).toArray()).toEqual([
        [-2, 2],
        [3, -2],
      ]);
      expect(layer.alpha.name).toBe("prelu/alpha");
      const weights = tensor([
        [1, 2],
        [3, 4],
      ]);
      const [dx, dAlpha] = grad((a: Tensor, alpha: Tensor) => {
        layer.alpha.override(alpha);
        return sum(mul(layer.call(a), weights));
      })(x, tensor([0.5, 0.25]));
      expect(dx.toArray()).toEqual([
        [0.5, 2],
        [3, 1],
      ]);
      expect(dAlpha.toArray()).toEqual([-4, -32]);
    });

    it("PReLU has the derivative alpha at 0", () => {
      const layer = new PReLU({ variant: "pytorch" });
      expect(grad((a: Tensor) => sum(layer.call(a)))(tensor([[0]])).toArray()).toEqual([[0.25]]);
    });
  });

  describe("RReLU", () => {
    it("RReLU has the mean slope outside of training", () => {
      const y = new RReLU().call(tensor([[-48, 48]])).toArray() as number[][];
      expect(y[0][0]).toBeCloseTo(-11, 5);
      expect(y[0][1]).toBe(48);
    });

    it("RReLU draws a slope from U[1/8, 1/3) for each element below 0 in training", () => {
      const layer = new RReLU({ seed: 4 });
      const slopes = [
        ...layer.call(tensor(new Float32Array(20_000).fill(-1), { shape: [100, 200] }), { training: true }).data,
      ].map((value) => -value);
      expect(Math.min(...slopes)).toBeGreaterThanOrEqual(1 / 8);
      expect(Math.max(...slopes)).toBeLessThanOrEqual(Math.fround(1 / 3));
      const { mean, deviation } = moments(slopes);
      expect(mean).toBeCloseTo((1 / 8 + 1 / 3) / 2, 2);
      expect(deviation).toBeCloseTo((1 / 3 - 1 / 8) / Math.sqrt(12), 2);
      expect(new Set(slopes).size).toBeGreaterThan(19_000);
      expect(layer.call(ones([1, 3]), { training: true }).toArray()).toEqual([[1, 1, 1]]);
    });

    it("RReLU repeats its slopes with its seed", () => {
      const x = pattern([5, 5]);
      const [a, b] = [new RReLU({ seed: 1 }), new RReLU({ seed: 1 })];
      expect(sameBits(a.call(x, { training: true }), b.call(x, { training: true }))).toBe(true);
    });
  });
});

describe("errors of activations", () => {
  it.each([
    [
      () => new Activation("mish" as "relu"),
      "ValueError: Activation: activation must be a function or one of linear, sigmoid, tanh, relu, " +
        'leakyRelu, elu, selu, gelu, silu, softplus, softmax, logSoftmax, got "mish".',
    ],
    [
      () => new Activation("leakyRelu", { alpha: 0.2 }),
      'ValueError: Activation: every option must be one that exists, got "alpha". The options are slope, ' +
        "name, trainable, seed, activityRegularizer.",
    ],
    [
      () => new Activation("relu", { slope: 0.2 }),
      'ValueError: Activation: every option must be one that exists, got "slope". The options are name, ' +
        "trainable, seed, activityRegularizer.",
    ],
    [
      () => new Activation(relu, { slope: 0.2 }),
      'ValueError: Activation: every option must be one that exists, got "slope". The options are name, ' +
        "trainable, seed, activityRegularizer.",
    ],
    [
      () => new RReLU({ min: 0.5 }),
      "ValueError: RReLU: max must be a finite number from min=0.5, got 0.3333333333333333.",
    ],
    [
      () => new RReLU({ lower: 0.5 } as RReLUOptions),
      'ValueError: RReLU: every option must be one that exists, got "lower". The options are min, max, name, trainable, seed, activityRegularizer.',
    ],
    [
      () => {
        const layer = new PReLU();
        layer.call(ones([1, 2]));
        layer.call(ones([1, 3]));
      },
      "ShapeError: prelu: axis 1 of the input must have the length 2 for which the layer was built, got shape [1, 3] where " +
        "[*, 2] is expected. Reshape the input, or make another layer for it.",
    ],
  ])("activations throw the full text, case %#", (body, message) => {
    expect(errorOf(body)).toBe(message);
  });
});
