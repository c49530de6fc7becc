import { describe, expect, it } from "vitest";
import { argMax } from "../../../src/wasm/rows/argMaxKernel.ts";
import { extremes, reduce } from "../../../src/wasm/rows/reduceKernel.ts";
import { Blocks, pseudoRandom, worstError } from "../blocks.ts";

const blocks = new Blocks();
const kernels = { ...blocks.link(reduce), ...blocks.link(extremes), ...blocks.link(argMax) };

type Name = "sum" | "max" | "min" | "argMax";

const plain: Record<Name, (values: readonly number[]) => number> = {
  sum: (values) => values.reduce((a, b) => a + b, 0),
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
  argMax: (values) => {
    const nan = values.findIndex(Number.isNaN);
    return nan >= 0 ? nan : values.indexOf(Math.max(...values));
  },
};

const run = (name: Name, x: Float32Array, outer: number, length: number, inner: number): ArrayLike<number> => {
  blocks.reset();
  const input = blocks.floats(x);
  const output = blocks.bytes(4 * outer * inner);
  kernels[name](input, output, outer, length, inner, inner);
  blocks.checkGuards();
  return name === "argMax" ? blocks.readInts(output, outer * inner) : blocks.readFloats(output, outer * inner);
};

const expected = (name: Name, x: Float32Array, outer: number, length: number, inner: number): Float64Array =>
  Float64Array.from({ length: outer * inner }, (_, i) =>
    plain[name](Array.from({ length }, (_, p) => x[(Math.floor(i / inner) * length + p) * inner + (i % inner)])),
  );

const names = Object.keys(plain) as Name[];
const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 71];
const inners = [1, 2, 3, 4, 5, 7, 8, 9, 10, 15, 16, 17, 19, 35];

describe("reductions of the middle axis", () => {
  for (const name of names) {
    it(`${name} agrees with plain loops at every size`, () => {
      for (const length of lengths) {
        if (length === 0 && !name.startsWith("sum")) continue;
        for (const inner of inners) {
          for (const outer of [0, 1, 3]) {
            const x = pseudoRandom(outer * length * inner, 3, length + 1);
            const error = worstError(run(name, x, outer, length, inner), expected(name, x, outer, length, inner));
            expect(error, `[${outer}, ${length}, ${inner}]`).toBeLessThan(1e-7);
          }
        }
      }
    });

    it(`${name} propagates NaN and infinities from every position`, () => {
      for (const special of [
        [Number.NaN],
        [Number.POSITIVE_INFINITY],
        [Number.NEGATIVE_INFINITY],
        [1e30, Number.NaN],
      ]) {
        for (const [outer, length, inner] of [
          [2, 19, 1],
          [1, 37, 1],
          [1, 11, 6],
          [2, 9, 19],
        ]) {
          for (let at = 0; at + special.length <= length; at++) {
            const x = pseudoRandom(outer * length * inner, 3);
            special.forEach((value, i) => {
              x[(at + i) * inner] = value;
            });
            const error = worstError(run(name, x, outer, length, inner), expected(name, x, outer, length, inner));
            expect(error, `${special} at ${at} of [${outer}, ${length}, ${inner}]`).toBeLessThan(1e-7);
          }
        }
      }
    });
  }

  it("reductions sum a long axis to the last bit, along rows and columns alike", () => {
    const length = 20_000;
    const x = pseudoRandom(length, 1).map((value, i) => value + 1e3 * (i % 3));
    let exact = 0;
    for (const value of x) exact += value;
    const row = run("sum", x, 1, length, 1)[0];
    expect(row).toBe(Math.fround(exact));
    for (const inner of [2, 8, 9]) {
      const columns = Float32Array.from({ length: length * inner }, (_, i) => x[Math.floor(i / inner)]);
      expect(Array.from(run("sum", columns, 1, length, inner))).toEqual(new Array(inner).fill(row));
    }
  });

  it("reductions give an element the same bits beside any others", () => {
    const x = pseudoRandom(43 * 19, 1e4);
    const all = run("sum", x, 1, 43, 19);
    for (let column = 0; column < 19; column++) {
      const alone = Float32Array.from({ length: 43 }, (_, p) => x[p * 19 + column]);
      expect(run("sum", alone, 1, 43, 1)[0]).toBe(all[column]);
    }
  });

  it("argMax takes the first of equal elements, and the first NaN", () => {
    for (const inner of [1, 5]) {
      const spread = (values: readonly number[]): Float32Array =>
        Float32Array.from(values.flatMap((value) => new Array(inner).fill(value)));
      for (const [values, index] of [
        [[1, 3, 3, 2], 1],
        [[0, -0, 0], 0],
        [[-0, 0], 0],
        [[Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], 0],
        [[1, Number.NaN, Number.POSITIVE_INFINITY, Number.NaN], 1],
      ] as const) {
        expect(run("argMax", spread(values), 1, values.length, inner)[0]).toBe(index);
      }
    }
  });
});
