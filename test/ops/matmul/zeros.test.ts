import { beforeEach, expect, test, vi } from "vitest";
import { valueAndGrad } from "../../../src/autograd/grad.ts";
import { Variable } from "../../../src/autograd/variable.ts";
import type { Initializer } from "../../../src/layers/base/initializers.ts";
import { Dense } from "../../../src/layers/dense.ts";
import { Sequential } from "../../../src/layers/sequential.ts";
import { mul, sub } from "../../../src/ops/elementwise/arithmetic.ts";
import { relu } from "../../../src/ops/elementwise/rectifier.ts";
import { affine } from "../../../src/ops/matmul/affine.ts";
import { matmul } from "../../../src/ops/matmul/matmul.ts";
import { softmaxCrossEntropy } from "../../../src/ops/network/losses.ts";
import { randomUniform } from "../../../src/ops/random/distributions.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { oneHot } from "../../../src/ops/shape/oneHot.ts";
import { reshape } from "../../../src/ops/shape/reshape.ts";
import { transpose } from "../../../src/ops/shape/transpose.ts";
import { Adam } from "../../../src/optim/adam.ts";
import { SGD } from "../../../src/optim/sgd.ts";
import { availableBackends } from "../../../src/tensor/interpret/backend.ts";
import { runStep } from "../../../src/tensor/memory/step.ts";
import { sameBits, type Tensor, tensor } from "../../../src/tensor/tensor.ts";
import type * as zeros from "../../../src/wasm/matmul/matmulZeros.ts";
import { onBackend } from "../../gradcheck/kernels.ts";

/** Whether zeros may be skipped, and in how many products they were. */
const skipping = vi.hoisted(() => ({ isAllowed: true, products: 0 }));

vi.mock("../../../src/wasm/matmul/matmulZeros.ts", async (load) => {
  const original = await load<typeof zeros>();
  const skipsZeros: typeof original.skipsZeros = (...args) => {
    const skips = skipping.isAllowed && original.skipsZeros(...args);
    if (skips) skipping.products++;
    return skips;
  };
  const { matmul: dense } = await import("../../../src/wasm/matmul/matmulKernel.ts");
  const multiply: typeof original.multiply = (...args) =>
    (skipsZeros(...args) ? original.matmulByLists : dense)(...args);
  return { ...original, skipsZeros, multiply };
});

beforeEach(() => {
  skipping.isAllowed = true;
});

const simdBackends = availableBackends().filter((backend) => backend !== "reference");
const numbers = (shape: readonly number[], seed: number): Tensor => randomUniform(shape, { min: -1, max: 1, seed });
/** A tenth is not zero. */
const sparse = (shape: readonly number[], seed: number): Tensor => relu(sub(numbers(shape, seed), 0.8));

/** Moves the result of a step out of its memory. */
const keepResult = ({ storage }: Tensor): void => storage.moveToArray();

/** Computes with and without skipping zeros, and expects the same bits and that zeros were skipped in some products. */
const expectSame = (products: number, compute: () => readonly Tensor[]): void => {
  skipping.products = 0;
  const skipped = compute();
  expect(skipping.products).toBe(products);
  skipping.isAllowed = false;
  const dense = compute();
  skipping.isAllowed = true;
  for (const [index, y] of skipped.entries()) expect(sameBits(y, dense[index]), `output ${index}`).toBe(true);
};

test.each(simdBackends)("products skip the zeros of their left operand and keep their bits, on %s", (backend) => {
  onBackend(backend, () => {
    expectSame(2, () => [
      matmul(sparse([50, 784], 1), numbers([784, 300], 2)),
      matmul(sparse([50, 784], 1), numbers([50, 300], 2), { transposeA: true }),
    ]);
    expectSame(4, () => [
      matmul(sparse([3, 60, 200], 1), numbers([3, 200, 100], 2)),
      matmul(sparse([3, 60, 200], 1), numbers([200, 100], 2)),
    ]);
    // Few of these are zero, and B may not be transposed.
    expectSame(0, () => [
      matmul(numbers([50, 784], 1), numbers([784, 300], 2)),
      matmul(sparse([50, 784], 1), numbers([300, 784], 2), { transposeB: true }),
    ]);
  });
});

test.each(simdBackends)("affine and its gradients skip the zeros of x and keep their bits, on %s", (backend) => {
  onBackend(backend, () => {
    const [kernel, bias] = [numbers([784, 100], 2), numbers([100], 3)];
    for (const shape of [
      [50, 784],
      [5, 10, 784],
    ]) {
      const x = sparse(shape, 1);
      const weights = numbers([...shape.slice(0, -1), 100], 4);
      const loss = (x: Tensor, kernel: Tensor, bias: Tensor): Tensor => sum(mul(affine(x, kernel, bias), weights));
      expectSame(2, () => [...valueAndGrad(loss)(x, kernel, bias)].flat() as Tensor[]);
    }
  });
});

test.each(simdBackends)("a product with one-hot rows is exactly the rows of the matrix, on %s", (backend) => {
  onBackend(backend, () => {
    const rows = Int32Array.from({ length: 60 }, (_, index) => (index * 7919) % 1000);
    const matrix = numbers([1000, 40], 1);
    expectSame(1, () => [matmul(oneHot(tensor(rows), 1000), matrix)]);
    const y = matmul(oneHot(tensor(rows), 1000), matrix).data;
    rows.forEach((row, index) => {
      expect(y.slice(index * 40, index * 40 + 40)).toEqual(matrix.data.slice(row * 40, row * 40 + 40));
    });
  });
});

test.each(simdBackends)("a number of the matrix that is not finite comes through zeros, on %s", (backend) => {
  onBackend(backend, () => {
    for (const special of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const values = numbers([784, 100], 2).data;
      values[300 * 100 + 7] = special;
      const kernel = tensor(values, { shape: [784, 100] });
      expectSame(0, () => [matmul(sparse([50, 784], 1), kernel)]);
      const y = matmul(sparse([50, 784], 1), kernel).data;
      y.forEach((value, index) => {
        expect(Number.isFinite(value)).toBe(index % 100 !== 7);
      });
    }
  });
});

test.each(simdBackends)("training and predicting on sparse rows keep their bits, on %s", (backend) => {
  onBackend(backend, () => {
    const x = sparse([50, 784], 1);
    const y = tensor(Int32Array.from({ length: 50 }, (_, index) => index % 10));
    const initializer =
      (seed: number): Initializer =>
      (shape) =>
        mul(numbers(shape, seed), 0.1);
    const train = (): readonly Tensor[] => {
      const model = new Sequential({
        layers: [
          new Dense({ units: 100, activation: "relu", kernelInitializer: initializer(1) }),
          new Dense({ units: 10, kernelInitializer: initializer(2) }),
        ],
      });
      model.call(x);
      const optimizer = new Adam({ learningRate: 0.01 });
      const loss = (): Tensor => softmaxCrossEntropy(model.call(x, { training: true }), y);
      const losses = [0, 1, 2].map(() => optimizer.minimize(loss, model.trainableVariables));
      return [...losses, model.predict(x), ...model.variables.map((variable) => variable.read())];
    };
    expectSame(8, train);
  });
});

test.each(simdBackends)("one row skips zeros from the second prediction with the same weights on, on %s", (backend) => {
  onBackend(backend, () => {
    const row = sparse([1, 784], 1);
    const start = numbers([784, 300], 2);
    const kernel = new Variable(start);
    const predict = (): Tensor => runStep(() => matmul(row, kernel.read()), keepResult);
    const dense = (): Tensor => matmul(row, transpose(kernel.read()), { transposeB: true });
    const skipped = (times: number): readonly boolean[] =>
      Array.from({ length: times }, () => {
        skipping.products = 0;
        expect(sameBits(predict(), dense())).toBe(true);
        return skipping.products > 0;
      });
    expect(skipped(4)).toEqual([false, true, true, true]);
    // Whatever changes the weights is noticed.
    const values = start.data;
    values[5 * 300 + 6] = Number.NaN;
    kernel.assign(tensor(values, { shape: [784, 300] }));
    expect(row.data[5]).toBe(0);
    expect(skipped(3)).toEqual([false, false, false]);
    expect(predict().data[6]).toBeNaN();
    kernel.assign(start);
    expect(skipped(3)).toEqual([false, true, true]);
    const optimizer = new SGD({ learningRate: 1 });
    optimizer.minimize(() => sum(mul(kernel.read(), numbers([784, 300], 3))), [kernel]);
    expect(skipped(3)).toEqual([false, true, true]);
    // What is known of the first matrix of a block does not hold for the whole.
    const stacked = new Variable(tensor([...start.data, ...values], { shape: [2, 784, 300] }));
    const first = (): Tensor => runStep(() => matmul(sparse([2, 1, 784], 1), stacked.read()), keepResult);
    expectSame(2, () => [first(), first(), first()]);
    expect(first().data.slice(0, 300).some(Number.isNaN)).toBe(false);
    const whole = (): Tensor =>
      runStep(() => matmul(sparse([1, 1568], 1), reshape(stacked.read(), [1568, 300])), keepResult);
    expectSame(0, () => [whole()]);
    expect(whole().data.some(Number.isNaN)).toBe(true);
  });
});
