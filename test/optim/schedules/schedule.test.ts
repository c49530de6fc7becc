import { describe, expect, test, vi } from "vitest";
import { Variable } from "../../../src/autograd/variable.ts";
import { descriptionOf } from "../../../src/base/describe.ts";
import { ValueError } from "../../../src/base/errors.ts";
import { square } from "../../../src/ops/elementwise/powers.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { AdaGrad } from "../../../src/optim/adaGrad.ts";
import { Adam } from "../../../src/optim/adam.ts";
import { AdamW } from "../../../src/optim/adamW.ts";
import { Momentum } from "../../../src/optim/momentum.ts";
import { Nesterov } from "../../../src/optim/nesterov.ts";
import type { Optimizer } from "../../../src/optim/optimizer/optimizer.ts";
import { RMSProp } from "../../../src/optim/rmsProp.ts";
import {
  exponentialDecay,
  inverseTimeDecay,
  polynomialDecay,
  type Schedule,
} from "../../../src/optim/schedules/schedule.ts";
import { cosineDecay, cosineDecayRestarts } from "../../../src/optim/schedules/scheduleCosine.ts";
import { oneCycle } from "../../../src/optim/schedules/scheduleOneCycle.ts";
import { piecewiseConstant } from "../../../src/optim/schedules/schedulePiecewise.ts";
import { linearWarmUp } from "../../../src/optim/schedules/scheduleWarmUp.ts";
import { SGD } from "../../../src/optim/sgd.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { exportedOptimizers, makeOptimizer } from "../exported.ts";

describe("exponentialDecay", () => {
  test("exponentialDecay falls a little in every step", () => {
    const rate = exponentialDecay({ initial: 0.1, decaySteps: 10_000, decayRate: 1 / 10 });
    expect(rate(0)).toBe(0.1);
    expect(rate(10_000)).toBeCloseTo(0.01, 12);
    expect(rate(5_000)).toBeCloseTo(0.1 / Math.sqrt(10), 12);
    expect(rate(25_000)).toBeCloseTo(0.1 * 10 ** -2.5, 12);
  });

  test("exponentialDecay falls in stairs", () => {
    const rate = exponentialDecay({ initial: 1, decaySteps: 10, decayRate: 0.5, staircase: true });
    expect([0, 9, 10, 19, 20, 35].map(rate)).toEqual([1, 1, 0.5, 0.5, 0.25, 0.125]);
  });

  test("exponentialDecay throws for bad options", () => {
    expect(() => exponentialDecay({ initial: 0.1, decaySteps: 0, decayRate: 0.5 })).toThrow(
      "exponentialDecay: decaySteps must be a finite number above 0, got 0.",
    );
    const misspelled = { initial: 0.1, decaySteps: 1, decayRate: 0.5, stairs: true };
    expect(() => exponentialDecay(misspelled)).toThrow(
      'exponentialDecay: every option must be one that exists, got "stairs". The options are initial, decaySteps, decayRate, staircase.',
    );
  });
});

describe("schedules", () => {
  test("schedules begin with the first rate, and stay at the last", () => {
    expect(polynomialDecay({ initial: 1, decaySteps: 4, end: 0.25 })(0)).toBe(1);
    expect([4, 5, 1e9].map(polynomialDecay({ initial: 1, decaySteps: 4, end: 0.25 }))).toEqual([0.25, 0.25, 0.25]);
    expect([0, 1, 2, 3].map(piecewiseConstant({ boundaries: [0, 2], values: [3, 2, 1] }))).toEqual([3, 2, 2, 1]);
    expect(piecewiseConstant({ boundaries: [], values: [0.5] })(7)).toBe(0.5);
    expect([0, 4, 1e9].map(cosineDecay({ initial: 1, decaySteps: 4, alpha: 0.25 }))).toEqual([1, 0.25, 0.25]);
    const restarts = cosineDecayRestarts({ initial: 1, firstDecaySteps: 1, periodFactor: 1, peakFactor: 0.5 });
    expect([0, 1, 2, 10].map(restarts)).toEqual([1, 0.5, 0.25, 2 ** -10]);
    const cycle = oneCycle({ max: 1, totalSteps: 10, divisor: 4, finalDivisor: 2 });
    expect([0, 2, 9, 10, 1e9].map(cycle)).toEqual([0.25, 1, 0.125, 0.125, 0.125]);
    expect(oneCycle({ max: 1, totalSteps: 1, divisor: 2, riseFraction: 1 })(0)).toBe(1);
    expect([0, 1, 2, 3].map(linearWarmUp({ schedule: 1, steps: 2, startFactor: 0.5 }))).toEqual([0.5, 0.75, 1, 1]);
    expect([0, 1, 2].map(linearWarmUp({ schedule: (step) => 8 - step, steps: 1 }))).toEqual([0, 8, 7]);
  });

  test("schedules with restarts begin each period at the exact step, however many there were", () => {
    const rate = cosineDecayRestarts({ initial: 1, firstDecaySteps: 10, periodFactor: 3 });
    let begin = 0;
    for (let period = 10; period < 1e9; period *= 3) {
      expect(rate(begin)).toBe(1);
      if (begin > 0) expect(rate(begin - 1)).toBeLessThan(0.1);
      begin += period;
    }
  });

  test("linearWarmUp describes the schedule inside of it, but not a custom function", () => {
    const inner = exponentialDecay({ initial: 1, decaySteps: 2, decayRate: 0.5 });
    expect(descriptionOf(linearWarmUp({ schedule: inner, steps: 3 }))?.options).toEqual({
      schedule: {
        function: "exponentialDecay",
        options: { initial: 1, decaySteps: 2, decayRate: 0.5, staircase: false },
      },
      steps: 3,
      startFactor: 0,
    });
    expect(descriptionOf(linearWarmUp({ schedule: () => 1, steps: 3 }))).toBeUndefined();
  });

  const wrong = -1 as number;
  test.each<[() => unknown, string]>([
    [
      () => inverseTimeDecay({ initial: 1, decaySteps: 1, decayRate: wrong }),
      "inverseTimeDecay: decayRate must be a finite number from 0, got -1.",
    ],
    [
      () => polynomialDecay({ initial: 1, decaySteps: 1, power: 0 }),
      "polynomialDecay: power must be a finite number above 0, got 0.",
    ],
    [
      () => polynomialDecay({ initial: 1, decaySteps: 1, cycle: 1 as unknown as boolean }),
      "polynomialDecay: cycle must be true or false, got 1.",
    ],
    [
      () => piecewiseConstant({ boundaries: [2, 2], values: [1, 2, 3] }),
      "piecewiseConstant: boundaries must ascend, got [2, 2]. Sort them, each once.",
    ],
    [
      () => piecewiseConstant({ boundaries: [2], values: [1] }),
      "piecewiseConstant: there must be one value more than boundaries, got 1 and 1. Add the rate after the last boundary.",
    ],
    [
      () => piecewiseConstant({ boundaries: [2], values: [1, Number.NaN] }),
      "piecewiseConstant: values must be a list of finite numbers from 0, got [1, NaN].",
    ],
    [
      () => piecewiseConstant({ boundaries: 2 as unknown as number[], values: [1] }),
      "piecewiseConstant: boundaries must be a list of finite numbers from 0, got 2.",
    ],
    [
      () => cosineDecay({ initial: 1, decaySteps: 1, alpha: 2 }),
      "cosineDecay: alpha must be a finite number from 0 to 1, got 2.",
    ],
    [
      () => cosineDecayRestarts({ initial: 1, firstDecaySteps: 1, periodFactor: 0.5 }),
      "cosineDecayRestarts: periodFactor must be a finite number from 1, got 0.5.",
    ],
    [
      () => oneCycle({ max: 1, totalSteps: 10, anneal: "cos" as "cosine" }),
      'oneCycle: anneal must be one of cosine, linear, got "cos".',
    ],
    [() => oneCycle({ max: 1, totalSteps: 0 }), "oneCycle: totalSteps must be a finite number from 1, got 0."],
    [() => linearWarmUp({ schedule: 1, steps: 0 }), "linearWarmUp: steps must be a finite number above 0, got 0."],
    [
      () => linearWarmUp({ schedule: "cosine" as unknown as number, steps: 1 }),
      'linearWarmUp: schedule must be a schedule, or a finite number from 0, got "cosine".',
    ],
  ])("schedules throw for bad options, case %#", (make, message) => {
    expect(make).toThrow(ValueError);
    expect(make).toThrow(message);
  });
});

describe("a rate that changes", () => {
  const rate = linearWarmUp({ steps: 3, schedule: cosineDecay({ initial: 0.1, decaySteps: 5 }) });
  const kinds: Readonly<Record<string, (learningRate: number | Schedule) => Optimizer>> = {
    ...Object.fromEntries(
      Array.from(exportedOptimizers.keys(), (name) => [name, (rate: number | Schedule) => makeOptimizer(name, rate)]),
    ),
    "Momentum of Keras": (learningRate) => new Momentum({ learningRate, momentum: 0.9, variant: "keras" }),
    "RMSProp with momentum": (learningRate) => new RMSProp({ learningRate, momentum: 0.9 }),
    "RMSProp of PyTorch, centered": (learningRate) => new RMSProp({ learningRate, centered: true, variant: "pytorch" }),
  };

  test.each(Object.entries(kinds))(
    "a rate that changes is used in each step of %s, without compiling a kernel again",
    (_name, make) => {
      const trace = (optimizer: Optimizer, before: (step: number) => void): number[][] => {
        const w = new Variable(tensor([0.5, -1, 2, 4, -0.25]), { name: "w" });
        return Array.from({ length: 8 }, (_, step) => {
          before(step);
          optimizer.minimize(() => sum(square(w.read())), [w]);
          return [...w.read().data];
        });
      };
      const byHand = make(1);
      const expected = trace(byHand, (step) => {
        byHand.learningRate = rate(step);
      });
      const compiled = vi.spyOn(WebAssembly, "Module");
      try {
        expect(trace(make(rate), () => {})).toEqual(expected);
        expect(compiled).not.toHaveBeenCalled();
      } finally {
        compiled.mockRestore();
      }
      expect(new Set(expected.map(String)).size).toBe(8);
    },
  );
});

describe("the learning rate", () => {
  const pull = (optimizer: SGD, w: Variable): number => {
    optimizer.applyGradients([{ variable: w, gradient: tensor([1]) }]);
    return w.read().item();
  };

  test("the learning rate can be changed, also to a schedule, from the next step on", () => {
    const w = new Variable(tensor([0]), { name: "w" });
    const optimizer = new SGD({ learningRate: 1 });
    expect(pull(optimizer, w)).toBe(-1);
    optimizer.learningRate = 0.5;
    expect(optimizer.learningRate).toBe(0.5);
    expect(pull(optimizer, w)).toBe(-1.5);
    optimizer.learningRate = exponentialDecay({ initial: 4, decaySteps: 1, decayRate: 0.5 });
    // The schedule counts the optimizer's steps, two so far.
    expect(optimizer.learningRate).toBe(1);
    expect(pull(optimizer, w)).toBe(-2.5);
    expect(pull(optimizer, w)).toBe(-3);
    expect(descriptionOf(optimizer.schedule)?.name).toBe("exponentialDecay");
  });

  test("a schedule that returns an invalid rate stops the step", () => {
    const w = new Variable(tensor([0]), { name: "w" });
    const optimizer = new SGD({ learningRate: (step) => (step < 1 ? 1 : Number.NaN) });
    expect(pull(optimizer, w)).toBe(-1);
    expect(() => pull(optimizer, w)).toThrow(
      "SGD: learning rate of the schedule at step 1 must be a finite number from 0, got NaN.",
    );
    expect(w.read().item()).toBe(-1);
  });
});

describe("options of schedules and optimizers", () => {
  test.each<[() => unknown, string]>([
    [() => new SGD({ learningRate: -1 }), "SGD: learningRate must be a schedule, or a finite number from 0, got -1."],
    [
      () => new SGD({} as { learningRate: number }),
      "SGD: learningRate must be a schedule, or a finite number from 0, got undefined",
    ],
    [() => new AdaGrad({}), "AdaGrad: learningRate must be a schedule, or a finite number from 0, got undefined"],
    [() => new RMSProp({}), "RMSProp: learningRate must be a schedule, or a finite number from 0, got undefined"],
    [
      () => new Momentum({ learningRate: 1, momentum: 1.5 }),
      "Momentum: momentum must be a finite number from 0 to 1, got 1.5.",
    ],
    [
      () => new Nesterov({ learningRate: 1, momentum: Number.NaN }),
      "Nesterov: momentum must be a finite number from 0 to 1, got NaN",
    ],
    [() => new Adam({ beta2: 1 }), "Adam: beta2 must be a finite number from 0, below 1, got 1"],
    [() => new Adam({ epsilon: 0 }), "Adam: epsilon must be a finite number above 0, also in float32, got 0"],
    [() => new Adam({ epsilon: 1e-50 }), "Adam: epsilon must be a finite number above 0, also in float32, got 1e-50"],
    [() => new AdamW({ weightDecay: -1 }), "AdamW: weightDecay must be a finite number from 0, got -1"],
    [
      () => new Adam({ variant: "torch" as "pytorch" }),
      'Adam: variant must be one of tensorflow1, keras, pytorch, got "torch".',
    ],
    [
      () => new AdamW({ variant: "tensorflow1" as "keras" }),
      'AdamW: variant must be one of keras, pytorch, got "tensorflow1".',
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
      "SGD: clip must be a function (gradients) => gradients, got 5.",
    ],
  ])("options of schedules and optimizers throw if invalid or unknown, case %#", (make, message) => {
    expect(make).toThrow(ValueError);
    expect(make).toThrow(message);
  });

  test("options of schedules and optimizers override the defaults of a variant", () => {
    expect(new Adam({ variant: "pytorch", learningRate: 0.5 }).learningRate).toBe(0.5);
    expect(new RMSProp({ variant: "keras" }).learningRate).toBe(0.001);
    expect(new AdaGrad({ variant: "pytorch" }).learningRate).toBe(0.01);
    expect(new AdamW().learningRate).toBe(0.001);
  });
});
