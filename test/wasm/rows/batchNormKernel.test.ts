import { describe, expect, it } from "vitest";
import { batchNorm } from "../../../src/wasm/rows/batchNormKernel.ts";
import { Blocks, pseudoRandom, worstError } from "../blocks.ts";

const blocks = new Blocks();
const kernels = blocks.link(batchNorm);

type Plan = readonly [outer: number, channels: number, inner: number];

const sizeOf = ([outer, channels, inner]: Plan): number => outer * channels * inner;

/** The positions of a channel's elements. */
const positions = ([outer, channels, inner]: Plan, channel: number): number[] =>
  Array.from({ length: outer * inner }, (_, i) => {
    const row = Math.floor(i / inner);
    return (row * channels + channel) * inner + (i % inner);
  });

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const plainMoments = (x: ArrayLike<number>, plan: Plan): { mean: Float64Array; variance: Float64Array } => {
  const mean = new Float64Array(plan[1]);
  const variance = new Float64Array(plan[1]);
  for (let channel = 0; channel < plan[1]; channel++) {
    const values = positions(plan, channel).map((at) => x[at]);
    mean[channel] = sum(values) / values.length;
    variance[channel] = sum(values.map((value) => (value - mean[channel]) ** 2)) / values.length;
  }
  return { mean, variance };
};

const runMoments = (x: Float32Array, plan: Plan): { mean: Float32Array; variance: Float32Array } => {
  blocks.reset();
  const [mean, variance] = [blocks.bytes(4 * plan[1]), blocks.bytes(4 * plan[1])];
  kernels.moments(blocks.floats(x), mean, variance, ...plan, plan[1]);
  blocks.checkGuards();
  return { mean: blocks.readFloats(mean, plan[1]), variance: blocks.readFloats(variance, plan[1]) };
};

const epsilon = Math.fround(1e-3);
const plans: Plan[] = [];
for (const channels of [0, 1, 3, 4, 5, 8, 17]) {
  for (const rows of [1, 2, 3, 17]) plans.push([rows, channels, 1]);
  for (const inner of [2, 3, 4, 5, 7, 8, 9, 15, 16, 17]) plans.push([1, channels, inner], [3, channels, inner]);
}

describe("batch normalization", () => {
  it("batch normalization computes mean and variance", () => {
    for (const plan of plans) {
      const x = pseudoRandom(sizeOf(plan), 3);
      const { mean, variance } = runMoments(x, plan);
      const expected = plainMoments(x, plan);
      expect(worstError(mean, expected.mean), `mean of ${plan}`).toBeLessThan(1e-7);
      expect(worstError(variance, expected.variance), `variance of ${plan}`).toBeLessThan(2e-7);
    }
  });

  it("batch normalization computes a small variance around a large mean", () => {
    for (const plan of [
      [1000, 5, 1],
      [10, 3, 101],
    ] as const) {
      const x = pseudoRandom(sizeOf(plan), 1).map((value) => 10_000 + value);
      const { variance } = runMoments(x, plan);
      const expected = plainMoments(x, plan);
      variance.forEach((value, channel) => {
        expect(Math.abs(value / expected.variance[channel] - 1)).toBeLessThan(1e-7);
      });
    }
  });

  it("batch normalization normalizes", () => {
    for (const plan of plans) {
      blocks.reset();
      const [n, channels] = [sizeOf(plan), plan[1]];
      const x = pseudoRandom(n, 3);
      const [mean, gamma, beta] = [2, 3, 4].map((seed) => pseudoRandom(channels, 2, seed));
      const variance = pseudoRandom(channels, 2, 5).map(Math.abs);
      const y = blocks.bytes(4 * n);
      const addresses = [x, mean, variance, gamma, beta, [epsilon]].map((values) => blocks.floats(values));
      kernels.normalize(...addresses, y, ...plan, plan[1]);
      const expected = new Float64Array(n);
      for (let c = 0; c < channels; c++) {
        for (const at of positions(plan, c)) {
          expected[at] = ((x[at] - mean[c]) / Math.sqrt(variance[c] + epsilon)) * gamma[c] + beta[c];
        }
      }
      expect(worstError(blocks.readFloats(y, n), expected), `${plan}`).toBeLessThan(1e-6);
      blocks.checkGuards();
    }
  });

  it("batch normalization has the right gradient in training mode", () => {
    for (const plan of plans) {
      blocks.reset();
      const [n, channels] = [sizeOf(plan), plan[1]];
      const count = plan[0] * plan[2];
      const x = pseudoRandom(n, 3);
      const dy = pseudoRandom(n, 2, 7);
      const gamma = pseudoRandom(channels, 2, 3);
      const { mean, variance } = plainMoments(x, plan);
      const [dx, dGamma, dBeta] = [n, channels, channels].map((size) => blocks.bytes(4 * size));
      const addresses = [x, mean, variance, gamma, dy, [epsilon]].map((values) => blocks.floats(values));
      kernels.gradient(...addresses, dx, dGamma, dBeta, ...plan, plan[1]);
      const expected = {
        dx: new Float64Array(n),
        dGamma: new Float64Array(channels),
        dBeta: new Float64Array(channels),
      };
      for (let c = 0; c < channels; c++) {
        const all = positions(plan, c);
        const r = 1 / Math.sqrt(variance[c] + epsilon);
        const normalized = (at: number): number => (x[at] - mean[c]) * r;
        expected.dBeta[c] = sum(all.map((at) => dy[at]));
        expected.dGamma[c] = sum(all.map((at) => dy[at] * normalized(at)));
        for (const at of all) {
          const inner = dy[at] - expected.dBeta[c] / count - (normalized(at) * expected.dGamma[c]) / count;
          expected.dx[at] = gamma[c] * r * inner;
        }
      }
      // With one element, x - mean is all rounding error, and r large.
      const bound = count < 3 ? 1e-4 : 1e-5;
      expect(worstError(blocks.readFloats(dx, n), expected.dx), `dx of ${plan}`).toBeLessThan(bound);
      expect(worstError(blocks.readFloats(dGamma, channels), expected.dGamma), `dGamma of ${plan}`).toBeLessThan(bound);
      expect(worstError(blocks.readFloats(dBeta, channels), expected.dBeta), `dBeta of ${plan}`).toBeLessThan(1e-6);
      blocks.checkGuards();
    }
  });

  it("batch normalization keeps NaN in its channel", () => {
    for (const plan of [
      [9, 6, 1],
      [2, 3, 7],
      [1, 3, 8],
    ] as const) {
      for (let bad = 0; bad < sizeOf(plan); bad++) {
        const x = pseudoRandom(sizeOf(plan));
        x[bad] = Number.NaN;
        const { mean, variance } = runMoments(x, plan);
        const expected = plainMoments(x, plan);
        expect(worstError(mean, expected.mean)).toBeLessThan(1e-7);
        expect(worstError(variance, expected.variance)).toBeLessThan(2e-7);
      }
    }
  });

  it("batch normalization gives a channel the same bits beside any others", () => {
    const x = pseudoRandom(13 * 7, 5);
    const all = runMoments(x, [13, 7, 1]);
    for (let channel = 0; channel < 7; channel++) {
      const alone = Float32Array.from({ length: 13 }, (_, row) => x[row * 7 + channel]);
      const { mean, variance } = runMoments(alone, [13, 1, 1]);
      expect([mean[0], variance[0]]).toEqual([all.mean[channel], all.variance[channel]]);
    }
  });
});
