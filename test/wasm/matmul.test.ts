import { setFlagsFromString } from "node:v8";
import { describe, expect, it } from "vitest";
import { hasRelaxedSimd } from "../../src/wasm/features.ts";
import { instantiate, type Kernel, type KernelFunctions } from "../../src/wasm/kernel.ts";
import { type LinkKernel, type MatmulShape, matmul, matmulWorkspaceBytes } from "../../src/wasm/matmul.ts";
import type { MatmulTile } from "../../src/wasm/matmulTile.ts";
import { measurePeak, peak } from "../../src/wasm/peak.ts";

// Node 20 has relaxed SIMD behind a flag; newer engines have it without and would warn about the flag.
if (!hasRelaxedSimd()) setFlagsFromString("--experimental-wasm-relaxed-simd");
const modes = hasRelaxedSimd() ? [false, true] : [false];

const pageBytes = 65536;
const memory = new WebAssembly.Memory({ initial: 160 });
const floats = new Float32Array(memory.buffer);
const words = new Uint32Array(memory.buffer);

const linkIn = (target: WebAssembly.Memory, relaxed: boolean): LinkKernel => {
  const linked = new Map<string, KernelFunctions<string>>();
  return <Name extends string>(kernel: Kernel<Name>) => {
    const found = linked.get(kernel.name) ?? instantiate(kernel, target, { relaxed });
    linked.set(kernel.name, found);
    return found as KernelFunctions<Name>;
  };
};
const links = new Map(modes.map((relaxed) => [relaxed, linkIn(memory, relaxed)]));

const tiles: readonly (MatmulTile | undefined)[] = [
  undefined,
  { rows: 4, unroll: 1 },
  { rows: 5, unroll: 1 },
  { rows: 6, unroll: 1 },
  { rows: 5, unroll: 4 },
  { rows: 6, unroll: 4 },
];
const transposes = [false, true].flatMap((transposeA) =>
  [false, true].map((transposeB) => ({ transposeA, transposeB })),
);

/** Numbers in [-0.5, 0.5), the same ones in every run. */
const randomNumbers = (count: number, seed: number): Float32Array => {
  const out = new Float32Array(count);
  let state = seed;
  for (let index = 0; index < count; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[index] = state / 4294967296 - 0.5;
  }
  return out;
};

const transposed = (values: Float32Array, rows: number, columns: number): Float32Array => {
  const out = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = values[i * columns + j];
  return out;
};

const padded = (count: number): number => Math.ceil(count / 4) * 16;
/** Stands around and behind everything: a NaN, so that whatever is read without right shows. */
const guard = 0x7fc01234;
const guardBytes = 64;

interface Run {
  readonly relaxed?: boolean;
  readonly tile?: MatmulTile;
}

/** The product of a [m, k] and b [k, n] (stored as the shape says) in a memory that is full of guards. */
const product = (a: Float32Array, b: Float32Array, shape: MatmulShape, { relaxed = false, tile }: Run = {}) => {
  const { m, n, k, transposeA, transposeB } = shape;
  const aAt = guardBytes;
  const bAt = aAt + padded(m * k) + guardBytes;
  const cAt = bAt + padded(k * n) + guardBytes;
  const workspace = cAt + padded(m * n) + guardBytes;
  const end = workspace + matmulWorkspaceBytes(shape);
  words.fill(guard, 0, (end + guardBytes) / 4);
  floats.set(transposeA ? transposed(a, m, k) : a, aAt / 4);
  floats.set(transposeB ? transposed(b, k, n) : b, bAt / 4);
  matmul(links.get(relaxed)!, { ...shape, a: aAt, b: bAt, c: cAt }, workspace, tile);
  const untouched = [
    [cAt - guardBytes, cAt],
    [cAt + m * n * 4, workspace],
    [end, end + guardBytes],
  ];
  for (const [from, to] of untouched)
    if (words.subarray(from / 4, to / 4).some((word) => word !== guard))
      throw new Error(`wrote outside C or the workspace: ${JSON.stringify({ ...shape, relaxed, tile })}`);
  return floats.slice(cAt / 4, cAt / 4 + m * n);
};

const bits = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer, values.byteOffset, values.length);

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

  it("agrees with a float64 triple loop at every edge of tiles and panels", () => {
    for (const transpose of transposes)
      for (const m of small)
        for (const n of small) for (const k of [0, 1, 3, 4, 5, 17]) check({ m, n, k, ...transpose }, { relaxed });
  });

  it.each(tiles.slice(1))("agrees with other tiles: %o", (tile) => {
    for (const transpose of transposes)
      for (const m of [3, 4, 5, 6, 7, 8, 11, 13])
        for (const n of [3, 8, 9, 13]) for (const k of [1, 4, 7]) check({ m, n, k, ...transpose }, { relaxed, tile });
  });

  it("agrees below, at and above the blocks of k and of columns", () => {
    for (const transpose of transposes) {
      for (const k of [255, 256, 257, 512, 513])
        for (const m of [1, 2, 3, 7]) for (const n of [1, 3, 9]) check({ m, n, k, ...transpose }, { relaxed });
      for (const n of [1023, 1024, 1025, 2051]) check({ m: 3, n, k: 5, ...transpose }, { relaxed });
    }
  });

  it("agrees where the rows of a transposed A are gathered", () => {
    for (const m of [128, 256]) check({ m, n: 13, k: 300, transposeA: true, transposeB: false }, { relaxed });
  });

  it("reads nothing beyond the memory, wherever the operands end", () => {
    const own = new WebAssembly.Memory({ initial: 1 });
    const link = linkIn(own, relaxed);
    for (const transpose of transposes)
      for (const m of [1, 2, 3, 7])
        for (const n of [1, 2, 3, 5, 7, 9])
          for (const k of [1, 2, 3, 5, 9])
            for (const last of [0, 1, 2]) {
              const at = [m * k, k * n, m * n].map((count, index) =>
                index === last ? pageBytes - padded(count) : 4096 * (index + 1),
              );
              matmul(link, { a: at[0], b: at[1], c: at[2], m, n, k, ...transpose }, 20480);
            }
  });

  it("gives a row the same bits beside any other rows, in every tile and for every transpose", () => {
    const n = 21;
    const k = 300;
    const a = randomNumbers(50 * k, 3);
    const b = randomNumbers(k * n, 4);
    const whole = bits(product(a, b, { m: 50, n, k, transposeA: false, transposeB: false }, { relaxed })).slice();
    for (const transpose of transposes)
      for (const tile of tiles)
        for (const m of [1, 2, 3, 4, 11, 50]) {
          const first = 50 - m;
          const part = product(a.slice(first * k), b, { m, n, k, ...transpose }, { relaxed, tile });
          expect(bits(part)).toEqual(whole.subarray(first * n));
        }
  });

  it("gives a column the same bits beside any other columns", () => {
    const [m, n, k] = [7, 53, 261];
    const a = randomNumbers(m * k, 5);
    const b = randomNumbers(k * n, 6);
    const whole = product(a, b, { m, n, k, transposeA: false, transposeB: false }, { relaxed });
    for (const transpose of transposes)
      for (const columns of [1, 2, 3, 5, 8, 48]) {
        const kept = Float32Array.from(
          { length: k * columns },
          (_, index) => b[Math.floor(index / columns) * n + (index % columns)],
        );
        const part = product(a, kept, { m, n: columns, k, ...transpose }, { relaxed });
        const same = Float32Array.from(part, (_, index) => whole[Math.floor(index / columns) * n + (index % columns)]);
        expect(bits(part)).toEqual(bits(same));
      }
  });

  it("keeps NaN and infinities to their own rows and columns", () => {
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

  it("has a ceiling that can be measured", () => {
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

  it("has the bits of its definition", () => {
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

  it("has the same bits on every machine", () => {
    const shape = { m: 50, n: 30, k: 784, transposeA: false, transposeB: false };
    const c = product(randomNumbers(50 * 784, 11), randomNumbers(784 * 30, 12), shape);
    expect(bits(c).reduce((hash, word) => Math.imul(hash ^ word, 16777619) >>> 0, 2166136261)).toBe(3452869207);
  });
});
