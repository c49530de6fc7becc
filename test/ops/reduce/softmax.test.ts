import { describe, expect, test } from "vitest";
import { grad } from "../../../src/autograd/grad.ts";
import { sigmoidCrossEntropy, softmaxCrossEntropy } from "../../../src/ops/network/losses.ts";
import { huber } from "../../../src/ops/network/regressionLosses.ts";
import { logSumExp } from "../../../src/ops/reduce/logSumExp.ts";
import { logSoftmax, softmax } from "../../../src/ops/reduce/softmax.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { slice } from "../../../src/ops/shape/slice.ts";
import { availableBackends } from "../../../src/tensor/interpret/backend.ts";
import { ones, type Tensor, tensor } from "../../../src/tensor/tensor.ts";
import { onBackend } from "../../gradcheck/kernels.ts";

test.each(availableBackends())("softmax, logSoftmax and logSumExp do not overflow on %s", (backend) => {
  onBackend(backend, () => {
    const x = tensor([1000, 1000, -1000]);
    expect(softmax(x).toArray()).toEqual([0.5, 0.5, 0]);
    const [first, second, third] = logSoftmax(x).data;
    expect([first, second]).toEqual([-Math.fround(Math.LN2), -Math.fround(Math.LN2)]);
    expect(third).toBeCloseTo(-2000 - Math.LN2, 3);
    expect(logSumExp(x).item()).toBeCloseTo(1000 + Math.LN2, 4);
    expect(logSumExp(tensor([-1000, -1000])).item()).toBeCloseTo(-1000 + Math.LN2, 4);
  });
});

test.each(availableBackends())(
  "softmax, logSoftmax and the losses keep equal scores of 1e20 apart from 1 on %s",
  (backend) => {
    const ln2 = Math.fround(Math.LN2);
    onBackend(backend, () => {
      for (const size of [1e20, -1e20, 3e38, 1e8]) {
        const x = tensor([[size, size]]);
        expect(softmax(x).toArray()).toEqual([[0.5, 0.5]]);
        expect(logSoftmax(x).toArray()).toEqual([[-ln2, -ln2]]);
        expect(logSumExp(x).item()).toBe(Math.fround(size));
        expect(grad((logits: Tensor) => sum(logSumExp(logits, { axis: 1 })))(x).toArray()).toEqual([[0.5, 0.5]]);
        expect(grad((logits: Tensor) => sum(slice(logSoftmax(logits), [0, 0], [1, 1])))(x).toArray()).toEqual([
          [0.5, -0.5],
        ]);
        const labels = tensor([1], { dtype: "int32" });
        expect(softmaxCrossEntropy(x, labels).item()).toBe(ln2);
        expect(grad((logits: Tensor) => softmaxCrossEntropy(logits, labels))(x).toArray()).toEqual([[0.5, -0.5]]);
      }
      const exact = tensor([1e20, -1e20]);
      expect(sigmoidCrossEntropy(exact, tensor([1, 0])).item()).toBe(0);
      expect(sigmoidCrossEntropy(exact, tensor([0, 1])).item()).toBe(Math.fround(1e20));
      expect(huber(exact, tensor([0, 0])).item()).toBe(Math.fround(1e20));
    });
  },
);

describe.each(availableBackends())("logSumExp on %s", (backend) => {
  test("logSumExp of a row with Infinity is Infinity", () => {
    const rows = tensor([
      [-Infinity, -Infinity, -Infinity],
      [-Infinity, 3, -Infinity],
      [Infinity, 0, -Infinity],
      [Number.NaN, 0, Infinity],
    ]);
    expect(onBackend(backend, () => logSumExp(rows, { axis: 1 }).toArray())).toEqual([
      -Infinity,
      3,
      Infinity,
      Number.NaN,
    ]);
  });

  test.each([
    { axis: undefined, shape: [], count: 24 },
    { axis: 0, shape: [3, 4], count: 2 },
    { axis: 1, shape: [2, 4], count: 3 },
    { axis: [1, 2], shape: [2], count: 12 },
    { axis: [2, 0], shape: [3], count: 8 },
    { axis: [], shape: [2, 3, 4], count: 1 },
  ])("logSumExp reduces axis $axis", ({ axis, shape, count }) => {
    onBackend(backend, () => {
      const result = logSumExp(ones([2, 3, 4]), { axis });
      expect(result.shape).toEqual(shape);
      for (const value of result.data) expect(value).toBeCloseTo(1 + Math.log(count), 6);
    });
  });

  test("logSumExp with keepDims keeps the axes with length 1", () => {
    expect(onBackend(backend, () => logSumExp(ones([2, 3, 4]), { axis: [0, 2], keepDims: true }).shape)).toEqual([
      1, 3, 1,
    ]);
  });
});

test("logSumExp throws for an empty axis", () => {
  expect(() => logSumExp(ones([0, 3]), { axis: 0 })).toThrow(
    "logSumExp: the reduced axes must not be empty, got shape [3, 0]. Check for an empty axis first.",
  );
});
