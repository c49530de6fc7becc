import { describe, expect, it } from "vitest";
import { type MatmulShape, matmulWorkspaceBytes } from "../../../src/wasm/matmul/matmulKernel.ts";
import {
  matmulByLists,
  mostListBytes,
  multiply,
  productWorkspaceBytes,
  skipsZeros,
} from "../../../src/wasm/matmul/matmulZeros.ts";
import { bits, type Method, modes, product, randomNumbers } from "../products.ts";

const densities = [0, 0.001, 0.05, 0.2, 0.5, 1];

/** Random numbers: a share of them is not zero, and every third zero is −0. */
const sparse = (count: number, density: number, seed: number): Float32Array => {
  const chances = randomNumbers(count, seed + 100);
  return randomNumbers(count, seed).map((value, index) =>
    chances[index] + 0.5 < density ? value : index % 3 === 0 ? -0 : 0,
  );
};

interface Operands {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly bias?: Float32Array;
}

const byLists = (shape: MatmulShape, { a, b, bias }: Operands, relaxed: boolean): Uint32Array =>
  bits(product(a, b, shape, { relaxed, bias, method: matmulByLists, workspaceBytes: mostListBytes }));

const dense = (shape: MatmulShape, { a, b, bias }: Operands, relaxed: boolean): Uint32Array =>
  bits(product(a, b, shape, { relaxed, bias }));

/** Runs `multiply` and reports whether it skipped zeros. */
const decided = (shape: MatmulShape, { a, b, bias }: Operands, relaxed: boolean) => {
  let skips = false;
  const method: Method = (link, problem, workspace) => {
    skips = skipsZeros(link, problem, workspace);
    multiply(link, problem, workspace);
  };
  const c = bits(product(a, b, shape, { relaxed, bias, method, workspaceBytes: productWorkspaceBytes(shape) }));
  return { skips, c };
};

const stored = [false, true].map((transposeA) => ({ transposeA, transposeB: false }));

/** Compares bits in a loop: `toEqual` takes a thousand times as long. */
const expectBits = (actual: Uint32Array, expected: Uint32Array, message: string): void => {
  expect(actual.length, message).toBe(expected.length);
  const at = actual.findIndex((word, index) => word !== expected[index]);
  if (at >= 0) expect(actual[at], `${message}, element ${at}`).toBe(expected[at]);
};

const expectSame = (shape: MatmulShape, operands: Operands, relaxed: boolean): void =>
  expectBits(byLists(shape, operands, relaxed), dense(shape, operands, relaxed), JSON.stringify(shape));

describe.each(modes)("matmulByLists, relaxed %s", (relaxed) => {
  it.each(densities)(
    "matmulByLists has the bits of the dense product at every edge of tiles: density %d",
    (density) => {
      for (const transpose of stored)
        for (const m of [1, 3, 4, 5, 17])
          for (const n of [1, 2, 3, 4, 5, 7, 8, 16, 17, 48, 51, 52, 53, 56, 107, 212])
            for (const k of [1, 3, 4, 5, 17]) {
              const operands = { a: sparse(m * k, density, 1), b: randomNumbers(k * n, 2), bias: randomNumbers(n, 3) };
              expectSame({ m, n, k, ...transpose }, operands, relaxed);
            }
    },
  );

  it.each(densities)(
    "matmulByLists has the bits of the dense product around the blocks of k: density %d",
    (density) => {
      for (const transpose of stored)
        for (const k of [255, 256, 257, 511, 512, 513, 769]) {
          const [m, n] = [6, 60];
          const a = sparse(m * k, density, 1);
          const b = randomNumbers(k * n, 2);
          expectSame({ m, n, k, ...transpose }, { a, b }, relaxed);
          expectSame({ m, n, k, ...transpose }, { a, b, bias: randomNumbers(n, 3) }, relaxed);
        }
    },
  );

  it("matmulByLists has the bits of the dense product with more rows than its workspace holds lists of", () => {
    for (const transpose of stored)
      for (const [m, k] of [
        [125, 256],
        [126, 256],
        [127, 256],
        [300, 257],
        [3000, 20],
      ])
        for (const density of [0.05, 1]) {
          const operands = { a: sparse(m * k, density, 1), b: randomNumbers(k * 20, 2), bias: randomNumbers(20, 3) };
          expectSame({ m, n: 20, k, ...transpose }, operands, relaxed);
        }
  });

  it("matmulByLists has the bits of the dense product with empty rows and columns of A", () => {
    const [m, n, k] = [9, 60, 300];
    const a = sparse(m * k, 0.3, 1).map((value, index) =>
      [0, 4, 8].includes(Math.floor(index / k)) || index % k < 200 || index % 7 === 0 ? 0 : value,
    );
    for (const transpose of stored)
      expectSame({ m, n, k, ...transpose }, { a, b: randomNumbers(k * n, 2), bias: randomNumbers(n, 3) }, relaxed);
  });

  it("matmulByLists has the bits of the dense product where A has NaN and infinities", () => {
    const [m, n, k] = [9, 61, 300];
    for (const special of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      for (const at of [0, 3 * k + 299, 8 * k + 150]) {
        const a = sparse(m * k, 0.1, 1);
        a[at] = special;
        const b = randomNumbers(k * n, 2);
        b[150 * n + 7] = 0;
        for (const transpose of stored) expectSame({ m, n, k, ...transpose }, { a, b }, relaxed);
      }
  });

  it("matmulByLists has the bits of the dense product where sums become −0, overflow or underflow", () => {
    const [m, n, k] = [9, 61, 300];
    // Products of such numbers round to −0, which a zero of A turns into +0 in the dense product, or does not.
    for (const scale of [1e-22, 1e-23, 1e-30, 1e25])
      for (const density of [0.003, 0.02, 0.2])
        for (const seed of [1, 2, 3]) {
          const a = sparse(m * k, density, seed).map((value) => value * scale);
          const b = randomNumbers(k * n, seed + 10).map((value, index) => (index % 5 === 0 ? -0 : value * scale));
          const bias = randomNumbers(n, 3).map((_, index) => (index % 2 === 0 ? -0 : 0));
          for (const transpose of stored) {
            expectSame({ m, n, k, ...transpose }, { a, b }, relaxed);
            expectSame({ m, n, k, ...transpose }, { a, b, bias }, relaxed);
          }
        }
  });
});

describe.each(modes)("multiply, relaxed %s", (relaxed) => {
  const shapes: readonly MatmulShape[] = stored.flatMap((transpose) => [
    { m: 50, n: 300, k: 784, ...transpose },
    { m: 784, n: 302, k: 50, ...transpose },
    { m: 8, n: 100, k: 5000, ...transpose },
  ]);

  it.each(densities)("multiply has the bits of the dense product: density %d", (density) => {
    for (const shape of shapes) {
      const { m, n, k } = shape;
      const operands = { a: sparse(m * k, density, 1), b: randomNumbers(k * n, 2), bias: randomNumbers(n, 3) };
      const { skips, c } = decided(shape, operands, relaxed);
      expect(skips, JSON.stringify(shape)).toBe(density <= 0.2);
      expectBits(c, dense(shape, operands, relaxed), JSON.stringify(shape));
    }
  });

  it("multiply lets a number of B that is not finite come through, wherever it is", () => {
    for (const shape of shapes) {
      const { m, n, k } = shape;
      for (const special of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
        for (const at of [0, n - 1, 17 * n + 5, k * n - 1]) {
          const b = randomNumbers(k * n, 2);
          b[at] = special;
          const operands = { a: sparse(m * k, 0.05, 1), b };
          const { c } = decided(shape, operands, relaxed);
          const expected = dense(shape, operands, relaxed);
          expect(new Float32Array(expected.buffer).some(Number.isNaN)).toBe(true);
          expectBits(c, expected, JSON.stringify({ ...shape, special, at }));
        }
    }
  });

  it("multiply has the bits of the dense product where B is stored transposed or a size is zero", () => {
    for (const shape of [
      { m: 50, n: 300, k: 784, transposeA: false, transposeB: true },
      { m: 0, n: 300, k: 784, transposeA: false, transposeB: false },
      { m: 50, n: 0, k: 784, transposeA: true, transposeB: false },
      { m: 50, n: 300, k: 0, transposeA: false, transposeB: false },
      { m: 1, n: 300, k: 784, transposeA: true, transposeB: false },
    ]) {
      const operands = { a: sparse(shape.m * shape.k, 0.1, 1), b: randomNumbers(shape.k * shape.n, 2) };
      expectBits(decided(shape, operands, relaxed).c, dense(shape, operands, relaxed), JSON.stringify(shape));
    }
  });
});

it("multiply asks no kernel about a small product, and needs no more workspace for it", () => {
  const shape = { m: 32, n: 16, k: 16, transposeA: false, transposeB: false };
  const small: Method = (_, problem, workspace) => {
    const refuse = (): never => {
      throw new Error("a kernel was asked");
    };
    expect(skipsZeros(refuse, problem, workspace)).toBe(false);
  };
  product(new Float32Array(512), new Float32Array(256), shape, { method: small });
  expect(productWorkspaceBytes(shape)).toBe(matmulWorkspaceBytes(shape));
});
