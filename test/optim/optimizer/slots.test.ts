import { describe, expect, test } from "vitest";
import { Variable } from "../../../src/autograd/variable.ts";
import { add, mul } from "../../../src/ops/elementwise/arithmetic.ts";
import { square } from "../../../src/ops/elementwise/powers.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { AdaGrad } from "../../../src/optim/adaGrad.ts";
import { Adam } from "../../../src/optim/adam.ts";
import { Momentum } from "../../../src/optim/momentum.ts";
import { clipByGlobalNorm } from "../../../src/optim/optimizer/gradientClipping.ts";
import type { Optimizer } from "../../../src/optim/optimizer/optimizer.ts";
import { RMSProp } from "../../../src/optim/rmsProp.ts";
import { SGD } from "../../../src/optim/sgd.ts";
import { rolledBack } from "../../../src/tensor/interpret/rollback.ts";
import { heap } from "../../../src/tensor/memory/heap.ts";
import { sameBits, type Tensor, tensor, zeros } from "../../../src/tensor/tensor.ts";

const variable = (name: string, values: number[]): Variable => new Variable(tensor(values), { name });
const loss = (...variables: Variable[]): Tensor =>
  variables.map((variable) => sum(square(variable.read()))).reduce((a, b) => add(a, b));

describe("slots", () => {
  test("slots are named after the variable, start with the value of the formula, and are not trainable", () => {
    const w = variable("layer/w", [0, 0]);
    const cases: [Optimizer, Record<string, number>][] = [
      [new SGD({ learningRate: 1 }), {}],
      [new AdaGrad({ learningRate: 1 }), { accumulator: 0.1 }],
      [new RMSProp({ learningRate: 1 }), { mean_square: 1 }],
      [
        new RMSProp({ variant: "keras", momentum: 0.5, centered: true }),
        { mean_square: 0, mean_gradient: 0, momentum: 0 },
      ],
      [new Adam(), { m: 0, v: 0 }],
    ];
    for (const [optimizer, starts] of cases) {
      expect(optimizer.slots(w)).toEqual({});
      optimizer.applyGradients([{ variable: w, gradient: zeros([2]) }]);
      const slots = optimizer.slots(w);
      expect(Object.keys(slots)).toEqual(Object.keys(starts));
      for (const [name, start] of Object.entries(starts)) {
        expect(slots[name].name).toBe(`layer/w/${name}`);
        expect(slots[name].trainable).toBe(false);
        // Gradients of zero: only RMSProp's mean square has moved.
        expect(slots[name].read().data[0]).toBeCloseTo(start === 1 ? 0.9 : start, 6);
      }
    }
  });

  test("slots belong to the variable when the trainable set and its order change", () => {
    const [a, b, alone] = [variable("a", [1, 2, 3]), variable("b", [4]), variable("alone", [4])];
    const both = new Momentum({ learningRate: 0.1, momentum: 0.9 });
    const single = new Momentum({ learningRate: 0.1, momentum: 0.9 });
    const steps: Variable[][] = [[a, b], [b], [b, a], [b]];
    for (const list of steps) {
      both.minimize(() => loss(a, b), list);
      single.minimize(() => loss(alone));
    }
    // However the others come and go, b moves as it does alone.
    expect(sameBits(b.read(), alone.read())).toBe(true);
    a.trainable = false;
    both.minimize(() => loss(a, b));
    single.minimize(() => loss(alone));
    expect(sameBits(b.read(), alone.read())).toBe(true);
  });

  test("slots count their own updates in PyTorch's Adam, and the updates of the optimizer in TensorFlow's", () => {
    const first = (variant: "tensorflow1" | "pytorch"): number => {
      const optimizer = new Adam({ learningRate: 1, epsilon: 1e-30, variant });
      const [early, late] = [variable("early", [0]), variable("late", [0])];
      for (let step = 0; step < 10; step++) optimizer.applyGradients([{ variable: early, gradient: tensor([1]) }]);
      optimizer.applyGradients([{ variable: late, gradient: tensor([1]) }]);
      return late.read().item();
    };
    expect(first("pytorch")).toBeCloseTo(-1, 5);
    const rate = Math.sqrt(1 - 0.999 ** 11) / (1 - 0.9 ** 11);
    expect(first("tensorflow1")).toBeCloseTo((-rate * 0.1) / Math.sqrt(0.001), 5);
  });

  test("slots do not change in an update that is rolled back", () => {
    const w = variable("w", [1, 2]);
    const optimizer = new Adam({ variant: "pytorch" });
    optimizer.minimize(() => loss(w));
    const before = [w, ...Object.values(optimizer.slots(w))].map((variable) => variable.read());
    rolledBack(() => optimizer.minimize(() => loss(w)));
    const after = [w, ...Object.values(optimizer.slots(w))].map((variable) => variable.read());
    expect(before.every((value, index) => sameBits(value, after[index]))).toBe(true);
    expect(optimizer.step).toBe(1);
    expect(optimizer.state([w]).variables.w.updates).toBe(1);
  });
});

describe("state", () => {
  test("state lets another optimizer resume, bit for bit", () => {
    for (const variant of ["tensorflow1", "pytorch"] as const) {
      const start = [1, -2, 3];
      const [whole, first, second] = ["w", "w", "w"].map((name) => variable(name, start));
      const uninterrupted = new Adam({ learningRate: 0.1, variant });
      for (let step = 0; step < 8; step++) uninterrupted.minimize(() => loss(whole));
      const before = new Adam({ learningRate: 0.1, variant });
      for (let step = 0; step < 5; step++) before.minimize(() => loss(first));
      second.assign(first.read());
      const after = new Adam({ learningRate: 0.1, variant });
      after.restoreState(before.state([first]), [second]);
      expect(after.step).toBe(5);
      for (let step = 0; step < 3; step++) after.minimize(() => loss(second));
      expect(sameBits(second.read(), whole.read())).toBe(true);
    }
  });

  test("state throws for names that are not unique, and slots of another optimizer", () => {
    const [first, second] = [variable("w", [1]), variable("w", [1])];
    const adam = new Adam();
    adam.minimize(() => loss(first));
    expect(() => adam.state([first, second])).toThrow('Adam.state: names of variables must differ, got "w" twice.');
    const momentum = new Momentum({ learningRate: 1, momentum: 0.5 });
    expect(() => momentum.restoreState(adam.state([first]), [first])).toThrow(
      'Momentum.restoreState: "w" must have the slots momentum, got m, v. Restore into the optimizer that saved them.',
    );
    expect(momentum.step).toBe(0);
  });
});

describe("memory", () => {
  const w = variable("w", new Array<number>(1000).fill(1));
  const shift = tensor(new Array<number>(1000).fill(0.5));
  const objective = (): Tensor => sum(square(add(w.read(), mul(shift, w.read()))));
  const optimizer = new Adam({ clip: clipByGlobalNorm(1) });

  test.each<[string, () => void]>([
    ["minimize", () => optimizer.minimize(objective)],
    [
      "computeGradients and applyGradients",
      () => optimizer.applyGradients(optimizer.computeGradients(objective).gradients),
    ],
    ["computeGradients alone", () => optimizer.computeGradients(objective)],
    [
      "steps that throw",
      () =>
        expect(() =>
          optimizer.minimize(() => {
            objective();
            throw new Error("stop");
          }),
        ).toThrow("stop"),
    ],
  ])("memory is the same after 10 and 500 turns of %s", (_, turn) => {
    for (let count = 0; count < 10; count++) turn();
    const before = heap().usedBytes;
    for (let count = 0; count < 490; count++) turn();
    expect(heap().usedBytes).toBe(before);
  });
});
