import { describe, expect, it } from "vitest";
import { grad } from "../../src/autograd/grad.ts";
import { Dropout, type DropoutOptions } from "../../src/layers/dropoutLayer.ts";
import { Sequential } from "../../src/layers/sequential.ts";
import { sum } from "../../src/ops/shape/broadcast.ts";
import { ones, sameBits, type Tensor } from "../../src/tensor/tensor.ts";
import { errorOf, onEachBackend, pattern } from "./helpers.ts";

onEachBackend(() => {
  describe("Dropout", () => {
    it.each([0.1, 0.5, 0.9])(
      "Dropout at rate %d drops that share of the elements, and scales up the others",
      (rate) => {
        const n = 40_000;
        const values = [...new Dropout({ rate, seed: 3 }).call(ones([200, 200]), { training: true }).data];
        const dropped = values.filter((value) => value === 0).length;
        // Four standard deviations of the binomial distribution.
        expect(Math.abs(dropped - n * rate)).toBeLessThan(4 * Math.sqrt(n * rate * (1 - rate)));
        const scaled = new Set(values.filter((value) => value !== 0));
        expect([...scaled]).toEqual([Math.fround(1 / (1 - rate))]);
      },
    );

    it("Dropout drops neither whole rows nor whole columns", () => {
      const values = new Dropout({ rate: 0.5, seed: 9 }).call(ones([100, 100]), { training: true }).data;
      for (let index = 0; index < 100; index++) {
        const row = values.slice(index * 100, index * 100 + 100).filter((value) => value === 0).length;
        const column = values.filter((value, at) => at % 100 === index && value === 0).length;
        expect(Math.min(row, column)).toBeGreaterThan(20);
        expect(Math.max(row, column)).toBeLessThan(80);
      }
    });

    it("Dropout returns its input outside of training, and draws nothing", () => {
      const layer = new Dropout({ rate: 0.9, seed: 1 });
      const { state } = layer.random;
      const x = pattern([3, 4]);
      expect(sameBits(layer.call(x), x)).toBe(true);
      expect(layer.random.state).toEqual(state);
    });

    it("Dropout drops other units in each call, the same units with the same seed, and none at rate 0", () => {
      const [a, b] = [new Dropout({ seed: 5 }), new Dropout({ seed: 5 })];
      const x = ones([8, 8]);
      const first = a.call(x, { training: true });
      expect(sameBits(first, b.call(x, { training: true }))).toBe(true);
      expect(sameBits(first, a.call(x, { training: true }))).toBe(false);
      expect(sameBits(new Dropout({ rate: 0 }).call(x, { training: true }), x)).toBe(true);
    });

    it("Dropout drops the same units again after its random state is restored", () => {
      const layer = new Dropout({ seed: 5 });
      const x = ones([8, 8]);
      layer.call(x, { training: true });
      const { state } = layer.random;
      const next = layer.call(x, { training: true });
      layer.random.state = state;
      expect(sameBits(layer.call(x, { training: true }), next)).toBe(true);
    });

    it("Dropout passes the gradient through the same units", () => {
      const x = ones([4, 4]);
      const y = new Dropout({ seed: 2 }).call(x, { training: true });
      const dx = grad((a: Tensor) => sum(new Dropout({ seed: 2 }).call(a, { training: true })))(x);
      expect(sameBits(dx, y)).toBe(true);
    });

    it("Dropout layers of one model drop different units", () => {
      const model = new Sequential({ inputShape: [64], layers: [new Dropout(), new Dropout()], seed: 1 });
      const [a, b] = model.layers.map((layer) => layer.call(ones([1, 64]), { training: true }));
      expect(sameBits(a, b)).toBe(false);
    });
  });
});

describe("errors of Dropout", () => {
  it.each([1, -0.1, Number.NaN, "0.5"])("Dropout throws for the rate %s", (rate) => {
    expect(errorOf(() => new Dropout({ rate } as DropoutOptions))).toBe(
      `ValueError: Dropout: rate must be a finite number from 0, below 1, got ${
        typeof rate === "string" ? `"${rate}"` : rate
      }.`,
    );
  });

  it("Dropout throws for unknown options", () => {
    expect(errorOf(() => new Dropout({ keepProb: 0.5 } as DropoutOptions))).toBe(
      'ValueError: Dropout: every option must be one that exists, got "keepProb". The options are rate, name, trainable, seed, activityRegularizer.',
    );
  });
});
