import { afterEach, describe, expect, test } from "vitest";
import { customGradient } from "../../../src/autograd/customGradient.ts";
import { valueAndGrad } from "../../../src/autograd/grad.ts";
import { Variable } from "../../../src/autograd/variable.ts";
import { NonFiniteError, StaleTensorError, ValueError } from "../../../src/base/errors.ts";
import { add, mul, sub } from "../../../src/ops/elementwise/arithmetic.ts";
import { log, square } from "../../../src/ops/elementwise/powers.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { Adam } from "../../../src/optim/adam.ts";
import { Momentum } from "../../../src/optim/momentum.ts";
import type { Gradients } from "../../../src/optim/optimizer/gradients.ts";
import { SGD } from "../../../src/optim/sgd.ts";
import { availableBackends, getBackend, setBackend } from "../../../src/tensor/interpret/backend.ts";
import { atEndOfStep } from "../../../src/tensor/memory/step.ts";
import { sameBits, type Tensor, tensor, zeros } from "../../../src/tensor/tensor.ts";

const used = getBackend();
afterEach(() => setBackend(used));

const variable = (name: string, values: number[]): Variable => new Variable(tensor(values), { name });

describe("minimize", () => {
  test("minimize returns the loss before the update, which stays valid", () => {
    const w = variable("w", [1, 2]);
    const optimizer = new SGD({ learningRate: 0.25 });
    const losses = [0, 1, 2].map(() => optimizer.minimize(() => sum(square(w.read())), [w]));
    expect(losses.map((loss) => loss.item())).toEqual([5, 1.25, 0.3125]);
    expect(w.read().toArray()).toEqual([0.125, 0.25]);
    expect(optimizer.step).toBe(3);
  });

  test("minimize returns the value before the update if the loss is a variable", () => {
    const w = new Variable(tensor(3), { name: "w" });
    expect(new SGD({ learningRate: 1 }).minimize(() => w.read()).item()).toBe(3);
    expect(w.read().item()).toBe(2);
  });

  test("minimize updates all trainable variables that the loss reads when none are listed", () => {
    const [a, b, unread] = [variable("a", [1]), variable("b", [1]), variable("unread", [1])];
    const fixed = new Variable(tensor([2]), { name: "fixed", trainable: false });
    new SGD({ learningRate: 1 }).minimize(() => sum(mul(add(a.read(), b.read()), fixed.read())));
    expect([a, b, unread, fixed].map((variable) => variable.read().item())).toEqual([-1, -1, 1, 2]);
  });

  test("minimize does not change variables that are not listed, not trainable, or not reached", () => {
    const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => variable(name, [1]));
    c.trainable = false;
    const optimizer = new Momentum({ learningRate: 1, momentum: 0.5 });
    optimizer.minimize(() => sum(add(add(a.read(), b.read()), c.read())), [a, c, d]);
    expect([a, b, c, d].map((variable) => variable.read().item())).toEqual([0, 1, 1, 1]);
    // Without a gradient there is no slot: zeros would let it decay.
    expect(Object.keys(optimizer.slots(a))).toEqual(["momentum"]);
    expect(optimizer.slots(d)).toEqual({});
  });

  test("minimize takes a gradient that is the value of another variable", () => {
    for (const backend of availableBackends()) {
      setBackend(backend);
      const [v, w] = [variable("v", [2, 3]), variable("w", [5, 7])];
      // Not merely equal to the other's value, as the gradient of a product is: its very tensor.
      const product = customGradient(
        (a: Tensor, b: Tensor) => sum(mul(a, b)),
        (_, [a, b]) => [b, a],
      );
      const loss = (): Tensor => product(v.read(), w.read());
      new SGD({ learningRate: 1 }).minimize(loss, [v, w]);
      // Each moves by the other's value before the step.
      expect([v.read().toArray(), w.read().toArray()]).toEqual([
        [-3, -4],
        [3, 4],
      ]);
      const optimizer = new SGD({ learningRate: 1 });
      const { gradients } = optimizer.computeGradients(loss, [v, w]);
      w.assign(zeros([2]));
      expect(gradients.map(({ gradient }) => gradient.toArray())).toEqual([
        [3, 4],
        [-3, -4],
      ]);
      optimizer.applyGradients(gradients);
      expect([v.read().toArray(), w.read().toArray()]).toEqual([
        [-6, -8],
        [3, 4],
      ]);
    }
  });

  test("minimize adds the penalties of the variables that the loss reads", () => {
    const regularizer = (weights: Tensor): Tensor => mul(sum(square(weights)), 0.5);
    const w = new Variable(tensor([2]), { name: "w", regularizer });
    const unread = new Variable(tensor([2]), { name: "unread", regularizer });
    const loss = new SGD({ learningRate: 0.5 }).minimize(() => sum(mul(w.read(), 3)));
    expect(loss.item()).toBe(6 + 2);
    expect(w.read().item()).toBe(2 - 0.5 * (3 + 2));
    expect(unread.read().item()).toBe(2);
  });

  test("minimize applies constraints after the update, and then the effects of the end of the step", () => {
    const seen: number[] = [];
    const constraint = (weights: Tensor): Tensor => {
      seen.push(weights.item());
      return mul(weights, 0.5);
    };
    const w = new Variable(tensor([1]), { name: "w", constraint });
    new SGD({ learningRate: 1 }).minimize(() => {
      atEndOfStep(() => seen.push(w.read().item()));
      return sum(mul(w.read(), -3));
    });
    expect(seen).toEqual([4, 2]);
    expect(w.read().item()).toBe(2);
  });

  test("minimize works inside another step", () => {
    const w = variable("w", [1]);
    const optimizer = new SGD({ learningRate: 0.25 });
    const [value, slope] = valueAndGrad((x: Tensor) => {
      const before = w.read();
      const loss = optimizer.minimize(() => sum(square(w.read())));
      // What was read before the update still has its number.
      return sum(mul(x, add(add(before, w.read()), loss.item())));
    })(tensor([2]));
    expect(value.item()).toBe(2 * (1 + 0.5 + 1));
    expect(slope.item()).toBe(2.5);
    expect(w.read().item()).toBe(0.5);
  });
});

describe("optimizers throw", () => {
  const w = variable("w", [1]);
  const loss = (): Tensor => sum(square(w.read()));
  const frozen = new Variable(tensor([1]), { name: "frozen", trainable: false });
  const optimizer = new SGD({ learningRate: 0.1 });

  test.each<[string, () => unknown, string]>([
    [
      "an empty list",
      () => optimizer.minimize(loss, []),
      "SGD.minimize: variables must be a list of at least one Variable, got an empty list. Unfreeze a layer, or leave it out to update what the loss reads.",
    ],
    [
      "a variable twice",
      () => optimizer.computeGradients(loss, [w, w]),
      'SGD.computeGradients: each variable may be named once, got "w" twice.',
    ],
    [
      "a loss that reads no variable",
      () => optimizer.minimize(() => tensor(1)),
      "SGD.minimize: the loss must depend on at least one trainable variable, got none. Read variables with variable.read() inside the loss function.",
    ],
    [
      "a loss that reads others",
      () => optimizer.minimize(loss, [variable("other", [1])]),
      'SGD.minimize: the loss must depend on at least one trainable variable, got none of "other". Read variables with variable.read() inside the loss function.',
    ],
    [
      "a loss of several numbers",
      () => optimizer.minimize(() => square(variable("many", [1, 2]).read())),
      "SGD.minimize: the result must hold one number, got shape [2]. Take its sum or mean.",
    ],
    [
      "a promise",
      () => optimizer.minimize((async () => loss()) as unknown as () => Tensor),
      "SGD.minimize: the function must be synchronous, got a promise. Await what it needs before the call.",
    ],
    [
      "no gradients",
      () => optimizer.applyGradients([]),
      "SGD.applyGradients: gradients must be a list of at least one { variable, gradient }, got an empty list. Pass what computeGradients returned.",
    ],
    [
      "gradients of frozen variables only",
      () => optimizer.applyGradients([{ variable: frozen, gradient: zeros([1]) }]),
      'SGD.applyGradients: at least one of the variables must be trainable, got "frozen". Set variable.trainable, or unfreeze the layer.',
    ],
    [
      "a gradient of another shape",
      () => optimizer.applyGradients([{ variable: w, gradient: zeros([2]) }]),
      'SGD.applyGradients: a gradient must have the shape of its variable, got [2] for "w" of shape [1]. Reshape it.',
    ],
  ])("optimizers throw for %s", (_, call, message) => {
    const step = optimizer.step;
    expect(call).toThrow(new ValueError(message).message);
    expect(optimizer.step).toBe(step);
    expect(w.read().toArray()).toEqual([1]);
  });
});

describe("a step that is not finite throws", () => {
  test("a loss that is not finite throws an error that names the step", () => {
    const w = variable("w", [-1]);
    const optimizer = new Adam();
    const attempt = (): Tensor => optimizer.minimize(() => sum(log(w.read())), [w]);
    expect(attempt).toThrow(NonFiniteError);
    expect(attempt).toThrow("Adam.minimize: the loss must be finite, got NaN in step 1.");
    expect(w.read().toArray()).toEqual([-1]);
  });

  test.each(availableBackends())(
    "a gradient that is not finite throws an error that names variable, position and step, and changes nothing (%s)",
    (backend) => {
      setBackend(backend);
      const [good, bad] = [variable("good", [1, 2]), variable("layer/bad", [1, 2, 3])];
      const optimizer = new Momentum({ learningRate: 0.5, momentum: 0.9 });
      const finite = (): Tensor => add(sum(square(good.read())), sum(square(bad.read())));
      optimizer.minimize(finite);
      const before = [good, bad, optimizer.slots(good).momentum].map((variable) => variable.read());
      const gradients = [
        { variable: good, gradient: tensor([1, 1]) },
        { variable: bad, gradient: tensor([1, Number.NEGATIVE_INFINITY, Number.NaN]) },
      ];
      expect(() => optimizer.applyGradients(gradients)).toThrow(NonFiniteError);
      expect(() => optimizer.applyGradients(gradients)).toThrow(
        'Momentum.applyGradients: gradients must be finite, got -Infinity at position 1 of the gradient of "layer/bad" in step 2. Nothing was updated.',
      );
      const after = [good, bad, optimizer.slots(good).momentum].map((variable) => variable.read());
      expect(before.every((value, index) => sameBits(value, after[index]))).toBe(true);
      expect(optimizer.step).toBe(1);
      optimizer.minimize(finite);
      expect(optimizer.step).toBe(2);
    },
  );

  test("the next step works after a loss that throws", () => {
    const [w, twin] = [variable("w", [1, 2]), variable("w", [1, 2])];
    const [optimizer, other] = [new Adam(), new Adam()];
    const loss = (of: Variable) => (): Tensor => sum(square(of.read()));
    optimizer.minimize(loss(w));
    other.minimize(loss(twin));
    const failing = (): Tensor => {
      atEndOfStep(() => w.assign(zeros([2])));
      square(w.read());
      throw new Error("no data");
    };
    expect(() => optimizer.minimize(failing)).toThrow("no data");
    expect(() => optimizer.computeGradients(failing)).toThrow("no data");
    optimizer.minimize(loss(w));
    other.minimize(loss(twin));
    expect(sameBits(w.read(), twin.read())).toBe(true);
  });
});

describe("computeGradients and applyGradients", () => {
  test.each(availableBackends())(
    "computeGradients and applyGradients together have the bits of minimize (%s)",
    (backend) => {
      setBackend(backend);
      const target = tensor([0.3, -0.7, 1.1]);
      const run = (step: (optimizer: Adam, loss: () => Tensor, w: Variable) => number): [Tensor, number[]] => {
        const w = variable("w", [1, 2, 3]);
        const optimizer = new Adam({ learningRate: 0.05 });
        const loss = (): Tensor => sum(square(sub(mul(w.read(), w.read()), target)));
        const losses = Array.from({ length: 20 }, () => step(optimizer, loss, w));
        return [w.read(), losses];
      };
      const [whole, losses] = run((optimizer, loss) => optimizer.minimize(loss).item());
      const [halves, others] = run((optimizer, loss, w) => {
        const computed = optimizer.computeGradients(loss, [w]);
        optimizer.applyGradients(computed.gradients);
        return computed.loss.item();
      });
      expect(losses).toEqual(others);
      expect(losses[19]).toBeLessThan(losses[0]);
      expect(sameBits(whole, halves)).toBe(true);
    },
  );

  const setUp = (): { optimizer: SGD; gradients: Gradients; compute: () => Gradients } => {
    const w = variable("w", [1, 2]);
    const optimizer = new SGD({ learningRate: 0.5 });
    const compute = (): Gradients => optimizer.computeGradients(() => sum(square(w.read()))).gradients;
    return { optimizer, gradients: compute(), compute };
  };

  test("computeGradients returns gradients that can be read after applyGradients, until the next step begins", () => {
    const { optimizer, gradients, compute } = setUp();
    optimizer.applyGradients(gradients);
    expect(gradients[0].gradient.toArray()).toEqual([2, 4]);
    compute();
    expect(() => gradients[0].gradient.data).toThrow(StaleTensorError);
    expect(() => optimizer.applyGradients(gradients)).toThrow(StaleTensorError);
  });

  test("computeGradients returns gradients that stay valid if they are not applied", () => {
    const { optimizer, gradients, compute } = setUp();
    const second = compute();
    expect(gradients[0].gradient.toArray()).toEqual([2, 4]);
    const total = [{ ...gradients[0], gradient: add(gradients[0].gradient, second[0].gradient) }];
    optimizer.applyGradients(total);
    compute();
    expect(gradients[0].gradient.toArray()).toEqual([2, 4]);
    expect(total[0].gradient.toArray()).toEqual([4, 8]);
    optimizer.applyGradients(gradients);
  });

  test("applyGradients leaves out a variable that was frozen after computeGradients", () => {
    const { optimizer, gradients } = setUp();
    gradients[0].variable.trainable = false;
    const other = variable("other", [1]);
    optimizer.applyGradients([...gradients, { variable: other, gradient: tensor([2]) }]);
    expect(gradients[0].variable.read().toArray()).toEqual([1, 2]);
    expect(other.read().item()).toBe(0);
  });
});
