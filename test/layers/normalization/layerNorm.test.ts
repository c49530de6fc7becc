import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { grad } from "../../../src/autograd/grad.ts";
import { LayerNorm } from "../../../src/layers/normalization/layerNormLayer.ts";
import { Sequential } from "../../../src/layers/sequential.ts";
import { mul } from "../../../src/ops/elementwise/arithmetic.ts";
import { layerNorm } from "../../../src/ops/network/layerNorm.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { ones, sameBits, type Tensor, tensor } from "../../../src/tensor/tensor.ts";
import { errorOf, expectClose, onEachBackend, type Packed, pattern, unpack } from "../helpers.ts";

interface Case {
  readonly name: string;
  /** How many of the last axes. */
  readonly axes: number;
  readonly epsilon: number;
  readonly x: Packed;
  readonly gamma?: Packed;
  readonly beta?: Packed;
  readonly cotangent: Packed;
  readonly direction: Packed;
  readonly y: Packed;
  readonly dx: Packed;
  readonly dgamma?: Packed;
  readonly dbeta?: Packed;
  readonly second: Packed;
}

const { cases } = JSON.parse(readFileSync(new URL("../../references/layerNorm.json", import.meta.url), "utf8")) as {
  readonly cases: readonly Case[];
};

const optional = (packed: Packed | undefined): Tensor | undefined => packed && unpack(packed);

const optionsOf = ({ axes, epsilon }: Case): { axis: number[]; epsilon: number } => ({
  axis: Array.from({ length: axes }, (_, index) => -1 - index),
  epsilon,
});

onEachBackend(() => {
  describe("layerNorm has PyTorch's", () => {
    it.each(cases)("values and gradients: $name", (reference) => {
      const options = optionsOf(reference);
      const [gamma, beta] = [optional(reference.gamma), optional(reference.beta)];
      const cotangent = unpack(reference.cotangent);
      expectClose(layerNorm(unpack(reference.x), gamma, beta, options), reference.y, 1e-6);
      const loss = (x: Tensor, ...parameters: readonly Tensor[]): Tensor =>
        sum(mul(layerNorm(x, parameters[0], parameters[1], options), cotangent));
      if (!gamma || !beta) {
        expectClose(grad((x: Tensor) => loss(x))(unpack(reference.x)), reference.dx, 1e-6);
        return;
      }
      const [dx, dGamma, dBeta] = grad((x: Tensor, g: Tensor, b: Tensor) => loss(x, g, b))(
        unpack(reference.x),
        gamma,
        beta,
      );
      expectClose(dx, reference.dx, 2e-6);
      expectClose(dGamma, reference.dgamma!, 2e-6);
      expectClose(dBeta, reference.dbeta!, 2e-6);
    });

    it.each(cases)("derivatives of second order: $name", (reference) => {
      const options = optionsOf(reference);
      const [gamma, beta] = [optional(reference.gamma), optional(reference.beta)];
      const dx = grad((x: Tensor) => sum(mul(layerNorm(x, gamma, beta, options), unpack(reference.cotangent))));
      const second = grad((x: Tensor) => sum(mul(dx(x), unpack(reference.direction))))(unpack(reference.x));
      expectClose(second, reference.second, 5e-6);
    });
  });

  test("a row has the same bits alone as among others", () => {
    const x = pattern([7, 13]);
    const rows = layerNorm(x);
    for (let row = 0; row < 7; row++) {
      const alone = layerNorm(tensor(x.data.subarray(13 * row, 13 * row + 13), { shape: [1, 13] }));
      expect(alone.data).toEqual(rows.data.subarray(13 * row, 13 * row + 13));
    }
  });

  test("a row of equal numbers becomes beta", () => {
    expect(layerNorm(tensor([[7, 7, 7]]), undefined, tensor([1, 2, 3])).toArray()).toEqual([[1, 2, 3]]);
  });
});

test("layerNorm throws for axes that are not the last, and for parameters of another shape", () => {
  expect(errorOf(() => layerNorm(ones([2, 3, 4]), undefined, undefined, { axis: 1 }))).toBe(
    "ShapeError: layerNorm: axis must name the last axes of the shape, got axis=1 for x=[2, 3, 4]. " +
      "Transpose x, or pass [-2, -1] for the last two.",
  );
  expect(errorOf(() => layerNorm(ones([2, 3]), ones([2])))).toBe(
    "ShapeError: layerNorm: gamma and beta must have the shape [3] of what is normalized together, got [2] for x=[2, 3]. " +
      "Choose the axis, or reshape them.",
  );
  expect(errorOf(() => layerNorm(ones([2, 3]), undefined, undefined, { epsilon: -1 }))).toMatch(
    /^ValueError: layerNorm: epsilon must be a finite number from 0, got -1/,
  );
});

describe("LayerNorm", () => {
  it("LayerNorm computes the same in training, and has gamma and beta of the normalized shape", () => {
    const model = new Sequential({ name: "dnn", inputShape: [3, 4], layers: [new LayerNorm({ axis: [1, 2] })] });
    expect(model.variables.map(({ name, shape }) => [name, shape])).toEqual([
      ["dnn/layer_norm/gamma", [3, 4]],
      ["dnn/layer_norm/beta", [3, 4]],
    ]);
    const x = pattern([2, 3, 4]);
    const y = model.call(x, { training: true });
    expect(sameBits(y, model.call(x))).toBe(true);
    expect(sameBits(y, layerNorm(x, undefined, undefined, { axis: [-2, -1] }))).toBe(true);
  });

  it("LayerNorm has the epsilon of its variant", () => {
    const x = pattern([3, 4]);
    for (const [options, epsilon] of [
      [{}, 1e-3],
      [{ variant: "keras" }, 1e-3],
      [{ variant: "pytorch" }, 1e-5],
      [{ variant: "pytorch", epsilon: 0.5 }, 0.5],
    ] as const) {
      const y = new LayerNorm(options).call(x);
      expect(sameBits(y, layerNorm(x, undefined, undefined, { epsilon }))).toBe(true);
    }
  });

  it("LayerNorm leaves out gamma without scale, and beta without center", () => {
    const layer = new LayerNorm({ scale: false, center: false });
    layer.call(pattern([2, 3]));
    expect(layer.variables).toEqual([]);
    expect(layer.gamma).toBeUndefined();
  });

  it("LayerNorm throws for the axis of the rows, for axes in the middle, and for another number of features", () => {
    expect(errorOf(() => new LayerNorm({ axis: 0 }))).toMatch(
      /^ValueError: LayerNorm: axis must be a whole number other/,
    );
    expect(errorOf(() => new LayerNorm({ axis: 1 }).call(ones([2, 3, 4])))).toBe(
      "ShapeError: layer_norm: axis must name the last axes, without the rows, got axis=1 for an input of shape " +
        "[*, 3, 4]. Transpose the input.",
    );
    expect(errorOf(() => new LayerNorm({ axis: -2 }).call(ones([2, 3])))).toMatch(/Reshape the input to/);
    const layer = new LayerNorm();
    layer.call(ones([2, 3]));
    expect(errorOf(() => layer.call(ones([2, 4])))).toMatch(
      /^ShapeError: layer_norm: axis 1 of the input must have the length 3/,
    );
    expect(errorOf(() => layer.call(ones([2, 2, 3])))).toBe(
      "ShapeError: layer_norm: the input must have the rank 2 for which the layer was built, got shape [2, 2, 3]. Reshape it.",
    );
  });
});
