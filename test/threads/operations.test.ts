import { afterAll, describe, expect, test } from "vitest";
import {
  Adam,
  add,
  affine,
  argMax,
  averagePool2d,
  batchNormInference,
  batchNormTraining,
  conv2d,
  Dense,
  exp,
  gather,
  grad,
  greater,
  logSoftmax,
  logSumExp,
  Momentum,
  matmul,
  max,
  maxPool2d,
  mul,
  pow,
  randomBernoulli,
  randomNormal,
  randomTruncatedNormal,
  randomUniform,
  relu,
  SGD,
  setThreads,
  softmax,
  softmaxCrossEntropy,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  toFloat,
  Variable,
  valueAndGrad,
  where,
} from "../../src/index.ts";
import { firstNonFinite } from "../../src/ops/reduce/firstNonFinite.ts";
import { leastMultiplications } from "../../src/threads/matmulParts.ts";
import { leastHeavy, leastLight } from "../../src/wasm/assembler/division.ts";
import { expectSameBits } from "./bits.ts";

afterAll(() => setThreads(1));

const uniform = (shape: readonly number[], seed = 1): Tensor => randomUniform(shape, { min: -2, max: 2, seed });
const ints = (size: number, below: number): Tensor =>
  tensor(Int32Array.from({ length: size }, (_, index) => (index * 7919) % below));

/** From where on a call is divided in 2 pieces, in 3, 4, 5 and 6: one element less, exactly as many, one more. */
const around = (least: number): readonly number[] =>
  [2, 3, 4, 5, 6].flatMap((pieces) => [-1, 0, 1].map((difference) => pieces * least + difference));

/** The same for rows of a number of columns, with a number of rows around each threshold. */
const rowsAround = (least: number, columns: number): readonly number[] =>
  [2, 4, 6].flatMap((pieces) => [-1, 0, 1].map((difference) => Math.ceil((pieces * least) / columns) + difference));

describe("the bits do not depend on the number of threads", () => {
  test("the bits of elementwise operations do not depend on the number of threads", async () => {
    await expectSameBits(() =>
      around(leastLight).flatMap((size) => {
        const [a, b] = [uniform([size], 1), uniform([size], 2)];
        const larger = greater(a, b);
        return [add(a, b), mul(a, 3), pow(2, b), relu(a), larger, where(larger, a, b)];
      }),
    );
    await expectSameBits(() => around(leastHeavy).flatMap((size) => [exp(uniform([size])), pow(uniform([size]), 2.5)]));
  });

  test("the bits of pooling and its gradients do not depend on the number of threads", async () => {
    const shape = [13, 9, 5];
    const least = leastLight / (13 * 9 * 5);
    await expectSameBits(() =>
      [2, 4].flatMap((pieces) =>
        [0, 1, 2].flatMap((more) => {
          const x = uniform([Math.floor(pieces * least) + more, ...shape]);
          return [maxPool2d, averagePool2d].flatMap((pool) => {
            const pooled = (images: Tensor): Tensor => pool(images, { poolSize: 3, strides: 2, padding: "same" });
            const gradient = grad((images: Tensor) => sum(square(pooled(images))));
            return [pooled(x), gradient(x), grad((images: Tensor) => sum(square(gradient(images))))(x)];
          });
        }),
      ),
    );
  });

  test("the bits of broadcast rows and columns do not depend on the number of threads", async () => {
    const columns = 37;
    await expectSameBits(() =>
      rowsAround(leastLight, columns).flatMap((rows) => {
        const a = uniform([rows, columns]);
        const [row, column] = [uniform([columns], 2), uniform([rows, 1], 3)];
        return [add(a, row), add(row, a), add(a, column), add(column, a), greater(row, a)];
      }),
    );
  });

  test("the bits of softmax and the losses do not depend on the number of threads", async () => {
    const columns = 11;
    await expectSameBits(() =>
      rowsAround(leastHeavy, columns).flatMap((rows) => {
        const x = uniform([rows, columns]);
        const y = ints(rows, columns);
        const loss = valueAndGrad((logits: Tensor) => softmaxCrossEntropy(logits, y))(x);
        const losses = softmaxCrossEntropy(x, y, { reduction: "none" });
        return [softmax(x), logSoftmax(x), logSumExp(x, { axis: 1 }), losses, ...[loss].flat(2)] as Tensor[];
      }),
    );
  });

  test("the bits of reductions along the first, a middle and the last axis do not depend on the number of threads", async () => {
    await expectSameBits(() =>
      around(leastLight).flatMap((size) => {
        const rows = Math.round(size / 40);
        const columns = Math.round(size / 51);
        return [
          sum(uniform([rows, 40]), { axis: 1 }),
          sum(uniform([51, columns]), { axis: 0 }),
          max(uniform([51, columns]), { axis: 0 }),
          argMax(uniform([51, columns]), { axis: 0 }),
          sum(uniform([5, 3, rows]), { axis: 1 }),
          max(uniform([rows, 40]), { axis: 1 }),
          argMax(uniform([rows, 40]), { axis: 1 }),
          sum(uniform([size])),
        ];
      }),
    );
  });

  test("the bits of convolutions and their gradients do not depend on the number of threads", async () => {
    const cases = [
      [[3, 13, 11, 16], [3, 3, 16, 20], {}],
      [[2, 20, 20, 1], [3, 3, 1, 32], { padding: "same" }],
      [[2, 21, 17, 8], [5, 3, 4, 12], { strides: [2, 3], padding: "same", groups: 2 }],
      [[2, 17, 15, 12], [3, 3, 1, 12], { padding: "same", groups: 12 }],
      [[2, 17, 15, 5], [3, 3, 1, 10], { strides: 2, groups: 5 }],
    ] as const;
    await expectSameBits(() =>
      cases.flatMap(([x, kernel, options]) => {
        const loss = (x: Tensor, kernel: Tensor): Tensor => sum(square(conv2d(x, kernel, options)));
        const images = uniform(x);
        const weights = uniform(kernel, 2);
        return [conv2d(images, weights, options), ...[valueAndGrad(loss)(images, weights)].flat(2)] as Tensor[];
      }),
    );
  });

  test("the bits of batch normalization do not depend on the number of threads", async () => {
    await expectSameBits(() =>
      around(leastHeavy).flatMap((size) => {
        const channels = Math.ceil(size / 100);
        return [
          [[100, channels], 1] as const,
          [[5, channels, 20], 1] as const,
          [[100, 1, channels], 2] as const,
        ].flatMap(([shape, axis]) => {
          const [gamma, beta] = [uniform([channels], 2), uniform([channels], 3)];
          const x = uniform(shape);
          const training = batchNormTraining(x, gamma, beta, { axis });
          const moving = exp(beta);
          const { y, mean, variance } = training;
          const gradients = valueAndGrad((x: Tensor, gamma: Tensor, beta: Tensor) =>
            sum(mul(uniform(shape, 9), batchNormTraining(x, gamma, beta, { axis }).y)),
          )(x, gamma, beta);
          return [
            y,
            mean,
            variance,
            batchNormInference(x, beta, moving, gamma, beta, { axis }),
            ...[gradients].flat(3),
          ] as Tensor[];
        });
      }),
    );
  });

  test("the bits of random numbers, bytes and rows by index do not depend on the number of threads", async () => {
    await expectSameBits(() =>
      around(leastHeavy).flatMap((size) => [
        randomUniform([size], { seed: 1 }),
        randomNormal([size], { seed: 2 }),
        randomTruncatedNormal([size], { seed: 3 }),
        randomBernoulli([size], { seed: 4, probability: 0.3 }),
      ]),
    );
    await expectSameBits(() =>
      around(leastLight).flatMap((size) => [
        toFloat(
          tensor(
            Uint8Array.from({ length: size }, (_, index) => index),
            { scale: 1 / 255 },
          ),
        ),
        toFloat(ints(size, 1000)),
        gather(uniform([100, 33]), ints(Math.ceil(size / 33), 100)),
      ]),
    );
  });

  test("the bits of products of all shapes and layouts do not depend on the number of threads", async () => {
    const sizes = [
      ...around(leastMultiplications).map((size) => [37, 61, Math.ceil(size / (37 * 61))]),
      [1, 3000, 300],
      [3000, 1, 300],
      [2, 1000, 300],
      [1000, 5, 300],
      [50, 300, 784],
      [300, 12, 100],
      [130, 257, 600],
    ];
    await expectSameBits(() =>
      sizes.flatMap(([m, n, k]) =>
        [false, true].flatMap((transposeA) =>
          [false, true].map((transposeB) =>
            matmul(uniform(transposeA ? [k, m] : [m, k]), uniform(transposeB ? [n, k] : [k, n], 2), {
              transposeA,
              transposeB,
            }),
          ),
        ),
      ),
    );
  });

  test("the bits of batched products do not depend on the number of threads", async () => {
    const batches = [1, 2, 3, 4, 7, 300];
    await expectSameBits(() =>
      batches.flatMap((batch) => [
        matmul(uniform([batch, 20, 30]), uniform([batch, 30, 70], 2)),
        matmul(uniform([batch, 30, 20]), uniform([30, 70], 2), { transposeA: true }),
        matmul(uniform([batch, 50, 30]), uniform([30, 70], 2)),
      ]),
    );
    await expectSameBits(() =>
      batches.slice(0, 3).map((batch) => matmul(uniform([batch, 90, 80]), uniform([batch, 80, 70]))),
    );
  });

  test("the bits do not depend on the number of threads of products whose left operand is mostly zeros", async () => {
    // A tenth is not zero.
    const sparse = (shape: readonly number[]): Tensor => relu(sub(uniform(shape), 1.6));
    await expectSameBits(() =>
      [
        [1, 300, 784],
        [2, 400, 900],
        [50, 300, 784],
        [784, 302, 50],
        [300, 17, 600],
        [700, 40, 300],
        [5000, 100, 20],
      ].flatMap(([m, n, k]) =>
        [false, true].map((transposeA) =>
          matmul(sparse(transposeA ? [k, m] : [m, k]), uniform([k, n], 2), { transposeA }),
        ),
      ),
    );
    await expectSameBits(() =>
      [2, 3, 5, 40].flatMap((batch) => [
        matmul(sparse([batch, 50, 100]), uniform([batch, 100, 200], 2)),
        matmul(sparse([batch, 100, 50]), uniform([100, 200], 2), { transposeA: true }),
      ]),
    );
    const [kernel, bias] = [uniform([784, 130], 2), uniform([130], 3)];
    const loss = (kernel: Tensor, bias: Tensor): Tensor => sum(square(affine(sparse([60, 784]), kernel, bias)));
    await expectSameBits(() => [...valueAndGrad(loss)(kernel, bias)].flat() as Tensor[]);
  });

  test("the bits of layers and their gradients do not depend on the number of threads", async () => {
    const [x, kernel, bias] = [uniform([60, 200]), uniform([200, 90], 2), uniform([90], 3)];
    const layer = (x: Tensor, kernel: Tensor, bias: Tensor): Tensor => sum(square(add(matmul(x, kernel), bias)));
    await expectSameBits(() => [...valueAndGrad(layer)(x, kernel, bias)].flat() as Tensor[]);
    const dense = new Dense({ name: "dense", units: 90, activation: "tanh" });
    dense.call(x);
    await expectSameBits(() => [dense.call(x)]);
  });
});

describe("updates", () => {
  /** Sizes of variables whose sum is around each threshold: some large, some small, one of none. */
  const sizesOf = (total: number): readonly number[] => [0, total - 4108, 7, 4096, 0, 4, 1];

  test.each([
    ["SGD", () => new SGD({ learningRate: 0.1 })],
    ["Momentum", () => new Momentum({ learningRate: 0.1, momentum: 0.9 })],
    ["Adam", () => new Adam({ learningRate: 0.1 })],
  ] as const)("updates of %s have the same bits with any number of threads", async (_, optimizer) => {
    await expectSameBits(() =>
      around(leastHeavy)
        .filter((total) => total > 4108)
        .flatMap((total) => {
          const variables = sizesOf(total).map(
            (size, index) => new Variable(uniform([size], index + 1), { name: `v${index}` }),
          );
          const trained = optimizer();
          for (let step = 0; step < 2; step++) {
            trained.minimize(
              () => variables.map((variable) => sum(square(variable.read()))).reduce((a, b) => add(a, b)),
              variables,
            );
          }
          return variables.map((variable) => variable.read());
        }),
    );
  });

  test("the first element that is not finite is reported, whichever piece it is in", async () => {
    const total = 6 * leastLight + 1;
    const values = (size: number): number[] => new Array<number>(size).fill(1);
    for (const threads of [1, 2, 3]) {
      await setThreads(threads);
      const tensors = [tensor(values(100)), tensor([]), tensor(values(total)), tensor(values(50))];
      expect(firstNonFinite(tensors)).toBeUndefined();
      for (const [index, position] of [
        [0, 99],
        [2, 0],
        [2, leastLight],
        [2, 3 * leastLight - 1],
        [2, total - 1],
        [3, 49],
      ]) {
        const bad = tensors.with(index, tensor(values(tensors[index].size).with(position, Number.NaN)));
        const later = bad.with(3, tensor(values(50).with(49, Number.POSITIVE_INFINITY)));
        expect(firstNonFinite(later), `${threads} threads`).toEqual({ index, position });
      }
    }
  });
});
