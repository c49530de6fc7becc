import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataError } from "../../src/base/errors.ts";
import { decodeIdx, encodeIdx, type IdxArray, type IdxType, readIdx, writeIdx } from "../../src/data/idx.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gradus-idx-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const arrayTypes = {
  uint8: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};
const types = Object.keys(arrayTypes) as IdxType[];

/** An array of any bits, so that floats hold NaN of every kind, infinities and subnormal numbers. */
const anyArray = (type: IdxType): fc.Arbitrary<IdxArray> =>
  fc.array(fc.nat(4), { minLength: 1, maxLength: 6 }).chain((shape) => {
    const ArrayType = arrayTypes[type];
    const length = shape.reduce((a, b) => a * b, 1) * ArrayType.BYTES_PER_ELEMENT;
    const bits = fc.uint8Array({ minLength: length, maxLength: length, size: "max" });
    return bits.map((bytes) => ({ shape, type, data: new ArrayType(bytes.slice().buffer) }) as IdxArray);
  });

const bitsOf = ({ data }: IdxArray): number[] => [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];

const idx = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

describe("IDX", () => {
  it.each(types)("IDX keeps every bit of %s in encoding and decoding", (type) => {
    fc.assert(
      fc.property(anyArray(type), (array) => {
        const decoded = decodeIdx(encodeIdx(array));
        expect([decoded.type, decoded.shape]).toEqual([array.type, array.shape]);
        expect(decoded.data).toBeInstanceOf(arrayTypes[type]);
        expect(bitsOf(decoded)).toEqual(bitsOf(array));
      }),
      { numRuns: 60 },
    );
  });

  it("IDX is big-endian in the file", () => {
    const array: IdxArray = { shape: [1, 2], type: "int16", data: Int16Array.of(-2, 0x0102) };
    const bytes = idx(0, 0, 0x0b, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xfe, 1, 2);
    expect(encodeIdx(array)).toEqual(bytes);
    expect(decodeIdx(bytes)).toEqual(array);
    expect([...encodeIdx({ shape: [1], type: "float64", data: Float64Array.of(1) }).subarray(8)]).toEqual([
      0x3f, 0xf0, 0, 0, 0, 0, 0, 0,
    ]);
    expect([...encodeIdx({ shape: [1], type: "float32", data: Float32Array.of(-2) }).subarray(8)]).toEqual([
      0xc0, 0, 0, 0,
    ]);
  });

  it("IDX decodes and encodes views that do not start at the start of their buffer", () => {
    const values = new Int32Array([9, 1, 2, 9]).subarray(1, 3);
    const bytes = encodeIdx({ shape: [2], type: "int32", data: values });
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeIdx(shifted.subarray(3)).data).toEqual(Int32Array.of(1, 2));
    const small = encodeIdx({ shape: [2], type: "uint8", data: Uint8Array.of(9, 1, 2).subarray(1) });
    expect(decodeIdx(small).data).toEqual(Uint8Array.of(1, 2));
  });
});

describe("decodeIdx throws", () => {
  const cases: [string, Uint8Array, string][] = [
    [
      "an empty file",
      idx(),
      "decodeIdx: an IDX file must start with a magic of 4 bytes, got 0 bytes in all (truncated). " +
        "Fetch or write the file again.",
    ],
    [
      "a bad magic",
      idx(0x99, 0x50, 0x4e, 0x47, 0, 0, 0, 0),
      "decodeIdx: the magic of an IDX file must be 00 00 type rank, got 99 50 4e 47. Name an IDX file, gzipped or not.",
    ],
    [
      "a file of another format",
      idx(0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0),
      "decodeIdx: the file must be an IDX file, got a PNG image. Decode it into pixels first, for example with a canvas: tensor(pixels, { shape }).",
    ],
    [
      "an unknown element type",
      idx(0, 0, 0x0a, 1, 0, 0, 0, 0),
      "decodeIdx: the element type of an IDX file must be one of 08 uint8, 09 int8, 0b int16, 0c int32, 0d float32, " +
        "0e float64, got 0a. Name an IDX file.",
    ],
    [
      "rank 0",
      idx(0, 0, 8, 0, 7),
      "decodeIdx: the rank of an IDX file must be 1 to 6, got 0. Reshape the data before writing it.",
    ],
    [
      "rank 7",
      idx(0, 0, 8, 7, ...new Array(28).fill(0)),
      "decodeIdx: the rank of an IDX file must be 1 to 6, got 7. Reshape the data before writing it.",
    ],
    [
      "a header that ends early",
      idx(0, 0, 8, 2, 0, 0, 0, 1, 0),
      "decodeIdx: the header of an IDX file of rank 2 must have 12 bytes, got 9 bytes in all (truncated). " +
        "Fetch or write the file again.",
    ],
    [
      "missing elements",
      idx(0, 0, 0x0b, 1, 0, 0, 0, 3, 0, 1, 0, 2),
      "decodeIdx: an IDX file of int16 [3] must have 14 bytes, got 12 (truncated). Fetch or write the file again.",
    ],
    [
      "trailing bytes",
      idx(0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3),
      "decodeIdx: an IDX file of uint8 [1, 2] must have 14 bytes, got 15 (bytes left over). " +
        "Fetch or write the file again.",
    ],
    [
      "a size of 4 GiB that is not there",
      idx(0, 0, 0x0e, 1, 255, 255, 255, 255),
      "decodeIdx: an IDX file of float64 [4294967295] must have 34359738368 bytes, got 8 (truncated). " +
        "Fetch or write the file again.",
    ],
    [
      "sizes whose product overflows",
      idx(0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255),
      "decodeIdx: the sizes of an IDX file must multiply to less than 2^53 bytes, " +
        "got uint8 [4294967295, 4294967295]. Fetch or write the file again.",
    ],
    [
      "overflow behind a zero",
      idx(0, 0, 8, 3, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255),
      "decodeIdx: the sizes of an IDX file must multiply to less than 2^53 bytes, " +
        "got uint8 [0, 4294967295, 4294967295]. Fetch or write the file again.",
    ],
  ];
  it.each(cases)("decodeIdx throws for %s", (_name, bytes, message) => {
    expect(() => decodeIdx(bytes)).toThrow(new DataError(message));
  });

  it("decodeIdx throws only DataError for damaged bytes, and never allocates the memory that they claim", () => {
    const whole = encodeIdx({ shape: [3, 2], type: "float64", data: new Float64Array(6).fill(Math.PI) });
    const before = process.memoryUsage().arrayBuffers;
    const check = (bytes: Uint8Array): void => {
      try {
        expect(decodeIdx(bytes).data.byteLength).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
      }
    };
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeIdx(whole.subarray(0, length))).toThrow(DataError);
    }
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const damaged = whole.slice();
      damaged[bit >> 3] ^= 1 << (bit & 7);
      check(damaged);
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), check), { numRuns: 2000 });
    const header = fc.tuple(fc.constantFrom(8, 9, 11, 12, 13, 14), fc.integer({ min: 1, max: 6 }), fc.uint8Array());
    fc.assert(
      fc.property(header, ([code, rank, rest]) => check(idx(0, 0, code, rank, ...rest))),
      { numRuns: 2000 },
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50e6);
  });
});

describe("encodeIdx throws", () => {
  const cases: [string, IdxArray, string][] = [
    [
      "rank 0",
      { shape: [], type: "uint8", data: Uint8Array.of(1) },
      "encodeIdx: the shape must be an array of 1 to 6 sizes, got [].",
    ],
    [
      "rank 7",
      { shape: [1, 1, 1, 1, 1, 1, 1], type: "uint8", data: Uint8Array.of(1) },
      "encodeIdx: the shape must be an array of 1 to 6 sizes, got [1, 1, 1, 1, 1, 1, 1].",
    ],
    [
      "a shape of another length",
      { shape: [2, 2], type: "uint8", data: Uint8Array.of(1) },
      "encodeIdx: the sizes must be whole numbers that multiply to the number of elements, " +
        "got shape [2, 2] and 1 elements.",
    ],
    [
      "a size that is not a count",
      { shape: [-1, -1], type: "uint8", data: Uint8Array.of(1) },
      "encodeIdx: the sizes must be whole numbers that multiply to the number of elements, " +
        "got shape [-1, -1] and 1 elements.",
    ],
    [
      "an unknown type",
      { shape: [1], type: "int64", data: Uint8Array.of(1) } as unknown as IdxArray,
      'encodeIdx: the type must be one of uint8, int8, int16, int32, float32, float64, got "int64".',
    ],
    [
      "data of another type",
      { shape: [1], type: "float32", data: Float64Array.of(1) } as unknown as IdxArray,
      "encodeIdx: data of type float32 must be a Float32Array, got a Float64Array. Name the type that the data has.",
    ],
  ];
  it.each(cases)("encodeIdx throws for %s", (_name, array, message) => {
    expect(() => encodeIdx(array)).toThrow(new DataError(message));
  });
});

describe("readIdx and writeIdx", () => {
  const array: IdxArray = { shape: [50, 2], type: "int32", data: new Int32Array(100).map((_, i) => -i * i) };

  it("readIdx and writeIdx take files and bytes, gzipped or not", async () => {
    const plain = join(folder, "a.idx");
    const packed = join(folder, "b.idx.gz");
    const packedByOption = join(folder, "c.idx");
    await writeIdx(array, plain);
    await writeIdx(array, packed);
    await writeIdx(array, packedByOption, { gzip: true });
    for (const path of [plain, packed, packedByOption]) {
      expect(await readIdx(path)).toEqual(array);
      expect(await readIdx(await readFile(path))).toEqual(array);
    }
    expect(new Uint8Array(await readFile(plain))).toEqual(encodeIdx(array));
    for (const path of [packed, packedByOption]) {
      expect(new Uint8Array(gunzipSync(await readFile(path)))).toEqual(encodeIdx(array));
    }
  });

  it("readIdx and writeIdx name the file in an error", async () => {
    const path = join(folder, "missing.idx");
    await expect(readIdx(path)).rejects.toThrow(
      new DataError(`${path}: the file must exist, got file not found. Check the path.`),
    );
    await writeFile(path, gzipSync(encodeIdx(array).subarray(0, 100)));
    await expect(readIdx(path)).rejects.toThrow(
      new DataError(
        `${path}: an IDX file of int32 [50, 2] must have 412 bytes, got 100 (truncated). Fetch or write the file again.`,
      ),
    );
    await expect(readIdx(await readFile(path))).rejects.toThrow(/^readIdx: an IDX file of int32/);
  });

  it("readIdx and writeIdx respect maxBytes, packed and unpacked", async () => {
    const path = join(folder, "limit.idx");
    await writeIdx(array, path);
    await expect(readIdx(path, { maxBytes: 411 })).rejects.toThrow(
      new DataError(`${path}: the file must have at most 411 bytes, got 412. Check that this is the right file.`),
    );
    await expect(readIdx(gzipSync(encodeIdx(array)), { maxBytes: 411 })).rejects.toThrow(
      new DataError(
        "readIdx: the inflated data must have at most 411 bytes, got 412. Check that this is the right file.",
      ),
    );
    expect(await readIdx(gzipSync(encodeIdx(array)), { maxBytes: 412 })).toEqual(array);
  });

  it("readIdx and writeIdx throw only DataError for damaged gzip", async () => {
    const packed = gzipSync(encodeIdx(array));
    await fc.assert(
      fc.asyncProperty(fc.nat(packed.length * 8 - 1), fc.nat(packed.length), async (bit, length) => {
        const damaged = Uint8Array.from(packed);
        damaged[bit >> 3] ^= 1 << (bit & 7);
        for (const bytes of [damaged, packed.subarray(0, length), damaged.subarray(0, length)]) {
          const result = await readIdx(bytes).catch((error: unknown) => error);
          if (result instanceof Error) expect(result).toBeInstanceOf(DataError);
          else expect(result).toEqual(array);
        }
      }),
      { numRuns: 300 },
    );
  });
});
