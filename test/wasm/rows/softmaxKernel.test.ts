import { describe, expect, it } from "vitest";
import {
  crossEntropy,
  logSoftmax as logSoftmaxKernel,
  logSumExp as logSumExpKernel,
  softmax,
} from "../../../src/wasm/rows/softmaxKernel.ts";
import { Blocks, pseudoRandom, worstError } from "../blocks.ts";

const blocks = new Blocks();
const kernels = {
  ...blocks.link(softmax),
  ...blocks.link(logSoftmaxKernel),
  ...blocks.link(logSumExpKernel),
  ...blocks.link(crossEntropy),
};

type Name = "softmax" | "logSoftmax" | "logSumExp";

/** The maximum m of a row, and log Σ e^(x - m). */
const parts = (row: readonly number[]): { largest: number; logSum: number } => {
  const largest = Math.max(...row);
  if (!Number.isFinite(largest)) return { largest, logSum: 0 };
  const others = [...row];
  others.splice(row.indexOf(largest), 1);
  return { largest, logSum: Math.log1p(others.reduce((sum, x) => sum + Math.exp(x - largest), 0)) };
};

const logSumExp = (row: readonly number[]): number => {
  const { largest, logSum } = parts(row);
  return largest + logSum;
};

const logSoftmax = (row: readonly number[]): number[] => {
  const { largest, logSum } = parts(row);
  return row.map((x) => x - largest - logSum);
};

const plain: Record<Name, (row: readonly number[]) => number[]> = {
  softmax: (row) => logSoftmax(row).map(Math.exp),
  logSoftmax,
  logSumExp: (row) => [logSumExp(row)],
};

const rowsOf = (x: Float32Array, rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, (_, row) => Array.from(x.subarray(row * columns, (row + 1) * columns)));

const run = (name: Name, x: ArrayLike<number>, rows: number, columns: number): Float32Array => {
  blocks.reset();
  const size = name === "logSumExp" ? rows : rows * columns;
  const out = blocks.bytes(4 * size);
  kernels[name](blocks.floats(x), out, rows, columns);
  blocks.checkGuards();
  return blocks.readFloats(out, size);
};

const losses = (logits: ArrayLike<number>, labels: readonly number[], columns: number): Float32Array => {
  blocks.reset();
  const out = blocks.bytes(4 * labels.length);
  kernels.crossEntropy(blocks.floats(logits), blocks.ints(labels), out, labels.length, columns);
  blocks.checkGuards();
  return blocks.readFloats(out, labels.length);
};

const gradients = (
  logits: ArrayLike<number>,
  labels: readonly number[],
  dLosses: ArrayLike<number>,
  columns: number,
): Float32Array => {
  blocks.reset();
  const out = blocks.bytes(4 * labels.length * columns);
  const addresses = [blocks.floats(logits), blocks.ints(labels), blocks.floats(dLosses)];
  kernels.crossEntropyGradient(addresses[0], addresses[1], addresses[2], out, labels.length, columns);
  blocks.checkGuards();
  return blocks.readFloats(out, labels.length * columns);
};

const widths = [1, 2, 3, 4, 5, 7, 8, 9, 10, 16, 17, 100];
const heights = [0, 1, 3, 4, 5, 17];
const names = Object.keys(plain) as Name[];
const { NaN: nan, POSITIVE_INFINITY: infinity, NEGATIVE_INFINITY: minusInfinity } = Number;

describe("functions of rows", () => {
  for (const name of names) {
    it(`${name} agrees with plain loops at every size`, () => {
      for (const columns of widths) {
        for (const rows of heights) {
          for (const scale of [0.1, 5, 80]) {
            const x = pseudoRandom(rows * columns, scale, columns);
            const expected = rowsOf(x, rows, columns).flatMap(plain[name]);
            expect(worstError(run(name, x, rows, columns), expected), `${rows}x${columns}`).toBeLessThan(4e-7);
          }
        }
      }
    });

    it(`${name} is stable at 1000, around infinities and with NaN`, () => {
      for (const row of [
        [1000, 999, -1000, 0, 1000],
        [-1000, -1001, -1002, -1000.5, -1003],
        [minusInfinity, 1, 2, minusInfinity, 3],
        [minusInfinity, minusInfinity, minusInfinity, minusInfinity, 3],
        [minusInfinity, minusInfinity, minusInfinity, minusInfinity, minusInfinity],
        [1, nan, 2, 3, 4],
        [1, 2, 3, 4, nan],
        [nan, minusInfinity, minusInfinity, minusInfinity, minusInfinity],
        [nan, nan, nan, nan, nan],
        [3e38, -3e38, 0, 1, 3e38],
      ]) {
        const x = Float32Array.from([1, 2, 3, 4, 5, ...row, 1, 2, 3, 4, 5]);
        const expected = rowsOf(x, 3, 5).flatMap(plain[name]).map(Math.fround);
        expect(worstError(run(name, x, 3, 5), expected), `${row}`).toBeLessThan(4e-7);
      }
    });
  }

  it("softmax has sums of 1, with long rows too, and may replace its input", () => {
    const columns = 30_001;
    const x = pseudoRandom(columns, 2);
    const y = run("softmax", x, 1, columns);
    expect(Math.abs(y.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-6);
    const expected = plain.softmax(Array.from(x));
    const relative = Math.max(...expected.map((value, index) => Math.abs(y[index] / value - 1)));
    expect(relative).toBeLessThan(5e-7);
    blocks.reset();
    const address = blocks.floats(x.subarray(0, 30));
    kernels.softmax(address, address, 3, 10);
    expect(blocks.readFloats(address, 30)).toEqual(run("softmax", x.subarray(0, 30), 3, 10));
  });

  it("logSumExp of a row with Infinity is Infinity, and softmax is NaN", () => {
    expect(run("softmax", [1, infinity, 2], 1, 3).every(Number.isNaN)).toBe(true);
    expect(Array.from(run("logSumExp", [1, infinity, 2], 1, 3))).toEqual([infinity]);
  });

  it("functions of rows give a row the same bits beside any others", () => {
    const x = pseudoRandom(50 * 10, 8);
    const all = run("softmax", x, 50, 10);
    for (let row = 0; row < 50; row++) {
      expect(run("softmax", x.subarray(row * 10, row * 10 + 10), 1, 10)).toEqual(all.subarray(row * 10, row * 10 + 10));
    }
  });
});

describe("softmax cross-entropy", () => {
  it("softmax cross-entropy agrees with plain loops, and so does its gradient", () => {
    for (const columns of widths) {
      for (const rows of heights) {
        for (const scale of [0.1, 5, 1000]) {
          const x = pseudoRandom(rows * columns, scale, columns);
          const labels = Array.from({ length: rows }, (_, row) => (row * 7 + 3) % columns);
          const dLosses = pseudoRandom(rows, 2, 5);
          const expected = rowsOf(x, rows, columns).map((row, i) => logSumExp(row) - row[labels[i]]);
          expect(worstError(losses(x, labels, columns), expected), `${rows}x${columns}`).toBeLessThan(4e-7);
          const expectedGradients = rowsOf(x, rows, columns).flatMap((row, i) =>
            plain.softmax(row).map((p, column) => (p - Number(column === labels[i])) * dLosses[i]),
          );
          const error = worstError(gradients(x, labels, dLosses, columns), expectedGradients);
          expect(error, `gradient of ${rows}x${columns}`).toBeLessThan(1e-6);
        }
      }
    }
  });

  it("softmax cross-entropy keeps the digits of a small loss", () => {
    for (const lead of [5, 10, 15, 20]) {
      const [loss] = losses([lead, 0, 0.5], [0], 3);
      const exact = Math.log1p(Math.exp(-lead) + Math.exp(0.5 - lead));
      expect(Math.abs(loss / exact - 1)).toBeLessThan(5e-7);
    }
  });

  it("softmax cross-entropy is infinite for a label with probability 0, and NaN for a row with NaN", () => {
    expect(Array.from(losses([0, minusInfinity, 1, 0, nan, 1], [1, 0], 3))).toEqual([infinity, nan]);
    expect(Array.from(gradients([0, minusInfinity, 0], [1], [1], 3))).toEqual([0.5, -1, 0.5]);
    expect(gradients([0, nan, 0], [0], [1], 3).every(Number.isNaN)).toBe(true);
  });
});
