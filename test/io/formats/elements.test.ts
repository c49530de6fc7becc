import { describe, expect, it } from "vitest";
import { decodeElements, type ElementType } from "../../../src/io/formats/elements.ts";
import type { Tensor } from "../../../src/tensor/tensor.ts";

const decode = (type: ElementType, bytes: Uint8Array, shape: readonly number[], littleEndian = true): Tensor =>
  decodeElements({ name: "x", type, shape, bytes, littleEndian, where: "file" });

/** Every pattern of 16 bits. */
const patterns = Uint16Array.from({ length: 65536 }, (_, index) => index);
const bytes = new Uint8Array(patterns.buffer);
const swapped = Uint8Array.from(bytes, (_, index) => bytes[index ^ 1]);

describe("decodeElements", () => {
  it("decodeElements turns every float16 value into the same float32, in either byte order", () => {
    // IEEE 754: ±2^(e - 15)·(1 + f/1024), or ±2^-14·f/1024 for e = 0; e = 31 is infinite or no number.
    const expected = Array.from(patterns, (half) => {
      const [sign, exponent, fraction] = [half >> 15 ? -1 : 1, (half >> 10) & 31, (half & 1023) / 1024];
      if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
      return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction);
    });
    for (const result of [decode("float16", bytes, [65536]), decode("float16", swapped, [65536], false)]) {
      expect(result.dtype).toBe("float32");
      const { data } = result;
      expect(expected.findIndex((value, index) => !Object.is(value, data[index]))).toBe(-1);
    }
  });

  it("decodeElements turns every bfloat16 into the upper half of a float32", () => {
    for (const result of [decode("bfloat16", bytes, [65536]), decode("bfloat16", swapped, [65536], false)]) {
      const bits = new Uint32Array(result.data.buffer);
      expect(patterns.findIndex((half, index) => bits[index] !== half * 65536)).toBe(-1);
    }
  });

  it("decodeElements throws for whole numbers of other widths that do not fit into int32", () => {
    const limits: [ElementType, fits: bigint, tooMuch: bigint][] = [
      ["int64", 2n ** 31n - 1n, 2n ** 31n],
      ["int64", -(2n ** 31n), -(2n ** 31n) - 1n],
      ["int64", -1n, -(2n ** 32n)],
      ["uint64", 2n ** 31n - 1n, 2n ** 31n],
      ["uint64", 0n, 2n ** 64n - 1n],
    ];
    for (const [type, fits, tooMuch] of limits) {
      for (const littleEndian of [true, false]) {
        const view = new DataView(new ArrayBuffer(16));
        const raw = new Uint8Array(view.buffer);
        view.setBigInt64(8, fits, littleEndian);
        expect([...decode(type, raw, [2], littleEndian).data]).toEqual([0, Number(fits)]);
        view.setBigInt64(8, tooMuch, littleEndian);
        expect(() => decode(type, raw, [2], littleEndian)).toThrow(
          `file: whole numbers become int32, from -2147483648 to 2147483647, got ${tooMuch} at position 1 of "x" (${type}). ` +
            "Leave it out with match.",
        );
      }
    }
    expect(() => decode("uint32", Uint8Array.of(0, 0, 0, 128), [1])).toThrow("got 2147483648 at position 0");
  });

  it("decodeElements reads bytes at any offset, and swaps big-endian elements", () => {
    const shifted = new Uint8Array(17);
    new DataView(shifted.buffer).setFloat64(1, 1.5, false);
    new DataView(shifted.buffer).setInt32(9, -2, false);
    expect(decode("float64", shifted.subarray(1, 9), [1], false).item()).toBe(1.5);
    expect(decode("int32", shifted.subarray(9, 13), [1], false).item()).toBe(-2);
    expect(decode("int16", shifted.subarray(9, 13), [2], false).toArray()).toEqual([-1, -2]);
  });
});
