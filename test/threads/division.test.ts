import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byElements, byRows, divide } from "../../src/wasm/assembler/division.ts";

const flat = byElements([4, 0, 1], 100);
const rows = byRows(2, (columns) => [4 * columns, 4], 100);

describe("division of a call", () => {
  test("a call is divided from twice the smallest piece on", () => {
    expect(divide(flat, [0, 0, 0, 199], 2)).toBeUndefined();
    expect(divide(flat, [0, 0, 0, 200], 2)).toEqual([
      [0, 0, 0, 128],
      [512, 0, 128, 72],
    ]);
    expect(divide(rows, [0, 0, 19, 10], 2)).toBeUndefined();
    expect(divide(rows, [16, 32, 20, 10], 2)).toEqual([
      [16, 32, 10, 10],
      [416, 72, 10, 10],
    ]);
  });

  test("a call is not divided if it has one unit, or no work", () => {
    expect(divide(rows, [0, 0, 1, 100_000], 4)).toBeUndefined();
    expect(divide(rows, [0, 0, 100_000, 0], 4)).toBeUndefined();
    expect(divide(flat, [0, 0, 0, 0], 4)).toBeUndefined();
  });

  test("few units are divided into pieces that differ by one unit at most", () => {
    const lengths = (units: number): number[] | undefined =>
      divide(rows, [0, 0, units, 1000], 2)?.map(([, , length]) => length);
    expect(lengths(21)).toEqual([5, 5, 5, 6]);
    expect(lengths(10)).toEqual([2, 3, 2, 3]);
    expect(lengths(3)).toEqual([1, 1, 1]);
  });

  test("a call is divided into pieces of whole vectors that together are the whole", () => {
    const count = fc.integer({ min: 0, max: 100_000 });
    fc.assert(
      fc.property(count, fc.integer({ min: 2, max: 64 }), fc.integer({ min: 1, max: 999 }), (units, threads, least) => {
        const division = byElements([4, 0, 1], least);
        const calls = divide(division, [1600, 48, 320, units], threads) ?? [[1600, 48, 320, units]];
        let next = 0;
        for (const [index, [a, scalar, out, length]] of calls.entries()) {
          expect([a, scalar, out]).toEqual([1600 + 4 * next, 48, 320 + next]);
          if (index < calls.length - 1) expect(length % 64).toBe(0);
          expect(length).toBeGreaterThan(units === 0 ? -1 : 0);
          next += length;
        }
        expect(next).toBe(units);
        expect(calls.length).toBeLessThanOrEqual(2 * threads);
      }),
    );
  });
});
