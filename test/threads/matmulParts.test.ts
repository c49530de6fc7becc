import { describe, expect, it, test } from "vitest";
import { matmulParts } from "../../src/threads/matmulParts.ts";
import { matmul, matmulWorkspaceBytes, partOfProduct, wholeProduct } from "../../src/wasm/matmul/matmulKernel.ts";
import {
  bits,
  floats,
  guard,
  guardBytes,
  links,
  modes,
  padded,
  product,
  randomNumbers,
  transposed,
  transposes,
  words,
} from "../wasm/products.ts";

const rowsAndColumns = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 21];

describe.each(modes)("the bias of a product, relaxed %s", (relaxed) => {
  it("the bias of a product has the bits of an addition after the product", () => {
    for (const transpose of transposes)
      for (const m of [1, 2, 3, 6, 7, 16, 17])
        for (const n of rowsAndColumns)
          for (const k of [0, 1, 5, 257]) {
            const shape = { m, n, k, ...transpose };
            const [a, b, bias] = [randomNumbers(m * k, 1), randomNumbers(k * n, 2), randomNumbers(n, 3)];
            const added = product(a, b, shape, { relaxed }).map((value, index) => value + bias[index % n]);
            expect(bits(product(a, b, shape, { relaxed, bias })), JSON.stringify(shape)).toEqual(bits(added));
          }
  });
});

describe.each(modes)("a rectangle of a product, relaxed %s", (relaxed) => {
  it("a rectangle of a product has the bits that it has in the whole, and does not write around itself", () => {
    const [m, n, k] = [23, 27, 261];
    const [a, b, bias] = [randomNumbers(m * k, 1), randomNumbers(k * n, 2), randomNumbers(n, 3)];
    const [aAt, bAt, biasAt, cAt] = [0, m * k, m * k + k * n, m * k + k * n + n].map(
      (before, index) => padded(before) + (index + 1) * guardBytes,
    );
    const workspace = cAt + padded(m * n) + guardBytes;
    for (const transpose of transposes) {
      const shape = { m, n, k, ...transpose };
      const expected = product(a, b, shape, { relaxed, bias });
      const end = workspace + matmulWorkspaceBytes(shape);
      for (const height of [1, 2, 5, 16, 17])
        for (const width of [...rowsAndColumns, 26]) {
          const [row, column] = [height % 3, width % 2];
          words.fill(guard, 0, (end + guardBytes) / 4);
          floats.set(transpose.transposeA ? transposed(a, m, k) : a, aAt / 4);
          floats.set(transpose.transposeB ? transposed(b, k, n) : b, bAt / 4);
          floats.set(bias, biasAt / 4);
          const whole = wholeProduct(shape, aAt, bAt, cAt, biasAt);
          matmul(links.get(relaxed)!, partOfProduct(whole, row, column, height, width), workspace);
          const inside = (i: number, j: number): boolean =>
            i >= row && i < row + height && j >= column && j < column + width;
          const wanted = bits(expected).map((word, index) => (inside(Math.floor(index / n), index % n) ? word : guard));
          const actual = words.slice(cAt / 4, cAt / 4 + m * n);
          expect(actual, JSON.stringify({ ...transpose, height, width })).toEqual(wanted);
          expect(words.subarray(end / 4, (end + guardBytes) / 4).every((word) => word === guard)).toBe(true);
        }
    }
  });
});

test("a product that packs nothing is cut by rows, and each of its elements is in one part", () => {
  for (const [m, n, k] of [
    [50, 300, 784],
    [784, 302, 50],
    [3, 5000, 300],
  ]) {
    const whole = wholeProduct({ m, n, k, transposeA: false, transposeB: false }, 0, 0, 0);
    const parts = matmulParts(whole, 2, false);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.reduce((sum, part) => sum + part.m * part.n, 0)).toBe(m * n);
    if (m > 3) expect(parts.every((part) => part.n === n)).toBe(true);
  }
});
