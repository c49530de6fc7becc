import { describe, expect, it } from "vitest";
import { layerNormGradient, layerNorm as layerNormKernel } from "../../../src/wasm/rows/layerNormKernel.ts";
import { Blocks, pseudoRandom, worstError } from "../blocks.ts";

const blocks = new Blocks();
const { forward } = blocks.link(layerNormKernel);
const { gradient, parameters } = blocks.link(layerNormGradient);
const epsilon = Math.fround(1e-3);

/** Values, and the gradients by their definition, in double. */
const expected = (
  x: Float32Array,
  dy: Float32Array,
  gamma: Float32Array,
  beta: Float32Array,
  rows: number,
  columns: number,
): Record<"y" | "dx" | "dGamma" | "dBeta", Float64Array> => {
  const [y, dx] = [new Float64Array(x.length), new Float64Array(x.length)];
  const [dGamma, dBeta] = [new Float64Array(columns), new Float64Array(columns)];
  for (let row = 0; row < rows; row++) {
    const at = (array: Float32Array): number[] => Array.from(array.subarray(row * columns, (row + 1) * columns));
    const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / columns;
    const values = at(x);
    const mean = average(values);
    const r = 1 / Math.sqrt(average(values.map((value) => (value - mean) ** 2)) + epsilon);
    const normalized = values.map((value) => (value - mean) * r);
    const g = at(dy).map((value, column) => value * gamma[column]);
    const along = average(g.map((value, column) => value * normalized[column]));
    for (let column = 0; column < columns; column++) {
      const index = row * columns + column;
      y[index] = normalized[column] * gamma[column] + beta[column];
      dx[index] = r * (g[column] - average(g) - normalized[column] * along);
      dGamma[column] += dy[index] * normalized[column];
      dBeta[column] += dy[index];
    }
  }
  return { y, dx, dGamma, dBeta };
};

const run = (
  x: Float32Array,
  dy: Float32Array,
  gamma: Float32Array,
  beta: Float32Array,
  rows: number,
  columns: number,
): Record<"y" | "dx" | "dGamma" | "dBeta", Float32Array> => {
  blocks.reset();
  const inputs = [x, dy, gamma, beta, [epsilon]].map((values) => blocks.floats(values));
  const [xAt, dyAt, gammaAt, betaAt, epsilonAt] = inputs;
  const [y, dx] = [blocks.bytes(4 * x.length), blocks.bytes(4 * x.length)];
  const [dGamma, dBeta] = [blocks.bytes(4 * columns), blocks.bytes(4 * columns)];
  const kept = blocks.bytes(16 * rows);
  forward(xAt, gammaAt, betaAt, epsilonAt, y, rows, columns);
  gradient(dyAt, xAt, gammaAt, epsilonAt, dx, kept, rows, columns);
  parameters(dyAt, xAt, kept, dGamma, dBeta, rows, columns, columns);
  blocks.checkGuards();
  return {
    y: blocks.readFloats(y, x.length),
    dx: blocks.readFloats(dx, x.length),
    dGamma: blocks.readFloats(dGamma, columns),
    dBeta: blocks.readFloats(dBeta, columns),
  };
};

describe("the kernels of layer normalization", () => {
  it("the kernels of layer normalization agree with its definition, and write nothing else", () => {
    for (const columns of [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 33]) {
      for (const rows of [0, 1, 2, 3, 9]) {
        const size = rows * columns;
        const inputs = [pseudoRandom(size, 3), pseudoRandom(size, 1, 2), pseudoRandom(columns, 2, 3)] as const;
        const beta = pseudoRandom(columns, 1, 4);
        const results = run(...inputs, beta, rows, columns);
        const wanted = expected(...inputs, beta, rows, columns);
        for (const name of ["y", "dx", "dGamma", "dBeta"] as const) {
          expect(worstError(results[name], wanted[name]), `${name} of ${rows}x${columns}`).toBeLessThan(1e-6);
        }
      }
    }
  });

  it("the kernels of layer normalization lose no digit where rows lie far from zero", () => {
    const [rows, columns] = [3, 101];
    for (const offset of [1e4, -3e5]) {
      const x = pseudoRandom(rows * columns, 1).map((value) => offset + value);
      const inputs = [x, pseudoRandom(rows * columns, 1, 2), pseudoRandom(columns, 2, 3)] as const;
      const beta = pseudoRandom(columns, 1, 4);
      const results = run(...inputs, beta, rows, columns);
      const wanted = expected(...inputs, beta, rows, columns);
      for (const name of ["y", "dx", "dGamma"] as const) {
        expect(worstError(results[name], wanted[name]), `${name} around ${offset}`).toBeLessThan(1e-6);
      }
    }
  });
});
