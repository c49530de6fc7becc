import { describe, expect, it } from "vitest";
import { gather } from "../../../src/wasm/movement/gatherKernel.ts";
import { strided } from "../../../src/wasm/movement/stridedKernel.ts";
import { stridedParameters } from "../../../src/wasm/movement/stridedParameters.ts";
import { Blocks, pseudoRandom } from "../blocks.ts";

const blocks = new Blocks();
const { copy32, copy8, fill } = blocks.link(strided);
const { gatherRows, scatterAddRows } = blocks.link(gather);

interface Copy {
  readonly sizes: readonly number[];
  /** In elements. */
  readonly source: readonly number[];
  readonly target: readonly number[];
  readonly sourceStart?: number;
  readonly sourceCount: number;
  readonly targetCount: number;
}

/** Every element by its coordinates. */
const plainCopy = (copy: Copy, source: ArrayLike<number>, target: Int32Array | Uint8Array): void => {
  const visit = (axis: number, from: number, to: number): void => {
    if (axis === copy.sizes.length) {
      target[to] = source[from];
      return;
    }
    for (let i = 0; i < copy.sizes[axis]; i++)
      visit(axis + 1, from + i * copy.source[axis], to + i * copy.target[axis]);
  };
  visit(0, copy.sourceStart ?? 0, 0);
};

const check = (copy: Copy): void => {
  for (const unit of [4, 1] as const) {
    blocks.reset();
    const values = Int32Array.from({ length: copy.sourceCount }, (_, i) => (unit === 4 ? i * 7919 + 1 : i & 0xff));
    const source = unit === 4 ? blocks.ints(values) : blocks.bytes(copy.sourceCount);
    if (unit === 1) new Uint8Array(blocks.memory.buffer).set(values, source);
    const target = blocks.bytes(unit * copy.targetCount);
    new Uint8Array(blocks.memory.buffer, target, unit * copy.targetCount).fill(9);
    const expected =
      unit === 4 ? new Int32Array(copy.targetCount).fill(0x09090909) : new Uint8Array(copy.targetCount).fill(9);
    plainCopy(copy, values, expected);
    const parameters = blocks.ints(parametersOf(unit, copy.sizes, copy.source, copy.target));
    const run = unit === 4 ? copy32 : copy8;
    run(parameters, source + unit * (copy.sourceStart ?? 0), target);
    const actual = unit === 4 ? blocks.readInts(target, copy.targetCount) : blocks.readBytes(target, copy.targetCount);
    expect(Array.from(actual)).toEqual(Array.from(expected));
    blocks.checkGuards();
  }
};

const parametersOf = (
  unit: number,
  sizes: readonly number[],
  source: readonly number[],
  target: readonly number[],
): Int32Array => {
  const parameters = stridedParameters(unit, sizes, source, target);
  expect(parameters.length).toBe(18);
  return Int32Array.from(parameters);
};

const rowMajor = (shape: readonly number[]): number[] => {
  const strides: number[] = [];
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
};

const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1);

const transposed = (shape: readonly number[], order: readonly number[]): Copy => {
  const sizes = order.map((axis) => shape[axis]);
  const strides = rowMajor(shape);
  return {
    sizes,
    source: order.map((axis) => strides[axis]),
    target: rowMajor(sizes),
    sourceCount: product(shape),
    targetCount: product(shape),
  };
};

const edges = [0, 1, 3, 4, 5, 16, 17, 35];

describe("strided copies", () => {
  it("strided copies transpose a plane of any size", () => {
    for (const rows of edges) for (const columns of edges) check(transposed([rows, columns], [1, 0]));
  });

  it("strided copies permute up to six axes", () => {
    check(transposed([3, 4, 5], [2, 0, 1]));
    check(transposed([3, 4, 5], [0, 2, 1]));
    check(transposed([3, 4, 5], [1, 0, 2]));
    check(transposed([2, 3, 5, 4], [3, 1, 0, 2]));
    check(transposed([2, 3, 2, 3, 2, 5], [5, 4, 3, 2, 1, 0]));
    check(transposed([2, 3, 2, 3, 2, 5], [1, 0, 3, 2, 5, 4]));
    check(transposed([], []));
  });

  it("strided copies broadcast along any axis", () => {
    for (const count of edges) {
      check({ sizes: [3, count], source: [0, 1], target: [count, 1], sourceCount: count, targetCount: 3 * count });
      check({ sizes: [3, count], source: [1, 0], target: [count, 1], sourceCount: 3, targetCount: 3 * count });
    }
    check({ sizes: [2, 5, 7], source: [7, 0, 1], target: [35, 7, 1], sourceCount: 14, targetCount: 70 });
  });

  it("strided copies slice with steps of either sign, into a part of a larger target", () => {
    for (const count of edges) {
      check({
        sizes: [count],
        source: [-1],
        target: [1],
        sourceStart: Math.max(0, count - 1),
        sourceCount: count,
        targetCount: count,
      });
      check({ sizes: [count], source: [2], target: [1], sourceCount: 2 * count, targetCount: count });
      check({
        sizes: [4, count],
        source: [count, 1],
        target: [count + 3, 1],
        sourceCount: 4 * count,
        targetCount: 4 * (count + 3),
      });
    }
    check({ sizes: [3, 4], source: [-8, -2], target: [5, 1], sourceStart: 23, sourceCount: 24, targetCount: 15 });
  });

  it("strided copies keep the bits of NaN", () => {
    blocks.reset();
    const bits = [0x7fc00001, 0x7f800001, -1, 0x7fa00000, 5];
    const source = blocks.ints(bits);
    const target = blocks.bytes(20);
    copy32(blocks.ints(parametersOf(4, [5], [1], [1])), source, target);
    expect(Array.from(blocks.readInts(target, 5))).toEqual(bits);
  });

  it("strided copies fill a target", () => {
    for (const count of edges) {
      blocks.reset();
      const target = blocks.bytes(4 * count);
      fill(target, blocks.ints([-7]), count);
      expect(Array.from(blocks.readInts(target, count))).toEqual(new Array(count).fill(-7));
      blocks.checkGuards();
    }
  });
});

describe("rows by index", () => {
  it("rows of any byte length are gathered by index", () => {
    for (const rowBytes of [0, 1, 3, 4, 5, 15, 16, 17, 31, 32, 33, 784]) {
      for (const indices of [[], [2], [0, 2, 2, 1, 0]]) {
        blocks.reset();
        const source = blocks.bytes(3 * rowBytes);
        const data = Uint8Array.from({ length: 3 * rowBytes }, (_, i) => (i * 31) & 0xff);
        new Uint8Array(blocks.memory.buffer).set(data, source);
        const out = blocks.bytes(indices.length * rowBytes);
        gatherRows(source, blocks.ints(indices), out, indices.length, rowBytes);
        const expected = indices.flatMap((row) => Array.from(data.subarray(row * rowBytes, (row + 1) * rowBytes)));
        expect(Array.from(blocks.readBytes(out, expected.length))).toEqual(expected);
        blocks.checkGuards();
      }
    }
  });

  it("rows are added by index in ascending order, into zeros", () => {
    for (const columns of [0, 1, 3, 4, 5, 17]) {
      for (const indices of [[], [2], [0, 2, 2, 0, 2]]) {
        blocks.reset();
        const values = pseudoRandom(indices.length * columns, 1e3);
        const source = blocks.floats(values);
        const out = blocks.floats(new Float32Array(3 * columns).fill(99));
        scatterAddRows(source, blocks.ints(indices), out, indices.length, columns, 3);
        const expected = new Float32Array(3 * columns);
        indices.forEach((row, i) => {
          for (let j = 0; j < columns; j++) expected[row * columns + j] += values[i * columns + j];
        });
        expect(blocks.readFloats(out, 3 * columns)).toEqual(expected);
        blocks.checkGuards();
      }
    }
  });
});
