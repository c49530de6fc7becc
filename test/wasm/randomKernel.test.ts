import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bernoulliMask, normal, threefry, truncatedNormal, uniform } from "../../src/tensor/randomKernels.ts";
import {
  bernoulliMaskKernel,
  normalKernel,
  truncatedNormalKernel,
  uniformKernel,
} from "../../src/wasm/randomKernel.ts";
import { Blocks } from "./blocks.ts";

const references = JSON.parse(readFileSync(new URL("../references/special.json", import.meta.url), "utf8"));

const blocks = new Blocks();
const kernels = {
  uniform: blocks.link(uniformKernel).run,
  bernoulliMask: blocks.link(bernoulliMaskKernel).run,
  normal: blocks.link(normalKernel).run,
  truncatedNormal: blocks.link(truncatedNormalKernel).run,
};

const reference = { bernoulliMask, normal, truncatedNormal, uniform };

type Name = "uniform" | "bernoulliMask" | "normal" | "truncatedNormal";

const draw = (name: Name, state: readonly number[], a: number, b: number, count: number): Float32Array => {
  blocks.reset();
  const out = blocks.bytes(4 * count);
  kernels[name](blocks.ints(state), blocks.floats([a]), blocks.floats([b]), out, count, 0);
  blocks.checkGuards();
  return blocks.readFloats(out, count);
};

const drawReference = (name: Name, state: readonly number[], a: number, b: number, count: number): Float32Array => {
  const out = new Float32Array(count);
  reference[name](Int32Array.from(state), a, b, out);
  return out;
};

const state = [123, -456, 7, 0];
const states = [state, [0, 0, 0, 0], [-1, -1, -1, -1], [5, 6, -3, 0], [5, 6, -3, -1], [1, 2, 0x7ffffffe, 3]];
const counts = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 1001];

const moments = (values: Float32Array): { mean: number; variance: number } => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, variance: values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length };
};

describe("Threefry", () => {
  it("Threefry agrees with published and independent vectors", () => {
    expect(threefry([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3])).toEqual([0xc4923a9c, 0x483df7a0]);
    for (const { key, counter, output } of references.threefry2x32) {
      expect(threefry(key, counter)).toEqual(output);
    }
  });

  // The kernels keep at least 24 of the 32 bits: uniform numbers show them.
  it("Threefry continues where a draw of an even count ended", () => {
    const whole = draw("uniform", state, 0, 1, 24);
    expect(draw("uniform", [123, -456, 7 + 5, 0], 0, 1, 14)).toEqual(whole.slice(10));
  });
});

describe("distributions", () => {
  const cases: readonly (readonly [Name, number, number])[] = [
    ["uniform", 0, 1],
    ["uniform", -0.05, 0.05],
    ["uniform", 1, 1],
    ["uniform", 1, 1 + 2 ** -23],
    ["uniform", -(2 ** -20), 0],
    ["uniform", 100, 101],
    ["bernoulliMask", 0.5, 2],
    ["bernoulliMask", 0, 1],
    ["bernoulliMask", 1, 1],
    ["normal", 0, 1],
    ["normal", -3, 0.1],
    ["truncatedNormal", 0, 1],
    ["truncatedNormal", 0.5, 0.02],
  ];

  it("distributions have the same bits in WebAssembly and in the reference", () => {
    for (const [name, a, b] of cases) {
      for (const start of states) {
        for (const count of counts) {
          expect(draw(name, start, a, b, count)).toEqual(drawReference(name, start, a, b, count));
        }
      }
    }
    for (const name of ["normal", "truncatedNormal"] as const) {
      expect(draw(name, state, 0, 1, 100_000)).toEqual(drawReference(name, state, 0, 1, 100_000));
    }
  });

  it("distributions have the same numbers in double precision", () => {
    for (const [name, a, b] of cases) {
      const out = new Float64Array(101);
      reference[name](Int32Array.from(state), a, b, out);
      expect(Array.from(out)).toEqual(Array.from(drawReference(name, state, a, b, 101)));
    }
  });

  const count = 100_000;

  it("uniform is flat, and never reaches its upper end", () => {
    const values = draw("uniform", state, 0, 1, count);
    const bins = new Array<number>(20).fill(0);
    for (const value of values) bins[Math.floor(value * 20)]++;
    const chiSquare = bins.reduce((sum, n) => sum + (n - count / 20) ** 2 / (count / 20), 0);
    expect(chiSquare).toBeLessThan(43.8); // 19 degrees of freedom, p = 0.001
    for (const [min, max] of [
      [0, 1],
      [-2, 3],
      [1, 1 + 2 ** -23],
      [-(2 ** -20), 0],
      [100, 101],
      [-5, -4],
    ]) {
      const drawn = draw("uniform", state, min, max, 50_000);
      expect(drawn.every((value) => value >= min && value < max)).toBe(true);
    }
    expect(new Set(draw("uniform", state, 1, 1, 9))).toEqual(new Set([1]));
  });

  it("bernoulliMask keeps the stated fraction", () => {
    const mask = draw("bernoulliMask", state, 0.8, 1.25, count);
    expect(new Set(mask)).toEqual(new Set([0, 1.25]));
    const share = mask.filter((value) => value > 0).length / count;
    expect(Math.abs(share - 0.8)).toBeLessThan(5 * Math.sqrt(0.16 / count));
    expect(new Set(draw("bernoulliMask", state, 1, 1, 1000))).toEqual(new Set([1]));
    expect(new Set(draw("bernoulliMask", state, 0, 1, 1000))).toEqual(new Set([0]));
  });

  it("normal has its mean, variance and tails", () => {
    const values = draw("normal", state, 2, 3, count);
    const { mean, variance } = moments(values);
    expect(Math.abs(mean - 2)).toBeLessThan((5 * 3) / Math.sqrt(count));
    expect(Math.abs(variance / 9 - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
    const beyondTwo = values.filter((value) => Math.abs(value - 2) > 6).length / count;
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(5 * Math.sqrt(0.0455 / count));
  });

  it("truncatedNormal stays within two deviations", () => {
    const values = draw("truncatedNormal", state, 0, 1, count);
    const { mean, variance } = moments(values);
    expect(values.every((value) => Math.abs(value) <= 2)).toBe(true);
    expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(0.774 / count));
    expect(Math.abs(variance - 0.7737)).toBeLessThan(0.015);
  });
});
