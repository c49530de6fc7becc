import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { permutationInPieces, randomPermutation } from "../../../src/ops/random/permutation.ts";
import { Random } from "../../../src/tensor/random.ts";
import type { Tensor } from "../../../src/tensor/tensor.ts";

const order = (size: number, seed: number): number[] => [...randomPermutation(size, { seed }).data];

describe("randomPermutation", () => {
  it("randomPermutation has every number once", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.maxSafeNat(), (size, seed) => {
        const order = randomPermutation(size, { seed });
        expect([order.dtype, order.shape]).toEqual(["int32", [size]]);
        expect([...order.data].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, index) => index));
      }),
    );
  });

  it("randomPermutation returns the same order for a seed, everywhere and always", () => {
    expect(order(10, 42)).toEqual(order(10, 42));
    expect(order(10, 42)).not.toEqual(order(10, 43));
    // Written down: if it changed, saved runs would go on in another order.
    expect(order(10, 42)).toMatchInlineSnapshot(`
      [
        1,
        9,
        0,
        6,
        4,
        2,
        7,
        5,
        3,
        8,
      ]
    `);
  });

  it("randomPermutation in pieces of a few milliseconds has the same order", () => {
    for (const size of [0, 1, 2, 8192, 8193, 20_000]) {
      const pieces = permutationInPieces(size, { seed: 3 });
      let [count, result] = [0, pieces.next()];
      for (; !result.done; result = pieces.next()) count++;
      expect(count).toBe(size < 2 ? 0 : Math.ceil((size - 1) / 8192));
      expect([...(result.value as Tensor).data]).toEqual(order(size, 3));
    }
  });

  it("randomPermutation takes one block of the stream for each number, however many words it rejects", () => {
    const random = new Random(7);
    randomPermutation(1000, { random });
    expect(random.state.counter).toBe(1000);
    expect([...randomPermutation(1000, { random }).data]).not.toEqual(order(1000, 7));
  });

  it("randomPermutation returns every order of four equally often", () => {
    const random = new Random(1);
    const counts = new Map<string, number>();
    const draws = 24_000;
    for (let draw = 0; draw < draws; draw++) {
      const key = randomPermutation(4, { random }).data.join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    let chiSquare = 0;
    for (const count of counts.values()) chiSquare += (count - draws / 24) ** 2 / (draws / 24);
    // 23 degrees of freedom: 49.7 is exceeded once in 1000 seeds.
    expect(chiSquare).toBeLessThan(49.7);
  });

  it("randomPermutation throws for a size that is not a whole number from 0", () => {
    for (const size of [-1, 1.5, Number.NaN, 2 ** 31]) {
      expect(() => randomPermutation(size)).toThrow(
        `randomPermutation: the size must be a whole number from 0 to 2^31 - 1, got ${size}.`,
      );
    }
  });
});
