import { afterAll, describe, test } from "vitest";
import {
  add,
  argMax,
  batchNormInference,
  batchNormTraining,
  exp,
  gather,
  greater,
  logSoftmax,
  logSumExp,
  matmul,
  max,
  mul,
  pow,
  randomBernoulli,
  randomNormal,
  randomTruncatedNormal,
  randomUniform,
  relu,
  setThreads,
  softmax,
  softmaxCrossEntropy,
  sum,
  type Tensor,
  tensor,
  toFloat,
  valueAndGrad,
  where,
} from "../../src/index.ts";
import { leastHeavy, leastLight } from "../../src/wasm/division.ts";
import { expectSameBits } from "./bits.ts";

afterAll(() => setThreads(1));

const uniform = (shape: readonly number[], seed = 1): Tensor => randomUniform(shape, { min: -2, max: 2, seed });
const ints = (size: number, below: number): Tensor =>
  tensor(Int32Array.from({ length: size }, (_, index) => (index * 7919) % below));

/** From where on a call is divided in 2 pieces, in 3, 4, 5 and 6: one element less, exactly as many, one more. */
const around = (least: number): readonly number[] =>
  [2, 3, 4, 5, 6].flatMap((pieces) => [-1, 0, 1].map((difference) => pieces * least + difference));

/** The same for rows of so many columns, with a number of rows around each threshold. */
const rowsAround = (least: number, columns: number): readonly number[] =>
  [2, 4, 6].flatMap((pieces) => [-1, 0, 1].map((difference) => Math.ceil((pieces * least) / columns) + difference));

describe("the bits do not depend on the number of threads", () => {
  test("of operations on elements", async () => {
    await expectSameBits(() =>
      around(leastLight).flatMap((size) => {
        const [a, b] = [uniform([size], 1), uniform([size], 2)];
        const larger = greater(a, b);
        return [add(a, b), mul(a, 3), pow(2, b), relu(a), larger, where(larger, a, b)];
      }),
    );
    await expectSameBits(() => around(leastHeavy).flatMap((size) => [exp(uniform([size])), pow(uniform([size]), 2.5)]));
  });

  test("of rows and columns that are repeated", async () => {
    const columns = 37;
    await expectSameBits(() =>
      rowsAround(leastLight, columns).flatMap((rows) => {
        const a = uniform([rows, columns]);
        const [row, column] = [uniform([columns], 2), uniform([rows, 1], 3)];
        return [add(a, row), add(row, a), add(a, column), add(column, a), greater(row, a)];
      }),
    );
  });

  test("of softmax and the losses", async () => {
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

  test("of reductions along the first, a middle and the last axis", async () => {
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

  test("of batch normalization", async () => {
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

  test("of random numbers, bytes and rows by index", async () => {
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

  test("of products", async () => {
    await expectSameBits(() => [matmul(uniform([50, 784]), uniform([784, 300], 2))]);
  });
});
