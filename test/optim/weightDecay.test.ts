import { Adam, clipByNorm, Momentum, Nesterov, type Optimizer, SGD, sum, tensor, Variable } from "gradus";
import { describe, expect, test } from "vitest";

/** The value after steps from 3 with a gradient of 1. */
const valueAfter = (optimizer: Optimizer, steps: number): number => {
  const w = new Variable(tensor([3]), { name: "w" });
  for (let step = 0; step < steps; step++) optimizer.minimize(() => sum(w.read()));
  return w.read().data[0];
};

describe("weightDecay", () => {
  test("weightDecay adds its fraction of the weights to the gradient of SGD, Momentum and Nesterov", () => {
    const options = { learningRate: 0.1, weightDecay: 0.5 };
    // g = 1 + 0.5 · 3 = 2.5; w = 2.75; g = 2.375
    expect(valueAfter(new SGD(options), 2)).toBeCloseTo(3 - 0.25 - 0.2375, 6);
    // b = 2.5; b = 0.9 · 2.5 + 2.375
    expect(valueAfter(new Momentum({ ...options, momentum: 0.9 }), 2)).toBeCloseTo(2.75 - 0.4625, 6);
    // w = 3 − 0.1 · (2.5 + 0.9 · 2.5)
    expect(valueAfter(new Nesterov({ ...options, momentum: 0.9 }), 1)).toBeCloseTo(2.525, 6);
  });

  test("weightDecay of Adam changes the moments, as in PyTorch", () => {
    const adam = new Adam({ learningRate: 0.1, weightDecay: 0.5, variant: "pytorch" });
    const w = new Variable(tensor([3]), { name: "w" });
    adam.minimize(() => sum(w.read()));
    expect(adam.slots(w).m.read().data[0]).toBeCloseTo(0.25, 6);
    expect(adam.slots(w).v.read().data[0]).toBeCloseTo(0.00625, 6);
    expect(w.read().data[0]).toBeCloseTo(2.9, 6);
  });

  test("weightDecay comes after clipping", () => {
    expect(valueAfter(new SGD({ learningRate: 0.1, weightDecay: 0.5, clip: clipByNorm(0.1) }), 1)).toBeCloseTo(2.84, 6);
  });

  test("weightDecay is in the config, and a negative one throws", () => {
    expect(new SGD({ learningRate: 0.1, weightDecay: 0.5 }).config()).toEqual({ learningRate: 0.1, weightDecay: 0.5 });
    expect(() => new Adam({ weightDecay: -1 })).toThrow("Adam: weightDecay must be a finite number from 0, got -1.");
  });
});
