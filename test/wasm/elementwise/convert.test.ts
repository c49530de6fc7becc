import { describe, expect, it } from "vitest";
import { convert } from "../../../src/wasm/elementwise/convert.ts";
import { inTopK as inTopKKernel } from "../../../src/wasm/rows/inTopKKernel.ts";
import { find } from "../../../src/wasm/rows/nonFiniteKernel.ts";
import { Blocks, pseudoRandom } from "../blocks.ts";

const blocks = new Blocks();
const { bytesToFloats, intsToFloats } = blocks.link(convert);
const { nonFinite, locate } = blocks.link(find);
const { inTopK } = blocks.link(inTopKKernel);

/** The address of an infinity: every number that is not finite counts. */
const limitOf = (): number => blocks.floats([Number.POSITIVE_INFINITY]);
const counts = [0, 1, 3, 4, 5, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100];

describe("conversions", () => {
  it("bytesToFloats scales bytes", () => {
    for (const count of [...counts, 784]) {
      for (const scale of [1, 1 / 255]) {
        blocks.reset();
        const data = Uint8Array.from({ length: count }, (_, i) => (i * 37 + 200) & 0xff);
        const bytes = blocks.bytes(count);
        new Uint8Array(blocks.memory.buffer).set(data, bytes);
        const out = blocks.bytes(4 * count);
        bytesToFloats(bytes, out, blocks.floats([scale]), count);
        const expected = Float32Array.from(data, (value) => value * Math.fround(scale));
        expect(blocks.readFloats(out, count)).toEqual(expected);
        blocks.checkGuards();
      }
    }
  });

  it("intsToFloats rounds to nearest", () => {
    for (const count of counts) {
      blocks.reset();
      const values = Int32Array.from({ length: count }, (_, i) => Math.imul(i - 2, 123456789));
      const out = blocks.bytes(4 * count);
      intsToFloats(blocks.ints(values), out, count);
      expect(blocks.readFloats(out, count)).toEqual(Float32Array.from(values));
      blocks.checkGuards();
    }
  });
});

describe("searches", () => {
  it("nonFinite reports NaN and infinities at every position, and no other number", () => {
    for (const count of counts) {
      blocks.reset();
      const values = pseudoRandom(count, 3e38);
      const address = blocks.floats(values);
      const view = new Float32Array(blocks.memory.buffer, address, count + 1);
      view[count] = Number.NaN; // behind the end
      const out = blocks.ints(Int32Array.of(0));
      const limit = limitOf();
      const place = (): number => {
        const flag = new Int32Array(blocks.memory.buffer, out, 1);
        flag[0] = 0;
        nonFinite(address, count, out, limit);
        return flag[0];
      };
      expect(place()).toBe(0);
      for (let at = count - 1; at >= 0; at--) {
        for (const bad of [Number.NaN, -Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          view[at] = bad;
          expect(place()).toBe(1);
        }
        view[at] = at % 2 === 0 ? -0 : values[at];
      }
    }
  });

  it("locate returns the first non-finite number of several inputs, in place of the flag", () => {
    blocks.reset();
    const sizes = [3, 0, 5];
    const inputs = sizes.map((size) => blocks.floats(new Float32Array(size).fill(1)));
    const table = blocks.ints(inputs.flatMap((address, index) => [address, sizes[index]]));
    const out = blocks.ints([0, 0]);
    const limit = limitOf();
    const located = (flag: number): number[] => {
      const place = new Int32Array(blocks.memory.buffer, out, 2);
      place[0] = flag;
      locate(table, sizes.length, out, limit);
      return Array.from(place);
    };
    expect(located(0)).toEqual([-1, -1]);
    new Float32Array(blocks.memory.buffer, inputs[2], 5).set([Number.NaN, Number.NaN], 3);
    expect(located(1)).toEqual([2, 3]);
    new Float32Array(blocks.memory.buffer, inputs[0], 3)[0] = Number.NEGATIVE_INFINITY;
    expect(located(1)).toEqual([0, 0]);
    blocks.checkGuards();
  });
});

describe("inTopK", () => {
  const run = (predictions: ArrayLike<number>, labels: readonly number[], k: number, columns: number): number[] => {
    blocks.reset();
    const out = blocks.bytes(labels.length);
    inTopK(blocks.floats(predictions), blocks.ints(labels), k, out, labels.length, columns);
    blocks.checkGuards();
    return Array.from(blocks.readBytes(out, labels.length));
  };

  it("inTopK counts strictly larger scores", () => {
    for (const columns of [1, 3, 4, 5, 10, 17]) {
      for (const rows of [0, 1, 3, 17]) {
        for (const k of [1, 2, 5, 100]) {
          const predictions = pseudoRandom(rows * columns, 4).map(Math.round);
          const labels = Array.from({ length: rows }, (_, row) => (row * 7) % columns);
          const expected = labels.map((label, row) => {
            const scores = predictions.subarray(row * columns, (row + 1) * columns);
            return Number(scores.filter((score) => score > scores[label]).length < k);
          });
          expect(run(predictions, labels, k, columns)).toEqual(expected);
        }
      }
    }
  });

  it("inTopK does not count a label in a row with a score that is not finite, at any position", () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const columns of [1, 3, 4, 5, 10]) {
        for (let at = 0; at < columns; at++) {
          const rows = new Float32Array(3 * columns);
          rows[columns + at] = bad;
          expect(run(rows, [0, 0, columns - 1], columns, columns)).toEqual([1, 0, 1]);
        }
      }
    }
  });
});
