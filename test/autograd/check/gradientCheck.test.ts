import { describe, expect, test } from "vitest";
import { gradientCheck } from "../../../src/autograd/check/gradientCheck.ts";
import { customGradient } from "../../../src/autograd/customGradient.ts";
import { grad } from "../../../src/autograd/grad.ts";
import { Variable } from "../../../src/autograd/variable.ts";
import { Dense } from "../../../src/layers/dense.ts";
import { Dropout } from "../../../src/layers/dropoutLayer.ts";
import { add, maximum, mul } from "../../../src/ops/elementwise/arithmetic.ts";
import { exp, log, sqrt, square } from "../../../src/ops/elementwise/powers.ts";
import { matmul } from "../../../src/ops/matmul/matmul.ts";
import { dropout } from "../../../src/ops/network/dropout.ts";
import { randomNormal, randomUniform } from "../../../src/ops/random/distributions.ts";
import { randomPermutation } from "../../../src/ops/random/permutation.ts";
import { softmax } from "../../../src/ops/reduce/softmax.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { reshape } from "../../../src/ops/shape/reshape.ts";
import { stopGradient } from "../../../src/ops/support/stopGradient.ts";
import { toFloat } from "../../../src/ops/support/toFloat.ts";
import { atEndOfStep } from "../../../src/tensor/memory/step.ts";
import { Random } from "../../../src/tensor/random.ts";
import { ones, type Tensor, tensor } from "../../../src/tensor/tensor.ts";
import { textOf } from "../textOf.ts";

const a = tensor([
  [0.1, 0.2],
  [0.3, 0.4],
]);
const b = tensor([
  [1, 2],
  [3, 4],
]);

/** x², with a gradient that is wrong by a factor. */
const wrongSquare = (factor: number): ((x: Tensor) => Tensor) =>
  customGradient(
    (x: Tensor) => square(x),
    (dy, [x]) => mul(dy, mul(2 * factor, x)),
  );

describe("gradientCheck passes", () => {
  test("gradientCheck passes a scalar function of two matrices", () => {
    const report = gradientCheck((x: Tensor, y: Tensor) => sum(add(matmul(x, y), exp(mul(x, x)))), [a, b]);
    expect(report.worst.error).toBeLessThan(1e-8);
    expect(report.sources.map(({ source }) => source)).toEqual(["input 0", "input 1"]);
  });

  test("gradientCheck passes a function with a result of any shape, and gradients of gradients", () => {
    expect(gradientCheck((x: Tensor, y: Tensor) => matmul(exp(x), y), [a, b]).worst.error).toBeLessThan(1e-8);
    expect(
      gradientCheck(
        grad((x: Tensor) => sum(exp(matmul(x, x)))),
        [a],
      ).worst.error,
    ).toBeLessThan(1e-8);
  });

  test("gradientCheck passes in random directions", () => {
    const big = tensor(new Float32Array(5000).fill(0.5));
    const report = gradientCheck((x: Tensor) => sum(mul(exp(x), x)), [big], { directional: true });
    expect(report.worst.error).toBeLessThan(1e-6);
    expect(gradientCheck((x: Tensor) => exp(x), [a], { directional: 3, seed: 5 }).worst.error).toBeLessThan(1e-6);
  });

  test("gradientCheck passes near a kink, and for large and small numbers", () => {
    const points = tensor([3e-5, -3e-5, 1e4, -1e4]);
    expect(gradientCheck((x: Tensor) => mul(maximum(x, 0), x), [points]).worst.error).toBeLessThan(1e-6);
    expect(gradientCheck((x: Tensor) => mul(square(x), 1e-12), [a]).worst.error).toBeLessThan(1e-6);
    expect(gradientCheck((x: Tensor) => mul(square(x), 1e12), [a]).worst.error).toBeLessThan(1e-6);
    expect(gradientCheck((x: Tensor) => log(x), [tensor([1, 1e-5, 1e-30])]).worst.error).toBeLessThan(1e-6);
    expect(
      gradientCheck((x: Tensor) => maximum(x, 1), [tensor([1 + 2 ** -20, 1 - 2 ** -20])]).worst.error,
    ).toBeLessThan(1e-6);
  });

  test("gradientCheck passes an empty input beside one that is not", () => {
    const report = gradientCheck((x: Tensor, y: Tensor) => add(sum(x), sum(square(y))), [ones([0, 2]), a]);
    expect(report.sources.map(({ source }) => source)).toEqual(["input 1"]);
  });

  test("gradientCheck passes inside of a step", () => {
    const inner = (x: Tensor): Tensor => {
      gradientCheck((y: Tensor) => exp(y), [x]);
      return sum(square(x));
    };
    expect(grad(inner)(tensor([1, 2])).toArray()).toEqual([2, 4]);
  });
});

describe("gradientCheck", () => {
  test("gradientCheck names the variables that it checks, and keeps their values", () => {
    const w = new Variable(b, { name: "hidden/kernel" });
    const report = gradientCheck((x: Tensor) => exp(matmul(x, w.read())), [a], { variables: [w] });
    expect(report.sources.map(({ source }) => source)).toEqual(["input 0", "hidden/kernel"]);
    expect(w.read().toArray()).toEqual(b.toArray());
    expect(w.read().dtype).toBe("float32");
    expect(gradientCheck(() => square(w.read()), [], { variables: [w] }).sources.length).toBe(1);
  });

  test("gradientCheck promotes captured constants, and variables that it does not check", () => {
    const w = new Variable(tensor([0.1, 0.7]));
    const constant = tensor([0.3, 0.9]);
    const report = gradientCheck((x: Tensor) => exp(mul(mul(x, w.read()), constant)), [tensor([1, 2])]);
    expect(report.worst.error).toBeLessThan(1e-8);
  });

  test("gradientCheck draws the same random numbers in every evaluation, and restores the generator", () => {
    const random = new Random(3);
    const before = random.state;
    gradientCheck((x: Tensor) => mul(square(x), randomUniform([2, 2], { random })), [a]);
    expect(random.state).toEqual(before);
  });

  /** Enough elements that dropout never drops all of them. */
  const many = randomUniform([6, 8], { min: 1, max: 2, seed: 1 });

  test.each<[string, (x: Tensor) => Tensor]>([
    ["randomNormal", (x) => mul(x, randomNormal([6, 8]))],
    ["randomUniform twice", (x) => add(mul(x, randomUniform([6, 8])), mul(square(x), randomUniform([6, 8])))],
    ["randomPermutation", (x) => mul(x, toFloat(reshape(randomPermutation(48), [6, 8])))],
    ["dropout", (x) => dropout(square(x), { rate: 0.5 })],
    ["a generator made in the function", (x) => mul(x, randomNormal([6, 8], { random: new Random() }))],
    ["a layer made in the function", (x) => new Dense({ units: 3 }).call(x)],
  ])("gradientCheck: %s without a seed draws the same numbers in every evaluation", (_, f) => {
    expect(gradientCheck(f, [many], { directional: true }).worst.error).toBeLessThan(1e-6);
    const wrongly = (x: Tensor): Tensor => f(wrongSquare(1.05)(x));
    expect(() => gradientCheck(wrongly, [many], { directional: true })).toThrow("must agree");
    expect(new Random().state).not.toEqual(new Random().state);
  });

  test("gradientCheck: layers that make their generators in the first call draw the same numbers as well", () => {
    const layers = [new Dropout({ rate: 0.5 }), new Dense({ units: 9 }), new Dropout({ rate: 0.3 })];
    const f = (x: Tensor): Tensor =>
      add(
        layers.reduce((y, layer) => layer.call(y, { training: true }), x),
        randomNormal([6, 9]),
      );
    expect(gradientCheck(f, [many], { directional: true }).worst.error).toBeLessThan(1e-6);
    const wrongly = (x: Tensor): Tensor => f(wrongSquare(2)(x));
    expect(() => gradientCheck(wrongly, [many], { directional: true })).toThrow("must agree");
  });

  test("gradientCheck undoes assignments, and runs no effects of the end of a step", () => {
    const mean = new Variable(tensor([5, 5]), { trainable: false });
    let effects = 0;
    const f = (x: Tensor): Tensor => {
      const y = mul(exp(x), mean.read());
      mean.assign(add(mean.read(), 1));
      atEndOfStep(() => {
        effects++;
      });
      return y;
    };
    gradientCheck(f, [tensor([1, 2])]);
    expect(effects).toBe(0);
    expect(mean.read().toArray()).toEqual([5, 5]);
    expect(mean.read().dtype).toBe("float32");
  });

  test("gradientCheck restores variables when the function throws", () => {
    const w = new Variable(tensor([1, 2]));
    const failing = (_: Tensor): Tensor => {
      w.assign(tensor([7, 7]));
      throw new Error("on purpose");
    };
    expect(() => gradientCheck(failing, [a], { variables: [w] })).toThrow("on purpose");
    expect(w.read().toArray()).toEqual([1, 2]);
    expect(gradientCheck((x: Tensor) => exp(x), [a]).worst.error).toBeLessThan(1e-8);
  });
});

describe("gradientCheck fails for", () => {
  test.each([1.001, 1 + 1e-5, -1, 0])(
    "gradientCheck fails for a gradient that is wrong by a factor of %s",
    (factor) => {
      expect(() => gradientCheck(wrongSquare(factor), [a])).toThrow("must agree to 0.000001");
      expect(() => gradientCheck(wrongSquare(factor), [a], { directional: true })).toThrow("must agree");
    },
  );

  test("gradientCheck says where a gradient is wrong, with both values", () => {
    const f = (x: Tensor, y: Tensor): Tensor => add(square(x), wrongSquare(2)(y));
    expect(textOf(() => gradientCheck(f, [a, tensor([[0.5, 3]])]))).toMatch(
      /^GradientError: gradientCheck: analytic and numeric gradients must agree to 0\.000001, got -?[\d.]+ \(analytic\) and -?[\d.]+ \(numeric\), a relative error of 0\.500, for input 1 at \[0, [01]\]\. Correct the derivative of an operation that the function uses, or move away from a kink\.$/,
    );
    expect(textOf(() => gradientCheck(wrongSquare(2), [a], { directional: 2 }))).toContain(
      "for input 0 in random direction",
    );
  });

  test("gradientCheck fails for a variable's gradient", () => {
    const w = new Variable(b, { name: "w" });
    expect(textOf(() => gradientCheck(() => wrongSquare(2)(w.read()), [], { variables: [w] }))).toContain("for w at [");
  });

  test("gradientCheck fails for a stopped gradient, and one that is not finite", () => {
    expect(() => gradientCheck((x: Tensor) => mul(x, stopGradient(x)), [a])).toThrow("must agree");
    const broken = customGradient(
      (x: Tensor) => square(x),
      (dy) => mul(dy, Number.NaN),
    );
    expect(() => gradientCheck(broken, [a])).toThrow("got NaN (analytic)");
  });

  test("gradientCheck takes a custom tolerance", () => {
    expect(gradientCheck(wrongSquare(1.001), [a], { tolerance: 0.01 }).worst.error).toBeCloseTo(0.001, 5);
  });
});

describe("gradientCheck throws for", () => {
  const vanishing = (where: string): RegExp =>
    new RegExp(
      `^GradientError: gradientCheck: the numeric gradient must not vanish, got at most [\\d.e-]+ for ${where}, which proves nothing\\. Choose other inputs, or a function that depends on them\\.$`,
    );

  test("gradientCheck throws for a gradient that vanishes everywhere", () => {
    expect(textOf(() => gradientCheck((_: Tensor) => tensor(3), [a]))).toMatch(vanishing("every element"));
    expect(textOf(() => gradientCheck((x: Tensor) => sum(softmax(x)), [a]))).toMatch(vanishing("every element"));
  });

  test("gradientCheck throws for a gradient that vanishes for one input, where every input counts", () => {
    const f = (x: Tensor, _: Tensor): Tensor => exp(x);
    expect(gradientCheck(f, [a, b]).sources.length).toBe(2);
    expect(textOf(() => gradientCheck(f, [a, b], { everyInput: true }))).toMatch(vanishing("every element of input 1"));
  });

  test.each([
    [
      "an input that is not a float",
      () => gradientCheck((x: Tensor, _: Tensor) => x, [a, tensor([1], { dtype: "int32" })]),
      "DTypeError: gradientCheck: inputs must be float tensors, got int32 as input 1. Capture what is not to be differentiated.",
    ],
    [
      "an input that is not a tensor",
      () => gradientCheck((x: Tensor) => x, [3 as unknown as Tensor]),
      "DTypeError: gradientCheck: inputs must be float tensors, got 3 as input 0. Capture what is not to be differentiated.",
    ],
    [
      "a variable that is not a float",
      () =>
        gradientCheck((x: Tensor) => x, [a], {
          variables: [new Variable(tensor([1], { dtype: "int32" }), { name: "steps", trainable: false })],
        }),
      'DTypeError: gradientCheck: variables must be float, got int32 for "steps". Leave it out of variables.',
    ],
    [
      "nothing to vary",
      () => gradientCheck((x: Tensor) => x, [ones([0])]),
      "ValueError: gradientCheck: there must be an element to vary, got none in 1 inputs and 0 variables. Pass a tensor that is not empty.",
    ],
    [
      "a promise",
      () => gradientCheck((async (x: Tensor) => x) as unknown as (x: Tensor) => Tensor, [a]),
      "ValueError: gradientCheck: the function must be synchronous, got a promise. Await what it needs before the call.",
    ],
    [
      "no tensor",
      () => gradientCheck((() => 1) as unknown as (x: Tensor) => Tensor, [a]),
      "ValueError: gradientCheck: the function must return a tensor, got 1. Return the loss.",
    ],
    [
      "a result that is not a float",
      () => gradientCheck((_: Tensor) => tensor([1], { dtype: "int32" }), [a]),
      "DTypeError: gradientCheck: the result must be a float tensor, got int32. Return the loss.",
    ],
    [
      "a result that is not finite",
      () => gradientCheck((x: Tensor) => log(x), [tensor([-1])]),
      "ValueError: gradientCheck: the function must be finite at the inputs and next to them, got NaN at the inputs. Choose inputs inside its domain.",
    ],
    [
      "a point at the edge of the domain",
      () => gradientCheck((x: Tensor) => sqrt(x), [tensor([1, 0])]),
      "ValueError: gradientCheck: the function must be finite at the inputs and next to them, got NaN around input 0 at [1]. Choose inputs inside its domain.",
    ],
    [
      "a step of zero",
      () => gradientCheck((x: Tensor) => x, [a], { step: 0 }),
      "ValueError: gradientCheck: step must be a finite number above 0, got 0.",
    ],
    [
      "a tolerance that is NaN",
      () => gradientCheck((x: Tensor) => x, [a], { tolerance: Number.NaN }),
      "ValueError: gradientCheck: tolerance must be a finite number above 0, got NaN.",
    ],
    [
      "half a direction",
      () => gradientCheck((x: Tensor) => x, [a], { directional: 0.5 }),
      "ValueError: gradientCheck: directional must be a boolean or a number of directions from 1, got 0.5. Pass true for 8.",
    ],
  ])("gradientCheck throws for %s", (_, call, text) => {
    expect(textOf(call)).toBe(text);
  });
});
