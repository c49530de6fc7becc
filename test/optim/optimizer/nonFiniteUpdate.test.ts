import {
  Adadelta,
  AdaGrad,
  Adam,
  Adamax,
  AdamW,
  availableBackends,
  type clipByGlobalNorm,
  getBackend,
  Lion,
  Momentum,
  mul,
  NAdam,
  Nesterov,
  NonFiniteError,
  type Optimizer,
  RMSProp,
  SGD,
  setBackend,
  sum,
  type Tensor,
  tensor,
  Variable,
} from "gradus";
import { afterEach, describe, expect, test } from "vitest";
import { exportedOptimizers } from "../exported.ts";

const used = getBackend();
afterEach(() => setBackend(used));

/** A step whose gradient is `slope`. */
const step = (optimizer: Optimizer, w: Variable, slope: readonly number[]): void =>
  optimizer.applyGradients([{ variable: w, gradient: tensor(slope) }]);

/** The error of a step, after which variable, slots and counts must be what they were. */
const failed = (optimizer: Optimizer, w: Variable, slope: readonly number[]): NonFiniteError => {
  const state = (): unknown => [
    [...w.read().data],
    optimizer.step,
    Object.entries(optimizer.state([w]).variables).map(([name, { updates, slots }]) => [
      name,
      updates,
      Object.entries(slots).map(([slot, value]) => [slot, [...value.data]]),
    ]),
  ];
  const before = state();
  try {
    step(optimizer, w, slope);
  } catch (error) {
    expect(error).toBeInstanceOf(NonFiniteError);
    expect(state()).toEqual(before);
    return error as NonFiniteError;
  }
  throw new Error("the step did not fail");
};

const adaptive: Record<string, () => Optimizer> = {
  Adam: () => new Adam(),
  "Adam, pytorch": () => new Adam({ variant: "pytorch" }),
  "Adam, keras, amsgrad": () => new Adam({ variant: "keras", amsgrad: true }),
  AdamW: () => new AdamW(),
  "AdamW, pytorch, amsgrad": () => new AdamW({ variant: "pytorch", amsgrad: true }),
  NAdam: () => new NAdam(),
  RMSProp: () => new RMSProp({ learningRate: 0.01 }),
  "RMSProp, keras": () => new RMSProp({ variant: "keras" }),
  "RMSProp, pytorch, centered, momentum": () => new RMSProp({ variant: "pytorch", centered: true, momentum: 0.9 }),
  AdaGrad: () => new AdaGrad({ learningRate: 0.01 }),
  "AdaGrad, pytorch": () => new AdaGrad({ variant: "pytorch" }),
  Adadelta: () => new Adadelta(),
};

const moderate: Record<string, () => Optimizer> = {
  Adamax: () => new Adamax(),
  Lion: () => new Lion(),
  SGD: () => new SGD({ learningRate: 0.01 }),
  Momentum: () => new Momentum({ learningRate: 0.01, momentum: 0.9 }),
  Nesterov: () => new Nesterov({ learningRate: 0.01, momentum: 0.9 }),
};

const enormous: Record<string, () => Optimizer> = {
  SGD: () => new SGD({ learningRate: 1e38 }),
  Momentum: () => new Momentum({ learningRate: 1e38, momentum: 0.9 }),
  "Nesterov, keras": () => new Nesterov({ learningRate: 1e38, momentum: 0.9, variant: "keras" }),
  AdamW: () => new AdamW({ learningRate: 1e38, weightDecay: 1e38 }),
  Lion: () => new Lion({ learningRate: 1e38, weightDecay: 1e10 }),
};

test("an update that is not finite, or a gradient of 1e20, is tried with every exported optimizer", () => {
  const tried = Object.keys({ ...adaptive, ...moderate }).map((name) => name.split(",")[0]);
  expect([...new Set(tried)].sort()).toEqual([...exportedOptimizers.keys()].sort());
});

describe.each(availableBackends())("an update that is not finite (%s)", (backend) => {
  test.each(Object.entries(adaptive))("%s: an update whose squares overflow throws", (_, make) => {
    setBackend(backend);
    const w = new Variable(tensor([1, 2, 3]), { name: "net/w" });
    const error = failed(make(), w, [1, 1e22, 1]);
    expect(error).toMatchObject({ step: 1, variable: "net/w" });
    expect(error.message).toMatch(/updates must be finite, got (NaN|Infinity) at position 1 of the new "net\/w/);
    expect(error.likelyCause).toContain("a gradient of 1e+22");
    const optimizer = make();
    for (let count = 0; count < 20; count++) step(optimizer, w, [1, -1, 0]);
    expect(failed(optimizer, w, [0, 0, -1e25]).step).toBe(21);
    step(optimizer, w, [1, 1, 1]);
    expect(optimizer.step).toBe(21);
  });

  test.each(Object.entries(moderate))("%s takes a gradient of 1e20", (_, make) => {
    setBackend(backend);
    const w = new Variable(tensor([1, 2, 3]), { name: "w" });
    step(make(), w, [1, 1e20, 1]);
    expect([...w.read().data].every(Number.isFinite)).toBe(true);
  });

  test.each(Object.entries(enormous))("%s: a learning rate of 1e38 throws before the variable overflows", (_, make) => {
    setBackend(backend);
    const w = new Variable(tensor([1, 2, 3]), { name: "w" });
    const error = failed(make(), w, [1, 100, 1]);
    expect(error.message).toContain('the new "w"');
    expect(error.likelyCause).toContain("a learning rate of 1e+38");
  });

  test("a variable that an assignment made enormous is checked", () => {
    setBackend(backend);
    const w = new Variable(tensor([1, 2]), { name: "w" });
    const optimizer = new SGD({ learningRate: 1 });
    step(optimizer, w, [1, 1]);
    w.assign(tensor([3e38, 1]));
    expect(failed(optimizer, w, [-3e38, 0]).message).toBe(
      'SGD.applyGradients: updates must be finite, got Infinity at position 0 of the new "w" in step 2. Nothing was updated. ' +
        'Likely cause: a gradient of -3e+38 at a learning rate of 1, where "w" holds 3e+38. ' +
        "Lower the learning rate, or clip the gradients (clipByGlobalNorm).",
    );
  });

  test("all variables keep their values when one of them overflows", () => {
    setBackend(backend);
    const [a, b] = [1, 2].map((value) => new Variable(tensor([value]), { name: `v${value}` }));
    const optimizer = new Adam({ variant: "pytorch" });
    // The counts differ, so that these are two updates.
    step(optimizer, a, [1]);
    const before = a.read().toArray();
    expect(() => optimizer.minimize(() => sum(mul(a.read(), mul(b.read(), tensor([1e25])))))).toThrow(NonFiniteError);
    expect([a.read().toArray(), b.read().toArray()]).toEqual([before, [2]]);
    expect(optimizer.slots(b)).toEqual({});
  });

  test("a constraint that gives NaN throws and keeps the value before the update", () => {
    setBackend(backend);
    const constraint = (weights: Tensor): Tensor => mul(weights, Number.NaN);
    const w = new Variable(tensor([1]), { name: "w", constraint });
    expect(failed(new SGD({ learningRate: 1 }), w, [1]).message).toContain(
      'updates must be finite, got NaN at position 0 of the constrained "w" in step 1',
    );
  });

  test("a clip that gives NaN throws", () => {
    setBackend(backend);
    const w = new Variable(tensor([1]), { name: "w" });
    const clip: ReturnType<typeof clipByGlobalNorm> = (gradients) =>
      gradients.map(({ variable, gradient }) => ({ variable, gradient: mul(gradient, Number.NaN) }));
    expect(failed(new SGD({ learningRate: 1, clip }), w, [1]).message).toContain(
      "SGD: clip: gradients must be finite, got NaN",
    );
  });
});

test("updates that are checked have the same bits as updates in place", () => {
  const [calm, checked] = [false, true].map((isChecked) => {
    const w = new Variable(tensor([0.5, -2, 3]), { name: "w" });
    // The state is read through again after an assignment; a constraint that does nothing makes each update a checked one.
    const v = new Variable(tensor([0.5, -2, 3]), { name: "w", ...(isChecked ? { constraint: (x: Tensor) => x } : {}) });
    const optimizer = new Adam({ learningRate: 0.1 });
    for (let count = 0; count < 40; count++) {
      step(optimizer, v, [Math.sin(count), 1e-3 * count, -1]);
      w.assign(v.read());
    }
    return [...v.read().data, ...Object.values(optimizer.slots(v)).flatMap((slot) => [...slot.read().data])];
  });
  expect(checked).toEqual(calm);
});
