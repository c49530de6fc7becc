import { describe, expect, test } from "vitest";
import { Variable } from "../../src/autograd/variable.ts";
import { AdaGrad } from "../../src/optim/adaGrad.ts";
import { Adam } from "../../src/optim/adam.ts";
import { AdamW } from "../../src/optim/adamW.ts";
import { Momentum } from "../../src/optim/momentum.ts";
import { Nesterov } from "../../src/optim/nesterov.ts";
import { RMSProp } from "../../src/optim/rmsProp.ts";
import { exponentialDecay } from "../../src/optim/schedule.ts";
import { SGD } from "../../src/optim/sgd.ts";
import { descriptionOf } from "../../src/tensor/described.ts";
import { ValueError } from "../../src/tensor/errors.ts";
import { tensor } from "../../src/tensor/tensor.ts";

describe("exponentialDecay", () => {
  test("falls a little in every step", () => {
    const rate = exponentialDecay({ initial: 0.1, decaySteps: 10_000, decayRate: 1 / 10 });
    expect(rate(0)).toBe(0.1);
    expect(rate(10_000)).toBeCloseTo(0.01, 12);
    expect(rate(5_000)).toBeCloseTo(0.1 / Math.sqrt(10), 12);
    expect(rate(25_000)).toBeCloseTo(0.1 * 10 ** -2.5, 12);
  });

  test("falls in stairs", () => {
    const rate = exponentialDecay({ initial: 1, decaySteps: 10, decayRate: 0.5, staircase: true });
    expect([0, 9, 10, 19, 20, 35].map(rate)).toEqual([1, 1, 0.5, 0.5, 0.25, 0.125]);
  });

  test("refuses bad options", () => {
    expect(() => exponentialDecay({ initial: 0.1, decaySteps: 0, decayRate: 0.5 })).toThrow(
      "exponentialDecay: decaySteps must be a finite number, above 0, got 0. Pass another decaySteps.",
    );
    const misspelled = { initial: 0.1, decaySteps: 1, decayRate: 0.5, stairs: true };
    expect(() => exponentialDecay(misspelled)).toThrow(
      'exponentialDecay: every option must be one that exists, got "stairs". The options are initial, decaySteps, decayRate, staircase.',
    );
  });
});

describe("the learning rate", () => {
  const pull = (optimizer: SGD, w: Variable): number => {
    optimizer.applyGradients([{ variable: w, gradient: tensor([1]) }]);
    return w.read().item();
  };

  test("can be changed, also for a schedule, from the next step on", () => {
    const w = new Variable(tensor([0]), { name: "w" });
    const optimizer = new SGD({ learningRate: 1 });
    expect(pull(optimizer, w)).toBe(-1);
    optimizer.learningRate = 0.5;
    expect(optimizer.learningRate).toBe(0.5);
    expect(pull(optimizer, w)).toBe(-1.5);
    optimizer.learningRate = exponentialDecay({ initial: 4, decaySteps: 1, decayRate: 0.5 });
    // The schedule counts the optimizer's steps, of which there were two.
    expect(optimizer.learningRate).toBe(1);
    expect(pull(optimizer, w)).toBe(-2.5);
    expect(pull(optimizer, w)).toBe(-3);
    expect(descriptionOf(optimizer.schedule)?.name).toBe("exponentialDecay");
  });

  test("of a schedule that gives nonsense stops the step", () => {
    const w = new Variable(tensor([0]), { name: "w" });
    const optimizer = new SGD({ learningRate: (step) => (step < 1 ? 1 : Number.NaN) });
    expect(pull(optimizer, w)).toBe(-1);
    expect(() => pull(optimizer, w)).toThrow(
      "SGD: the learning rate of the schedule at step 1 must be a finite number, at least 0, got NaN.",
    );
    expect(w.read().item()).toBe(-1);
  });
});

describe("options", () => {
  test.each<[() => unknown, string]>([
    [
      () => new SGD({ learningRate: -1 }),
      "SGD: learningRate must be a finite number, at least 0, got -1. Pass another learningRate.",
    ],
    [
      () => new SGD({} as { learningRate: number }),
      "SGD: learningRate must be a finite number, at least 0, got undefined",
    ],
    [() => new AdaGrad({}), "AdaGrad: learningRate must be a finite number, at least 0, got undefined"],
    [() => new RMSProp({}), "RMSProp: learningRate must be a finite number, at least 0, got undefined"],
    [
      () => new Momentum({ learningRate: 1, momentum: 1.5 }),
      "Momentum: momentum must be a finite number, at least 0 and at most 1, got 1.5. Pass another momentum.",
    ],
    [
      () => new Nesterov({ learningRate: 1, momentum: Number.NaN }),
      "Nesterov: momentum must be a finite number, at least 0 and at most 1, got NaN",
    ],
    [() => new Adam({ beta2: 1 }), "Adam: beta2 must be a finite number, at least 0 and below 1, got 1"],
    [() => new Adam({ epsilon: 0 }), "Adam: epsilon must be a finite number, above 0, got 0"],
    [() => new Adam({ epsilon: 1e-50 }), "Adam: epsilon must not round to zero in float32, got 1e-50"],
    [() => new AdamW({ weightDecay: -1 }), "AdamW: weightDecay must be a finite number, at least 0, got -1"],
    [
      () => new Adam({ variant: "torch" as "pytorch" }),
      'Adam: variant must be one of "tensorflow1", "keras", "pytorch", got "torch". Choose one of these.',
    ],
    [
      () => new AdamW({ variant: "tensorflow1" as "keras" }),
      'AdamW: variant must be one of "keras", "pytorch", got "tensorflow1". Choose one of these.',
    ],
    [
      () => new RMSProp({ learningRate: 1, rho: 0.9 } as { learningRate: number }),
      'RMSProp: every option must be one that exists, got "rho". The options are learningRate, clip, variant, decay, momentum, epsilon, centered.',
    ],
    [
      () => new AdaGrad({ learningRate: 1, initialAccumulator: 0 }),
      "AdaGrad: initialAccumulator or epsilon must be above 0 in float32, got 0 and 0. Pass one of them.",
    ],
    [
      () => new SGD({ learningRate: 1, clip: 5 as unknown as () => [] }),
      "SGD: clip must transform gradients, got number. Pass clipByValue(-1, 1), say.",
    ],
  ])("%#: out of range, of the wrong kind or unknown are refused", (make, message) => {
    expect(make).toThrow(ValueError);
    expect(make).toThrow(message);
  });

  test("override the defaults of a variant", () => {
    expect(new Adam({ variant: "pytorch", learningRate: 0.5 }).learningRate).toBe(0.5);
    expect(new RMSProp({ variant: "keras" }).learningRate).toBe(0.001);
    expect(new AdaGrad({ variant: "pytorch" }).learningRate).toBe(0.01);
    expect(new AdamW().learningRate).toBe(0.001);
  });
});
