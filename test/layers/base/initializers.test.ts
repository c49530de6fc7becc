import { describe, expect, it } from "vitest";
import {
  constant,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  lecunNormal,
  lecunUniform,
  normal,
  truncatedNormal,
  uniform,
  varianceScaling,
} from "../../../src/layers/base/initializers.ts";
import { Random } from "../../../src/tensor/random.ts";
import { ones, sameBits, zeros } from "../../../src/tensor/tensor.ts";
import { errorOf, moments, onEachBackend } from "../helpers.ts";

/** zeros and ones are initializers as they are. */
const plain: readonly Initializer[] = [zeros, ones];

const draw = (initializer: Initializer, shape: readonly number[] = [300, 200], seed = 5): ArrayLike<number> =>
  initializer(shape, new Random(seed)).data;

const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

onEachBackend(() => {
  describe("initializers", () => {
    it("zeros and ones ignore the generator", () => {
      const random = new Random(1);
      expect(plain.map((initializer) => initializer([2], random).toArray())).toEqual([
        [0, 0],
        [1, 1],
      ]);
      expect(plain.map((initializer) => initializer([2], random).dtype)).toEqual(["float32", "float32"]);
      expect(random.state.counter).toBe(0);
    });

    it("constant fills with its value", () => {
      expect(constant(0.5)([3], new Random(1)).toArray()).toEqual([0.5, 0.5, 0.5]);
    });

    it("uniform has its bounds and moments", () => {
      const values = draw(uniform({ min: -1, max: 3 }));
      const { mean, deviation } = moments(values);
      expect(mean).toBeCloseTo(1, 1);
      expect(deviation).toBeCloseTo(4 / Math.sqrt(12), 1);
      expect(Math.min(...Array.from(values))).toBeGreaterThanOrEqual(-1);
      expect(Math.max(...Array.from(values))).toBeLessThan(3);
    });

    it("normal and truncatedNormal have their moments; truncatedNormal ends at two standard deviations", () => {
      const uncut = moments(draw(normal({ mean: 1, deviation: 0.5 })));
      expect(uncut.mean).toBeCloseTo(1, 2);
      expect(uncut.deviation / 0.5).toBeCloseTo(1, 1.5);
      const values = draw(truncatedNormal({ mean: 1, deviation: 0.5 }));
      const cut = moments(values);
      expect(cut.mean).toBeCloseTo(1, 2);
      expect(cut.deviation / (0.5 * 0.8796256610342398)).toBeCloseTo(1, 1.5);
      expect(largest(Array.from(values, (value) => value - 1))).toBeLessThanOrEqual(1 + 1e-6);
    });

    it.each([
      ["glorotUniform", glorotUniform, 2 / 500, "uniform"],
      ["glorotNormal", glorotNormal, 2 / 500, "cut"],
      ["heUniform", heUniform, 2 / 300, "uniform"],
      ["heNormal", heNormal, 2 / 300, "cut"],
      ["lecunUniform", lecunUniform, 1 / 300, "uniform"],
      ["lecunNormal", lecunNormal, 1 / 300, "cut"],
      ["default", varianceScaling(), 1 / 300, "cut"],
      ["fanOut", varianceScaling({ scale: 3, mode: "fanOut", distribution: "normal" }), 3 / 200, "whole"],
    ] as const)("%s has its variance and its bounds", (_name, initializer, variance, form) => {
      const values = draw(initializer);
      const { mean, deviation } = moments(values);
      const sigma = Math.sqrt(variance);
      // 60,000 draws: the mean is off by σ/245, the deviation by a part of 350; four times that is allowed.
      expect(Math.abs(mean)).toBeLessThan((4 * sigma) / 245);
      expect(Math.abs(deviation / sigma - 1)).toBeLessThan(4 / 345);
      const bound = { uniform: Math.sqrt(3) * sigma, cut: (2 * sigma) / 0.8796256610342398, whole: 6 * sigma }[form];
      expect(largest(values)).toBeLessThanOrEqual(bound * (1 + 1e-6));
      expect(largest(values)).toBeGreaterThan(form === "whole" ? 3.5 * sigma : 0.99 * bound);
    });

    it("initializers count the window of a kernel with more axes, and a single axis as inputs and outputs", () => {
      const window = varianceScaling({ scale: 3, mode: "fanIn", distribution: "uniform" });
      expect(largest(draw(window, [3, 3, 4, 500]))).toBeLessThanOrEqual(Math.sqrt(9 / 36));
      expect(largest(draw(window, [3, 3, 4, 500]))).toBeGreaterThan(0.99 * Math.sqrt(9 / 36));
      expect(largest(draw(window, [900]))).toBeLessThanOrEqual(0.1);
    });

    it("initializers draw the same values from the same seed, and nothing for an empty shape", () => {
      expect(sameBits(heNormal([5, 7], new Random(3)), heNormal([5, 7], new Random(3)))).toBe(true);
      expect(sameBits(heNormal([5, 7], new Random(3)), heNormal([5, 7], new Random(4)))).toBe(false);
      expect(heNormal([0, 7], new Random(3)).shape).toEqual([0, 7]);
    });
  });
});

describe("errors of initializers", () => {
  it.each([
    [() => constant(Number.NaN), "ValueError: constant: value must be a number, got NaN."],
    [() => uniform({ min: 1, max: 0 }), "ValueError: uniform: max must be a finite number from min=1, got 0."],
    [() => normal({ deviation: -1 }), "ValueError: normal: deviation must be a finite number from 0, got -1."],
    [
      () => truncatedNormal({ std: 1 } as object),
      'ValueError: truncatedNormal: every option must be one that exists, got "std". The options are mean, stddev, deviation. Write stddev.',
    ],
    [() => varianceScaling({ scale: 0 }), "ValueError: varianceScaling: scale must be a finite number above 0, got 0."],
    [
      () => varianceScaling({ mode: "fan_in" as "fanIn" }),
      'ValueError: varianceScaling: mode must be one of fanIn, fanOut, fanAverage, got "fan_in". Write "fanIn".',
    ],
    [
      () => varianceScaling({ distribution: "gauss" as "normal" }),
      'ValueError: varianceScaling: distribution must be one of truncatedNormal, normal, uniform, got "gauss".',
    ],
  ])("initializers throw the full text, case %#", (body, message) => {
    expect(errorOf(body)).toBe(message);
  });
});
