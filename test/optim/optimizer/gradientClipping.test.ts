import { describe, expect, test } from "vitest";
import { grad } from "../../../src/autograd/grad.ts";
import { Variable } from "../../../src/autograd/variable.ts";
import { maxNorm, unitNorm } from "../../../src/layers/base/constraints.ts";
import { mul } from "../../../src/ops/elementwise/arithmetic.ts";
import { clipNorm } from "../../../src/ops/reduce/clipNorm.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { clipByGlobalNorm, clipByNorm, clipByValue } from "../../../src/optim/optimizer/gradientClipping.ts";
import type { Gradients, GradientTransform } from "../../../src/optim/optimizer/gradients.ts";
import { SGD } from "../../../src/optim/sgd.ts";
import { heap } from "../../../src/tensor/memory/heap.ts";
import { type Tensor, tensor, zeros } from "../../../src/tensor/tensor.ts";
import type { NestedArray } from "../../../src/tensor/tensorValues.ts";

const gradientsOf = (...values: NestedArray[]): Gradients =>
  values.map((value, index) => {
    const gradient = tensor(value);
    return { variable: new Variable(zeros(gradient.shape), { name: `v${index}` }), gradient };
  });

const flat = (gradients: Gradients): number[] => gradients.flatMap(({ gradient }) => [...gradient.data]);

const expectClose = (clip: GradientTransform, gradients: Gradients, expected: number[]): void => {
  const actual = flat(clip(gradients));
  expect(actual.length).toBe(expected.length);
  for (const [index, value] of expected.entries()) expect(actual[index]).toBeCloseTo(value, 6);
};

describe("clipByValue", () => {
  test("clipByValue limits every element", () => {
    expect(flat(clipByValue(-1, 0.5)(gradientsOf([-3, -0.25, 0.75], [[2], [-1]])))).toEqual([-1, -0.25, 0.5, 0.5, -1]);
  });

  test("clipByValue keeps the variables and their order", () => {
    const gradients = gradientsOf([1], [2]);
    expect(clipByValue(-1, 1)(gradients).map(({ variable }) => variable)).toEqual(
      gradients.map(({ variable }) => variable),
    );
  });

  test("clipByValue throws for bounds that are not in order", () => {
    expect(() => clipByValue(1, -1)).toThrow(
      "clipByValue: min and max must be numbers with min ≤ max, got min=1, max=-1. Name both, the smaller first.",
    );
    expect(() => clipByValue(Number.NaN, 1)).toThrow("got min=NaN, max=1");
  });
});

describe("clipByNorm", () => {
  test("clipByNorm scales each gradient by itself, only when it is too long", () => {
    expectClose(clipByNorm(2.5), gradientsOf([3, 4], [0.5, -0.25], [[0, 0]]), [1.5, 2, 0.5, -0.25, 0, 0]);
  });

  test("clipByNorm takes a norm for each row with axis 1, for each column with axis 0", () => {
    const gradients = gradientsOf([
      [3, 4],
      [0, 0.5],
    ]);
    expectClose(clipByNorm(1, { axis: 1 }), gradients, [0.6, 0.8, 0, 0.5]);
    const norm = Math.hypot(4, 0.5);
    expectClose(clipByNorm(1, { axis: 0 }), gradients, [1, 4 / norm, 0, 0.5 / norm]);
  });

  test("clipByNorm throws for a norm that is not above 0", () => {
    expect(() => clipByNorm(0)).toThrow("clipByNorm: norm must be a finite number above 0, got 0.");
  });
});

describe("clipByGlobalNorm", () => {
  test("clipByGlobalNorm takes one norm of all gradients", () => {
    expectClose(clipByGlobalNorm(6.5), gradientsOf([3], [[4, 12]]), [1.5, 2, 6]);
    // Below the norm nothing changes, not even a bit.
    expect(flat(clipByGlobalNorm(13)(gradientsOf([0.1, 0.7])))).toEqual([Math.fround(0.1), Math.fround(0.7)]);
    expect(flat(clipByGlobalNorm(1)(gradientsOf([0, 0])))).toEqual([0, 0]);
  });

  test("clipByGlobalNorm adds PyTorch's 1e-6 to the norm", () => {
    // With such small gradients the 1e-6 shows: 2e-6 / (1e-6 + 1e-6) is 1, 1e-6 / (1e-6 + 1e-6) is a half.
    const small = gradientsOf([1e-6]);
    expect(flat(clipByGlobalNorm(1e-6, { variant: "pytorch" })(small))[0]).toBeCloseTo(0.5e-6, 12);
    expect(flat(clipByGlobalNorm(1e-6)(small))[0]).toBeCloseTo(1e-6, 12);
    expect(flat(clipByGlobalNorm(4, { variant: "pytorch" })(gradientsOf([3])))).toEqual([3]);
  });

  test.each(["tensorflow1", "pytorch"] as const)(
    "clipByGlobalNorm scales gradients whose squares overflow or vanish (%s)",
    (variant) => {
      expectClose(clipByGlobalNorm(1, { variant }), gradientsOf([3e20], [4e20, 0]), [0.6, 0.8, 0]);
      expectClose(clipByGlobalNorm(1, { variant }), gradientsOf([3e38], [3e38]), [Math.SQRT1_2, Math.SQRT1_2]);
      expect(flat(clipByGlobalNorm(3e38, { variant })(gradientsOf([1e30])))).toEqual([Math.fround(1e30)]);
    },
  );

  test("clipByGlobalNorm limits tiny gradients to a tiny norm", () => {
    const [first, second] = flat(clipByGlobalNorm(1e-30)(gradientsOf([3e-25, 4e-25])));
    expect(first / 6e-31).toBeCloseTo(1, 5);
    expect(second / 8e-31).toBeCloseTo(1, 5);
  });

  test("clipByGlobalNorm throws for a gradient that is not finite", () => {
    expect(() => clipByGlobalNorm(1)(gradientsOf([1, Number.NaN]))).toThrow(
      'clipByGlobalNorm: gradients must be finite, got NaN in that of "v0".',
    );
  });

  test("clipByGlobalNorm throws for an empty list", () => {
    expect(() => clipByGlobalNorm(1)([])).toThrow("clipByGlobalNorm: gradients must be a list of at least one");
  });
});

describe("clipNorm", () => {
  test("clipNorm scales numbers whose squares overflow or vanish, along each axis by itself", () => {
    const x = tensor([
      [3e20, 4e20],
      [0.3, 0.4],
      [3e38, -3e38],
    ]);
    const rows = clipNorm(x, 1, { axis: 1 }).data;
    for (const [index, value] of [0.6, 0.8, 0.3, 0.4, Math.SQRT1_2, -Math.SQRT1_2].entries()) {
      expect(rows[index]).toBeCloseTo(value, 6);
    }
    expect([...clipNorm(tensor([1e30, 0]), 3e38).data]).toEqual([Math.fround(1e30), 0]);
    expect(clipNorm(tensor([3e-25, 4e-25]), 1e-30).data[0] / 6e-31).toBeCloseTo(1, 5);
    expect([...clipNorm(tensor([1e-30]), 3e38).data]).toEqual([Math.fround(1e-30)]);
    expect(clipNorm(zeros([0, 2]), 1).shape).toEqual([0, 2]);
  });

  test("clipNorm has the right derivative where it scales", () => {
    const slope = grad((x: Tensor) => sum(mul(clipNorm(x, 1), tensor([1, 0]))))(tensor([3e20, 4e20]));
    expect(slope.data[0] / 1e-20).toBeCloseTo(0.128, 6);
  });

  test("maxNorm and unitNorm scale weights whose squares overflow", () => {
    const w = tensor([[3e20], [4e20]]);
    for (const limit of [maxNorm(1, { axis: 0 }), maxNorm(1, { variant: "keras" }), unitNorm()]) {
      expect(limit(w).data[0]).toBeCloseTo(0.6, 6);
      expect(limit(w).data[1]).toBeCloseTo(0.8, 6);
    }
  });

  test("clipNorm is the identity at zero, and has its derivative", () => {
    const slope = grad((x: Tensor) => sum(mul(clipNorm(x, 1), tensor([2, 3]))))(zeros([2]));
    expect(slope.toArray()).toEqual([2, 3]);
  });

  test("clipNorm projects the gradient of a long vector", () => {
    // y = x/|x|: dy/dx = (I − x xᵀ/|x|²)/|x|; with x = (3, 4) and dy = (1, 0): (16, -12)/125.
    const slope = grad((x: Tensor) => sum(mul(clipNorm(x, 1), tensor([1, 0]))))(tensor([3, 4]));
    expect(slope.data[0]).toBeCloseTo(16 / 125, 6);
    expect(slope.data[1]).toBeCloseTo(-12 / 125, 6);
  });

  test("clipNorm throws for a norm that is not above 0", () => {
    expect(() => clipNorm(tensor([1]), -1)).toThrow("clipNorm: norm must be a finite number above 0, got -1.");
  });
});

describe("a clipping optimizer", () => {
  test("a clipping optimizer clips what it applies", () => {
    const [{ variable, gradient }] = gradientsOf([3, -0.5]);
    new SGD({ learningRate: 1, clip: clipByValue(-1, 1) }).applyGradients([{ variable, gradient }]);
    expect(variable.read().toArray()).toEqual([-1, 0.5]);
  });

  test("a clipping optimizer throws for a transform that loses the shape", () => {
    const [{ variable, gradient }] = gradientsOf([3, -0.5]);
    const optimizer = new SGD({ learningRate: 1, clip: () => [{ variable, gradient: tensor([1]) }] });
    expect(() => optimizer.applyGradients([{ variable, gradient }])).toThrow(
      'SGD: clip: a gradient must have the shape of its variable, got [1] for "v0" of shape [2]. Reshape it.',
    );
    expect(variable.read().toArray()).toEqual([0, 0]);
  });

  test("a clipping optimizer leaves no memory behind, by hand or in a step", () => {
    const gradients = gradientsOf([3, 4], [5, 6]);
    const optimizer = new SGD({ learningRate: 0, clip: clipByGlobalNorm(1) });
    const turn = (): void => optimizer.applyGradients(clipByNorm(1)(gradients));
    for (let step = 0; step < 10; step++) turn();
    const before = heap().usedBytes;
    for (let step = 0; step < 500; step++) turn();
    expect(heap().usedBytes).toBe(before);
  });
});
