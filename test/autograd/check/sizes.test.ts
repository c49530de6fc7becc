import { describe, expect, test } from "vitest";
import { gradientCheck } from "../../../src/autograd/check/gradientCheck.ts";
import { customGradient } from "../../../src/autograd/customGradient.ts";
import { constant } from "../../../src/layers/base/initializers.ts";
import type { Layer } from "../../../src/layers/base/layer.ts";
import { Dense } from "../../../src/layers/dense.ts";
import { BatchNorm } from "../../../src/layers/normalization/batchNorm.ts";
import { Sequential } from "../../../src/layers/sequential.ts";
import { abs, add, div, maximum, mul, sub } from "../../../src/ops/elementwise/arithmetic.ts";
import { exp, log, sqrt, square } from "../../../src/ops/elementwise/powers.ts";
import { matmul } from "../../../src/ops/matmul/matmul.ts";
import { mean } from "../../../src/ops/reduce/reduce.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { type Tensor, tensor } from "../../../src/tensor/tensor.ts";
import { textOf } from "../textOf.ts";

/** x, whose derivative is multiplied with a factor: at every element, or at one of them. */
const wrong = (factor: number, element?: number): ((x: Tensor) => Tensor) =>
  customGradient(
    (x: Tensor) => mul(x, 1),
    (dy) => {
      const factors = new Float64Array(dy.size).fill(element === undefined ? factor : 1);
      if (element !== undefined) factors[element] = factor;
      return mul(dy, tensor(factors, { shape: dy.shape }));
    },
  );

/** Derivatives that are wrong, by what they are multiplied with. */
const mutants = { flipped: -1, doubled: 2, dropped: 0, "5 % too large": 1.05 };

const sizes = [1e-8, 1e-4, 1, 1e4, 1e8];

/** Numbers of both signs around a size, 6 of them. */
const around = (size: number): Tensor =>
  tensor(
    [0.5, -1.5, 0.9, 2.5, -0.3, 1.1].map((x) => x * size),
    { shape: [2, 3] },
  );
/** Four rows, for networks. */
const rows = (size: number): Tensor =>
  tensor(
    [0.5, -1.5, 0.9, 2.5, -0.3, 1.1, -0.7, 0.2, 1.4, -2.2, 0.8, 0.6].map((x) => x * size),
    { shape: [4, 3] },
  );

const weights = tensor([0.3, -0.7, 1.1, 0.4, -0.2, 0.9], { shape: [3, 2] });
const w = tensor([0.3, -0.7, 1.1, 0.4, -0.2, 0.9], { shape: [2, 3] });

type Checked = (x: Tensor) => Tensor;

/** Functions whose derivative can be measured at every size. */
const functions: Readonly<Record<string, Checked>> = {
  "the square": (x) => square(x),
  "the sum of squares": (x) => sum(square(x)),
  "the mean of squares": (x) => mean(square(x)),
  "a weighted sum": (x) => sum(mul(x, w)),
  "a sum below 1": (x) => sub(1, mean(mul(x, w))),
  "the mean squared distance": (x) => mean(square(sub(x, w))),
  "a matrix product": (x) => matmul(x, weights),
  "the square of a matrix product": (x) => sum(square(matmul(x, weights))),
  "the square root": (x) => sqrt(abs(x)),
  "the logarithm": (x) => sum(log(abs(x))),
  "the reciprocal": (x) => div(1, x),
  "a quotient": (x) => div(x, add(abs(x), 1)),
  "the exponential of a small multiple": (x) => exp(mul(x, 1e-8)),
  relu: (x) => maximum(x, 0),
};

describe.each(Object.entries(functions))("gradientCheck of %s", (_, f) => {
  test.each(sizes)("passes at inputs around %s, and fails for wrong derivatives", (size) => {
    expect(gradientCheck(f, [around(size)]).worst.error).toBeLessThan(1e-6);
    expect(gradientCheck(f, [around(size)], { directional: true }).worst.error).toBeLessThan(1e-6);
    for (const [name, factor] of Object.entries(mutants)) {
      const mutant = (x: Tensor): Tensor => f(wrong(factor)(x));
      expect(
        textOf(() => gradientCheck(mutant, [around(size)])),
        name,
      ).toContain("must agree");
      expect(
        textOf(() => gradientCheck(mutant, [around(size)], { directional: true })),
        name,
      ).toContain("must agree");
      const single = (x: Tensor): Tensor => f(wrong(factor, 3)(x));
      expect(
        textOf(() => gradientCheck(single, [around(size)])),
        name,
      ).toContain("must agree");
    }
  });
});

const mixed = tensor([1e8, -1e-8, 3e-4, 2, -7e4, 1e-2], { shape: [2, 3] });
const elementwise = [
  "the square",
  "the sum of squares",
  "the mean of squares",
  "a weighted sum",
  "a sum below 1",
  "the square root",
  "the logarithm",
  "the reciprocal",
  "a quotient",
];

describe.each(elementwise)("gradientCheck of %s", (name) => {
  const f = functions[name];
  test("passes at inputs from 1e-8 to 1e8, and fails for a derivative that is wrong at one of them", () => {
    expect(gradientCheck(f, [mixed]).worst.error).toBeLessThan(1e-6);
    expect(gradientCheck(f, [mixed], { directional: true }).worst.error).toBeLessThan(1e-6);
    for (const [mutant, factor] of Object.entries(mutants)) {
      for (let element = 0; element < mixed.size; element++) {
        const single = (x: Tensor): Tensor => f(wrong(factor, element)(x));
        expect(
          textOf(() => gradientCheck(single, [mixed])),
          `${mutant} ${element}`,
        ).toContain(`must agree`);
      }
    }
  });
});

describe("gradientCheck of functions of two inputs", () => {
  const two: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor>> = {
    "a sum of two sums": (x, y) => add(sum(square(x)), sum(square(y))),
    "a difference of means": (x, y) => sub(mean(square(x)), mean(mul(y, w))),
    "a product": (x, y) => sum(mul(x, y)),
    "a sum of elements": (x, y) => add(square(x), y),
  };
  test.each(Object.entries(two))("%s passes at sizes that differ, and fails for wrong derivatives", (_, f) => {
    for (const first of [1e-8, 1e-3, 1e6]) {
      for (const second of [1e-8, 1, 1e8]) {
        const inputs = [around(first), around(second)] as const;
        expect(gradientCheck(f, inputs).worst.error).toBeLessThan(1e-6);
        for (const [name, factor] of Object.entries(mutants)) {
          const left = (x: Tensor, y: Tensor): Tensor => f(wrong(factor)(x), y);
          const right = (x: Tensor, y: Tensor): Tensor => f(x, wrong(factor)(y));
          expect(
            textOf(() => gradientCheck(left, inputs)),
            `${name} left ${first} ${second}`,
          ).toContain("must agree");
          expect(
            textOf(() => gradientCheck(right, inputs)),
            `${name} right ${first} ${second}`,
          ).toContain("must agree");
        }
      }
    }
  });
});

describe("gradientCheck through layers", () => {
  const networks: Readonly<Record<string, () => Layer>> = {
    Dense: () => new Sequential({ inputShape: [3], layers: [new Dense({ units: 2 })], seed: 1 }),
    "two Dense with relu": () =>
      new Sequential({
        inputShape: [3],
        layers: [new Dense({ units: 5, activation: "relu", biasInitializer: constant(0.2) }), new Dense({ units: 2 })],
        seed: 1,
      }),
    "Dense and BatchNorm": () =>
      new Sequential({
        inputShape: [3],
        layers: [new Dense({ units: 4 }), new BatchNorm({}), new Dense({ units: 2 })],
        seed: 1,
      }),
  };
  const losses: Readonly<Record<string, (y: Tensor) => Tensor>> = {
    outputs: (y) => y,
    "sum of squares": (y) => sum(square(y)),
    "mean squared error": (y) => mean(square(sub(y, tensor([1, -2])))),
  };
  for (const [network, make] of Object.entries(networks)) {
    for (const [name, loss] of Object.entries(losses)) {
      test.each(network.includes("Norm") ? sizes.map(rows) : [...sizes.map(rows), mixed])(
        `${network}, ${name}, at %s`,
        (x) => {
          const layer = make();
          layer.call(x);
          const variables = [...layer.trainableVariables];
          const training = true;
          const f = (input: Tensor): Tensor => loss(layer.call(input, { training }));
          expect(gradientCheck(f, [x], { variables }).worst.error).toBeLessThan(1e-6);
          for (const [mutant, factor] of Object.entries(mutants)) {
            const inputs = (input: Tensor): Tensor => loss(layer.call(wrong(factor)(input), { training }));
            const outputs = (input: Tensor): Tensor => loss(wrong(factor)(layer.call(input, { training })));
            expect(
              textOf(() => gradientCheck(inputs, [x], { variables })),
              `${mutant} inputs`,
            ).toContain("must agree");
            expect(
              textOf(() => gradientCheck(outputs, [x], { variables })),
              `${mutant} outputs`,
            ).toContain("must agree");
          }
        },
      );
    }
  }
});
