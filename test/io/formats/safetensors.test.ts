import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataError } from "../../../src/base/errors.ts";
import { decodeSafetensors, encodeSafetensors } from "../../../src/io/formats/safetensors.ts";
import type { DType } from "../../../src/tensor/dtype.ts";
import { sameBits, type Tensor, tensor } from "../../../src/tensor/tensor.ts";
import { expectNumbers, fixture } from "../foreign.ts";

/** A file of this header and so many bytes of elements. */
const file = (header: unknown, dataBytes = 0): Uint8Array => {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
};

const entry = (shape: unknown, offsets: unknown, dtype: unknown = "F32") => ({ dtype, shape, data_offsets: offsets });

const anyTensor: fc.Arbitrary<Tensor> = fc
  .record({
    dtype: fc.constantFrom<DType>("float32", "float64", "int32", "uint8", "bool"),
    shape: fc.array(fc.nat(3), { maxLength: 6 }),
    seed: fc.nat(),
  })
  .map(({ dtype, shape, seed }) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const limit = dtype === "bool" ? 2 : dtype === "uint8" ? 256 : 1000;
    return tensor(
      Array.from({ length: size }, (_, index) => (seed + 7 * index) % limit),
      { dtype, shape },
    );
  });

const names = fc.oneof(
  fc.string({ minLength: 0 }),
  fc.constantFrom("__proto__", "dnn/hidden1/kernel", 'ä\u0000"', "1"),
);

describe("safetensors", () => {
  it("safetensors round-trips names, shapes, dtypes, values and metadata", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(names, anyTensor), { selector: ([name]) => name, maxLength: 6 }),
        (entries) => {
          fc.pre(entries.every(([name]) => name !== "__metadata__"));
          const { tensors, metadata } = decodeSafetensors(
            encodeSafetensors(new Map(entries), { metadata: { format: "gradus", "": "ü" } }),
          );
          expect(metadata).toEqual({ format: "gradus", "": "ü" });
          expect([...tensors.keys()].sort()).toEqual(entries.map(([name]) => name).sort());
          for (const [name, value] of entries) expect(sameBits(tensors.get(name) as Tensor, value)).toBe(true);
        },
      ),
    );
  });

  it("safetensors keeps the bits of every float", () => {
    const special = tensor(new Float32Array([Number.NaN, -0, Number.POSITIVE_INFINITY, 1e-45]));
    expect(
      sameBits(decodeSafetensors(encodeSafetensors(new Map([["x", special]]))).tensors.get("x") as Tensor, special),
    ).toBe(true);
  });

  it("safetensors writes the bytes of the format", () => {
    // What the format's own library (0.8.0) writes for the same tensors, byte for byte.
    const bytes = encodeSafetensors(
      new Map([
        ["b", tensor([1, 2], { dtype: "uint8" })],
        ["a", tensor([[1.5], [-2]])],
      ]),
    );
    const header =
      '{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[2],"data_offsets":[8,10]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect(new DataView(bytes.buffer).getUint32(0, true)).toBe(padded.length);
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + padded.length))).toBe(padded);
    expect([...bytes.subarray(8 + padded.length)]).toEqual([0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0, 1, 2]);
  });

  it("safetensors reads every type that the reference library writes", () => {
    const { tensors, metadata } = decodeSafetensors(fixture("types.safetensors"));
    expect(metadata).toEqual({ format: "np" });
    expectNumbers(tensors, "safetensors");
    expect(tensors.get("bfloat16")?.dtype).toBe("float32");
    expect(tensors.get("uint64")?.dtype).toBe("int32");
    expect(tensors.get("float64")?.dtype).toBe("float64");
  });

  it("safetensors leaves out tensors that do not match, also of unknown types", () => {
    const bytes = fixture("float8.safetensors");
    expect(() => decodeSafetensors(bytes)).toThrow(
      'must be one of BOOL, U8, I8, U16, I16, F16, BF16, U32, I32, F32, U64, I64, F64, got "F8_E4M3"',
    );
    expect([...decodeSafetensors(bytes, { match: /bias/ }).tensors.keys()]).toEqual(["bias"]);
  });

  it("safetensors throws for a reserved name and for a scale", () => {
    expect(() => encodeSafetensors(new Map([["__metadata__", tensor(1)]]))).toThrow('must not be named "__metadata__"');
    const scaled = tensor(Uint8Array.of(1), { scale: 0.5 });
    expect(() => encodeSafetensors(new Map([["x", scaled]]))).toThrow(
      'encodeSafetensors: the format cannot store a scale, got 0.5 for "x". Convert it with toFloat(...).',
    );
  });

  const refusals: [what: string, bytes: Uint8Array, message: string][] = [
    ["nothing", new Uint8Array(0), "the first 8 bytes must hold the length of the header, got 0 bytes"],
    ["a header beyond the end", file("{}").subarray(0, 9), "got a header of 2 bytes in a file of 9"],
    ["a header of 2^64 - 1 bytes", new Uint8Array(16).fill(255), "got a header of 18446744073709551615 bytes"],
    ["a header that is no JSON", file("{nope"), "the header must be JSON in UTF-8"],
    ["a header that is no UTF-8", Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0x22, 0xff, 0x22), "must be JSON in UTF-8"],
    ["a list", file("[]"), "the header must be a JSON object, from its first byte, got []"],
    ["null", file("null"), "got null"],
    ["space before the header", file(" {}"), "from its first byte"],
    ["deep nesting", file("[".repeat(100_000)), "the header must be JSON"],
    [
      "metadata that are not text",
      file({ __metadata__: { a: 1 } }),
      '__metadata__ must map names to text, got {"a":1}',
    ],
    ["an entry that is not an object", file({ a: 1 }), '"a" must be described by an object, got 1'],
    ["an unknown dtype", file({ a: entry([1], [0, 2], "F8_E4M3") }, 2), 'the dtype of "a" must be one of BOOL, U8'],
    ["a dtype that is not text", file({ a: entry([1], [0, 4], 4) }, 4), 'the dtype of "a" must be text, got 4'],
    [
      "a whole number beyond int32",
      file({ a: entry([2], [0, 16], "I64") }, 16).with(-4, 1),
      'got 4294967296 at position 1 of "a" (int64). Leave it out with match.',
    ],
    ["an inherited dtype", file({ a: entry([1], [0, 4], "toString") }, 4), 'got "toString"'],
    ["no shape", file({ a: entry(undefined, [0, 4]) }, 4), 'the shape of "a" must be a list of whole numbers from 0'],
    ["a negative length", file({ a: entry([-1, -1], [0, 4]) }, 4), "got [-1,-1]"],
    ["a broken length", file({ a: entry([0.5, 2], [0, 4]) }, 4), "got [0.5,2]"],
    [
      "seven axes",
      file({ a: entry([1, 1, 1, 1, 1, 1, 1], [0, 4]) }, 4),
      'a tensor has at most 6 axes, got [1, 1, 1, 1, 1, 1, 1] for "a"',
    ],
    ["a product that overflows", file({ a: entry([2 ** 40, 2 ** 40], [0, 4]) }, 4), "must have 4.8"],
    [
      "a huge tensor",
      file({ a: entry([2 ** 40], [0, 2 ** 42]) }, 4),
      "got 4 bytes of elements for tensors of 4398046511104",
    ],
    ["three offsets", file({ a: entry([1], [0, 4, 8]) }, 8), 'the offsets of "a" must be a begin and an end'],
    ["offsets the wrong way round", file({ a: entry([1], [4, 0]) }, 4), "must be a begin and an end, got [4,0]"],
    ["a length that is not the shape's", file({ a: entry([2], [0, 4]) }, 4), '"a" of F32 [2] must have 8 bytes, got 4'],
    [
      "tensors that overlap",
      file({ a: entry([2], [0, 8]), b: entry([1], [4, 8]) }, 8),
      "every byte must belong to one tensor",
    ],
    ["a hole", file({ a: entry([1], [0, 4]), b: entry([1], [8, 12]) }, 12), 'got "b" from byte 8 where 4 is the next'],
    ["a rest", file({ a: entry([1], [0, 4]) }, 5), "the tensors must end with the file, got 5 bytes"],
    [
      "a bool of 2",
      file({ a: entry([1], [0, 1], "BOOL") }, 1).with(-1, 2),
      '"a" must hold 0 or 1 for each bool, got 2',
    ],
  ];
  it.each(refusals)("safetensors throws for %s", (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes, { where: "model.safetensors" })).toThrow(DataError);
    expect(() => decodeSafetensors(bytes, { where: "model.safetensors" })).toThrow(/^model\.safetensors: /);
    expect(() => decodeSafetensors(bytes)).toThrow(message);
  });

  it("safetensors reads any bytes, or throws DataError", () => {
    const sound = encodeSafetensors(
      new Map([
        [
          "kernel",
          tensor([
            [1, 2],
            [3, 4],
          ]),
        ],
        ["steps", tensor([7], { dtype: "int32" })],
        ["mask", tensor([1, 0, 1], { dtype: "bool" })],
      ]),
      { metadata: { format: "gradus" } },
    );
    const changes = fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(changes, fc.nat(sound.length), fc.boolean(), (edits, end, truncate) => {
        const bytes = sound.slice(0, truncate ? end : sound.length);
        for (const [position, value] of edits) if (position < bytes.length) bytes[position] = value;
        try {
          for (const value of decodeSafetensors(bytes).tensors.values()) expect(value.data.length).toBe(value.size);
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("safetensors reads any header, or throws DataError", () => {
    const offsets = fc.oneof(fc.array(fc.integer({ min: -4, max: 40 }), { maxLength: 3 }), fc.jsonValue());
    const header = fc.dictionary(
      fc.oneof(fc.string(), fc.constant("__metadata__")),
      fc.oneof(
        fc.record({
          dtype: fc.constantFrom("F32", "F64", "I32", "U8", "BOOL", "BF16", "F16", "I64", "U32", "F8_E4M3"),
          shape: fc.oneof(fc.array(fc.integer({ min: -1, max: 5 }), { maxLength: 7 }), fc.jsonValue()),
          data_offsets: offsets,
        }),
        fc.jsonValue(),
      ),
      { maxKeys: 4 },
    );
    fc.assert(
      fc.property(header, fc.nat(40), (value, length) => {
        try {
          decodeSafetensors(file(value, length));
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
