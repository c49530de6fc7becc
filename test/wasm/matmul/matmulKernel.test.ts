import { describe, expect, it } from "vitest";
import { measurePeak, peak } from "../../../bench/speed/peak.ts";
import { type MatmulShape, matmul, wholeProduct } from "../../../src/wasm/matmul/matmulKernel.ts";
import type { MatmulTile } from "../../../src/wasm/matmul/matmulTile.ts";
import { bits, linkIn, links, modes, padded, product, type Run, randomNumbers, transposes } from "../products.ts";

const pageBytes = 65536;

const tiles: readonly (MatmulTile | undefined)[] = [
  undefined,
  { rows: 4, unroll: 1 },
  { rows: 5, unroll: 1 },
  { rows: 6, unroll: 1 },
  { rows: 5, unroll: 4 },
  { rows: 6, unroll: 4 },
];
/** Compares with a float64 triple loop, within the bound of a float32 sum of k products. */
const check = (shape: MatmulShape, run: Run): void => {
  const { m, n, k } = shape;
  const a = randomNumbers(m * k, 1);
  const b = randomNumbers(k * n, 2);
  const c = product(a, b, shape, run);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      let size = 0;
      for (let p = 0; p < k; p++) {
        const term = a[i * k + p] * b[p * n + j];
        sum += term;
        size += Math.abs(term);
      }
      const bound = (k + 1) * 2 ** -24 * size;
      if (!(Math.abs(c[i * n + j] - sum) <= bound))
        throw new Error(`(${i}, ${j}) of ${JSON.stringify({ ...shape, ...run })}: ${c[i * n + j]}, expected ${sum}`);
    }
};

describe.each(modes)("matmul, relaxed %s", (relaxed) => {
  const small = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 17];

  it("matmul agrees with a float64 triple loop at every edge of tiles and panels", () => {
    for (const transpose of transposes)
      for (const m of small)
        for (const n of small) for (const k of [0, 1, 3, 4, 5, 17]) check({ m, n, k, ...transpose }, { relaxed });
  });

  it.each(tiles.slice(1))("matmul has the same bits with other tiles: %o", (tile) => {
    for (const transpose of transposes)
      for (const m of [3, 4, 5, 6, 7, 8, 11, 13])
        for (const n of [3, 8, 9, 13]) for (const k of [1, 4, 7]) check({ m, n, k, ...transpose }, { relaxed, tile });
  });

  it("matmul agrees below, at and above the blocks of k and of columns", () => {
    for (const transpose of transposes) {
      for (const k of [255, 256, 257, 512, 513])
        for (const m of [1, 2, 3, 7]) for (const n of [1, 3, 9]) check({ m, n, k, ...transpose }, { relaxed });
      for (const n of [1023, 1024, 1025, 2051]) check({ m: 3, n, k: 5, ...transpose }, { relaxed });
    }
  });

  it("matmul agrees below, at and above the numbers of rows and columns where the method changes", () => {
    for (const transpose of transposes)
      for (const m of [2, 15, 16, 17])
        for (const n of [7, 8, 9, 10, 11, 12, 13, 15, 16, 17])
          for (const k of [5, 257]) check({ m, n, k, ...transpose }, { relaxed });
  });

  it("matmul agrees where it gathers the rows of a transposed A", () => {
    for (const m of [128, 256]) check({ m, n: 13, k: 300, transposeA: true, transposeB: false }, { relaxed });
  });

  it("matmul reads nothing beyond the memory, wherever the operands end", () => {
    const own = new WebAssembly.Memory({ initial: 1 });
    const link = linkIn(own, relaxed);
    for (const transpose of transposes)
      for (const m of [1, 2, 3, 7])
        for (const n of [1, 2, 3, 4, 5, 7, 9, 10, 11, 13, 14])
          for (const k of [1, 2, 3, 5, 9])
            for (const last of [0, 1, 2]) {
              const at = [m * k, k * n, m * n].map((count, index) =>
                index === last ? pageBytes - padded(count) : 4096 * (index + 1),
              );
              matmul(link, wholeProduct({ m, n, k, ...transpose }, at[0], at[1], at[2]), 20480);
            }
  });

  it("matmul gives a row the same bits beside any other rows, in every tile and for every transpose", () => {
    const n = 21;
    const k = 300;
    const a = randomNumbers(50 * k, 3);
    const b = randomNumbers(k * n, 4);
    const whole = bits(product(a, b, { m: 50, n, k, transposeA: false, transposeB: false }, { relaxed })).slice();
    for (const transpose of transposes)
      for (const tile of tiles)
        for (const m of [1, 2, 3, 4, 11, 16, 17, 50]) {
          const first = 50 - m;
          const part = product(a.slice(first * k), b, { m, n, k, ...transpose }, { relaxed, tile });
          expect(bits(part)).toEqual(whole.subarray(first * n));
        }
  });

  it("matmul gives a column the same bits beside any other columns", () => {
    const [m, n, k] = [7, 53, 261];
    const a = randomNumbers(m * k, 5);
    const b = randomNumbers(k * n, 6);
    const whole = product(a, b, { m, n, k, transposeA: false, transposeB: false }, { relaxed });
    for (const transpose of transposes)
      for (const columns of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 48]) {
        const columnsOfB = Float32Array.from(
          { length: k * columns },
          (_, index) => b[Math.floor(index / columns) * n + (index % columns)],
        );
        const part = product(a, columnsOfB, { m, n: columns, k, ...transpose }, { relaxed });
        const same = Float32Array.from(part, (_, index) => whole[Math.floor(index / columns) * n + (index % columns)]);
        expect(bits(part)).toEqual(bits(same));
      }
  });

  it("matmul keeps NaN and infinities in their own rows and columns", () => {
    for (const m of [1, 2, 7])
      for (const n of [1, 6, 11])
        for (const k of [5, 260]) {
          const a = randomNumbers(m * k, 7).map((value) => value + 1);
          const b = randomNumbers(k * n, 8).map((value) => value + 1);
          a[(m - 1) * k + 3] = Number.NaN;
          b[4 * n + n - 1] = Number.POSITIVE_INFINITY;
          for (const transpose of transposes) {
            const c = product(a, b, { m, n, k, ...transpose }, { relaxed });
            c.forEach((value, index) => {
              const [row, column] = [Math.floor(index / n), index % n];
              if (row === m - 1) expect(value).toBeNaN();
              else if (column === n - 1) expect(value).toBe(Number.POSITIVE_INFINITY);
              else expect(Number.isFinite(value)).toBe(true);
            });
          }
        }
  });

  it("the peak of matmul can be measured", () => {
    expect(measurePeak(links.get(relaxed)!(peak), 5)).toBeGreaterThan(1e8);
  });
});

describe("matmul without relaxed SIMD", () => {
  /** The definition: blocks of k of nearly equal size, each product rounded, then each sum. */
  const defined = (a: Float32Array, b: Float32Array, m: number, n: number, k: number): Float32Array => {
    const depth = Math.ceil(k / Math.ceil(k / 256) / 4) * 4;
    const c = new Float32Array(m * n);
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++)
        for (let start = 0; start < k; start += depth) {
          let sum = 0;
          for (let p = start; p < Math.min(k, start + depth); p++)
            sum = Math.fround(sum + Math.fround(a[i * k + p] * b[p * n + j]));
          c[i * n + j] = start === 0 ? sum : c[i * n + j] + sum;
        }
    return c;
  };

  it("matmul without relaxed SIMD has the bits of its definition", () => {
    for (const k of [1, 7, 256, 257, 784])
      for (const [m, n] of [
        [1, 19],
        [2, 70],
        [9, 1],
        [13, 22],
      ]) {
        const a = randomNumbers(m * k, 9);
        const b = randomNumbers(k * n, 10);
        for (const transpose of transposes)
          expect(bits(product(a, b, { m, n, k, ...transpose }))).toEqual(bits(defined(a, b, m, n, k)));
      }
  });

  it("matmul without relaxed SIMD has the same bits on every machine", () => {
    const shape = { m: 50, n: 30, k: 784, transposeA: false, transposeB: false };
    const c = product(randomNumbers(50 * 784, 11), randomNumbers(784 * 30, 12), shape);
    expect(bits(c).reduce((hash, word) => Math.imul(hash ^ word, 16777619) >>> 0, 2166136261)).toBe(3452869207);
  });
});
