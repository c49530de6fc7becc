import { describe, expect, it } from "vitest";
import * as f32x4 from "../../../src/wasm/assembler/instructions/f32x4.ts";
import { instantiate, type KernelFunctions } from "../../../src/wasm/assembler/kernel.ts";
import {
  type BinaryKernel,
  binaryKernel,
  compareKernel,
  type FlatVariant,
  type RowVariant,
} from "../../../src/wasm/elementwise/binary.ts";
import { naryKernel, unaryKernel, whereKernel } from "../../../src/wasm/elementwise/elementwiseKernel.ts";

const memory = new WebAssembly.Memory({ initial: 1 });
const floats = new Float32Array(memory.buffer);
const bytes = new Uint8Array(memory.buffer);
const options = { relaxed: false };
const guard = -12345;
const sizes = [0, 1, 3, 4, 5, 15, 16, 17, 35];
/** Addresses of four operands, far apart. */
const [A, B, C, D] = [4096, 12288, 20480, 28672];

const fill = (address: number, values: ArrayLike<number>): void => floats.set(values, address / 4);
const read = (address: number, count: number): number[] =>
  Array.from(floats.subarray(address / 4, address / 4 + count));
const ramp = (count: number, scale: number): number[] => Array.from({ length: count }, (_, i) => (i + 1) * scale);
/** Guards around an output: the four floats in front of it and everything behind its padded end. */
const expectGuards = (address: number, end: number): void => {
  expect(read(address - 16, 4)).toEqual([guard, guard, guard, guard]);
  expect(read(address + 4 * end, 8)).toEqual(new Array(8).fill(guard));
};
const padded = (count: number): number => Math.ceil(count / 4) * 4;

const variants = ({ flat, rows }: BinaryKernel): KernelFunctions<FlatVariant | RowVariant> => ({
  ...instantiate(flat, memory, options),
  ...instantiate(rows, memory, options),
});
const sub = variants(binaryKernel("sub", (_f, a, b) => f32x4.sub(a, b)));
const less = variants(compareKernel("less", (_f, a, b) => f32x4.lt(a, b)));

describe("flat kernels", () => {
  const square = instantiate(
    unaryKernel("square", (_f, x) => f32x4.mul(x, x)),
    memory,
    options,
  );
  const sumAndDifference = instantiate(
    naryKernel("sumAndDifference", 2, 2, 1, (_f, [a, b], [scale]) => [
      f32x4.mul(scale, f32x4.add(a, b)),
      f32x4.mul(scale, f32x4.sub(a, b)),
    ]),
    memory,
    options,
  );
  const where = instantiate(whereKernel, memory, options);

  for (const size of sizes) {
    it(`a flat kernel maps ${size} elements, and stays inside the padding`, () => {
      floats.fill(guard);
      fill(A, ramp(size, 0.5));
      square.run(A, C, size);
      expect(read(C, size)).toEqual(ramp(size, 0.5).map((x) => x * x));
      expectGuards(C, padded(size));
    });

    it(`a flat kernel computes two outputs in place of the two inputs at ${size} elements`, () => {
      floats.fill(guard);
      fill(A, ramp(size, 3));
      fill(B, ramp(size, 1));
      fill(D, [2]);
      sumAndDifference.run(A, B, A, B, D, size);
      expect(read(A, size)).toEqual(ramp(size, 8));
      expect(read(B, size)).toEqual(ramp(size, 4));
      expectGuards(A, padded(size));
      expectGuards(B, padded(size));
    });

    it(`a flat kernel selects by bytes at ${size} elements, and keeps NaN and -0`, () => {
      floats.fill(guard);
      fill(A, new Array(size).fill(Number.NaN));
      fill(B, new Array(size).fill(-0));
      for (let i = 0; i < size; i++) bytes[D + i] = i % 3 === 0 ? (i % 2 === 0 ? 1 : 255) : 0;
      where.run(D, A, B, C, size);
      expect(read(C, size)).toEqual(Array.from({ length: size }, (_, i) => (i % 3 === 0 ? Number.NaN : -0)));
      expectGuards(C, padded(size));
    });
  }

  it("a flat kernel reaches the last block of memory without a trap", () => {
    const last = memory.buffer.byteLength - 16;
    square.run(last, last, 1);
    sub.rowRight(last, last, A, 1, 3);
    sub.columnRight(last, last + 12, A, 1, 3);
    sub.scalarRight(A, memory.buffer.byteLength, B, 0);
  });
});

/** Sizes of a and b, and the index of each operand for element (row, column). */
const layouts: Record<FlatVariant | RowVariant, { a: string; b: string }> = {
  same: { a: "full", b: "full" },
  scalarLeft: { a: "scalar", b: "full" },
  scalarRight: { a: "full", b: "scalar" },
  rowLeft: { a: "row", b: "full" },
  rowRight: { a: "full", b: "row" },
  columnLeft: { a: "column", b: "full" },
  columnRight: { a: "full", b: "column" },
};
const index = (layout: string, row: number, column: number, columns: number): number =>
  layout === "full" ? row * columns + column : layout === "row" ? column : layout === "column" ? row : 0;

describe("broadcast variants", () => {
  for (const variant of Object.keys(layouts) as (FlatVariant | RowVariant)[]) {
    const isFlat = variant === "same" || variant.startsWith("scalar");
    for (const rows of isFlat ? [1] : [0, 1, 3, 4]) {
      for (const columns of sizes) {
        it(`${variant} at ${rows} by ${columns}`, () => {
          const count = rows * columns;
          const a = ramp(Math.max(count, rows, columns, 1), 1.5).map((x) => (x * 7) % 11);
          const b = ramp(Math.max(count, rows, columns, 1), 0.25).map((x) => (x * 5) % 13);
          const { a: left, b: right } = layouts[variant];
          const pairs: [number, number][] = [];
          for (let row = 0; row < rows; row++)
            for (let column = 0; column < columns; column++)
              pairs.push([a[index(left, row, column, columns)], b[index(right, row, column, columns)]]);
          const sizesOf = isFlat ? [count] : [rows, columns];
          floats.fill(guard);
          fill(A, a);
          fill(B, b);
          sub[variant](A, B, C, ...sizesOf);
          expect(read(C, count)).toEqual(pairs.map(([x, y]) => x - y));
          expectGuards(C, isFlat ? padded(count) : count);

          bytes.fill(99, D - 16, D + 4096);
          less[variant](A, B, D, ...sizesOf);
          expect(Array.from(bytes.subarray(D, D + count))).toEqual(pairs.map(([x, y]) => (x < y ? 1 : 0)));
          const end = D + (isFlat ? padded(count) : count);
          expect(Array.from(bytes.subarray(end, end + 32))).toEqual(new Array(32).fill(99));
          expect(Array.from(bytes.subarray(D - 16, D))).toEqual(new Array(16).fill(99));
        });
      }
    }
  }

  it("a broadcast kernel works in place of the full operand", () => {
    fill(A, ramp(15, 1));
    fill(B, ramp(5, 1));
    sub.rowRight(A, B, A, 3, 5);
    expect(read(A, 15)).toEqual([0, 0, 0, 0, 0, 5, 5, 5, 5, 5, 10, 10, 10, 10, 10]);
  });

  it("a broadcast kernel returns false for every ordered comparison with NaN", () => {
    fill(A, [Number.NaN, 1, Number.NaN, -0, 0]);
    fill(B, [1, Number.NaN, Number.NaN, 0, -0]);
    less.same(A, B, C, 5);
    expect(Array.from(bytes.subarray(C, C + 5))).toEqual([0, 0, 0, 0, 0]);
  });
});
