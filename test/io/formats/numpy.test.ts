import { deflateRawSync, crc32 as zlibCrc32 } from "node:zlib";
import { encodeNpz, type Tensor, tensor } from "gradus";
import { describe, expect, it } from "vitest";
import { DataError } from "../../../src/base/errors.ts";
import { crc32, crc32c, maskCrc } from "../../../src/io/formats/crc.ts";
import { decodeNpy } from "../../../src/io/formats/npy.ts";
import { readNpz } from "../../../src/io/formats/npz.ts";
import { loadVariables } from "../../../src/io/variables/loadVariables.ts";
import { sameBits } from "../../../src/tensor/tensor.ts";
import { expectNumbers, fixture, fixturePath } from "../foreign.ts";

/** A .npy file of this header. */
const npy = (header: string, elements: ArrayLike<number> = [], version = 1): Uint8Array => {
  const text = new TextEncoder().encode(header);
  const counted = version === 1 ? 2 : 4;
  const bytes = new Uint8Array(8 + counted + text.length + elements.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, text.length & 255, text.length >> 8]);
  bytes.set(text, 8 + counted);
  bytes.set(Array.from(elements), 8 + counted + text.length);
  return bytes;
};

const header = (descr: string, order: string, shape: string): string =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`;

interface Member {
  readonly name: string;
  readonly data: Uint8Array;
  readonly method?: number;
  /** What the directory and the header say instead of the truth. */
  readonly size?: number;
  readonly crc?: number;
  readonly flags?: number;
  readonly date?: number;
  readonly offset?: number;
  readonly localName?: string;
}

/** A zip file, written from the format's description, with whatever lies the members tell. */
const zip = (members: readonly Member[], comment = ""): Uint8Array => {
  const u16 = (value: number): number[] => [value & 255, (value >> 8) & 255];
  const u32 = (value: number): number[] => [...u16(value), ...u16(value >>> 16)];
  const text = (value: string): number[] => [...new TextEncoder().encode(value)];
  const out: number[] = [];
  const directory: number[] = [];
  for (const { name, data, method = 0, flags = 0, date = 0, localName = name, ...lies } of members) {
    const packed = method === 8 ? deflateRawSync(data) : data;
    const { size = data.length, crc = zlibCrc32(data), offset = out.length } = lies;
    const common = [
      ...u16(flags),
      ...u16(method),
      0,
      0,
      ...u16(date),
      ...u32(crc),
      ...u32(packed.length),
      ...u32(size),
    ];
    directory.push(0x50, 0x4b, 1, 2, 20, 0, 20, 0, ...common, ...u16(text(name).length));
    directory.push(...new Array<number>(12).fill(0), ...u32(offset), ...text(name));
    out.push(0x50, 0x4b, 3, 4, 20, 0, ...common, ...u16(text(localName).length), 0, 0, ...text(localName), ...packed);
  }
  const count = u16(members.length);
  const end = [0x50, 0x4b, 5, 6, 0, 0, 0, 0, ...count, ...count, ...u32(directory.length), ...u32(out.length)];
  return Uint8Array.from([...out, ...directory, ...end, ...u16(comment.length), ...text(comment)]);
};

const all = { where: "file.npz", isWanted: () => true, maxBytes: 1e6 };
const soundNpy = npy(header("'<f4'", "False", "(1,)"), [0, 0, 128, 63]);

describe("CRCs", () => {
  it("CRCs have the check values of their standards", () => {
    const digits = new TextEncoder().encode("123456789");
    expect(crc32(digits)).toBe(0xcbf43926);
    expect(crc32c(digits)).toBe(0xe3069283);
    // RFC 3720, B.4: 32 bytes of zeros, of ones, and ascending ones.
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
    expect([crc32(new Uint8Array()), crc32c(new Uint8Array())]).toEqual([0, 0]);
    // The mask turns by 15 bits and adds a constant.
    expect(maskCrc(0)).toBe(0xa282ead8);
    expect(maskCrc(0x8000)).toBe(0xa282ead9);
    expect(maskCrc(0xffffffff)).toBe(0xa282ead7);
  });
});

describe("npy", () => {
  it.each([1, 2, 3])("npy reads version %i of NumPy", (version) => {
    const matrix = decodeNpy(fixture(`version${version}.npy`), "file", "matrix");
    expectNumbers(new Map([["matrix", matrix]]), "npy");
  });

  it("npy reads headers of Python 2", () => {
    const old = npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2L, 1L), }      \n", [1, 0, 255, 255]);
    expect(decodeNpy(old, "file", "x").toArray()).toEqual([[1], [-1]]);
  });

  it("npy reads headers in double quotes, and types without an order or by their names", () => {
    const bytes = [0, 0, 128, 63];
    for (const type of ["f4", "float32", "<f4", "=f4", "single"]) {
      const file = npy(`{"descr": "${type}", "fortran_order": False, "shape": (1,), }`, bytes);
      expect(decodeNpy(file, "file", "x").toArray()).toEqual([1]);
    }
    const double = npy(header("'f8'", "False", "(1,)"), [0, 0, 0, 0, 0, 0, 240, 63]);
    expect(decodeNpy(double, "file", "x").toArray()).toEqual([1]);
    expect(decodeNpy(npy(header("'?'", "False", "(1,)"), [1]), "file", "x").dtype).toBe("bool");
    expect(() => decodeNpy(npy(header("'constructor'", "False", "(1,)"), bytes), "file", "x")).toThrow(
      /^file: the elements of "x" must be numbers or flags/,
    );
  });

  const refusals: [what: string, bytes: Uint8Array, message: string][] = [
    ["other bytes", new Uint8Array(12), "file: a .npy file must begin with 93 NUMPY, got 12 bytes that do not"],
    ["a file that ends early", soundNpy.subarray(0, 9), "the header must be whole, got 9 bytes in all"],
    ["version 4", npy("{}", [], 4), "the version must be 1.0, 2.0 or 3.0, got 4.0"],
    ["a header beyond the end", soundNpy.subarray(0, 40), "in a file of 40"],
    ["a huge header", npy("{}", [], 2).with(11, 255), "a header of 4278190082 bytes"],
    ["a header that is no UTF-8", npy("x", [], 3).with(12, 255), "UTF-8"],
    ["code", npy("__import__('os').system('true')"), "the header must be a dictionary"],
    ["a key too many", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': 1}"), "must be a dictionary"],
    ["a key too few", npy("{'descr': '<f4', 'shape': ()}"), "must be a dictionary"],
    ["a negative length", npy(header("'<f4'", "False", "(-1,)")), "must be a dictionary"],
    ["a broken length", npy(header("'<f4'", "False", "(1.5,)")), "must be a dictionary"],
    ["an order that is none", npy(header("'<f4'", "1", "()")), "must be a dictionary"],
    ["deep nesting", npy(`{${"(".repeat(60_000)}`), "must be a dictionary"],
    ["missing elements", soundNpy.subarray(0, -1), '"x" of float32 [1] must have 4 bytes, got 3'],
    ["bytes left over", npy(header("'<f4'", "False", "()"), [0, 0, 0, 0, 0]), "must have 4 bytes, got 5"],
    [
      "a claim of petabytes",
      npy(header("'<f8'", "True", "(1000000, 1000000, 1000)")),
      "must have 8000000000000000 bytes",
    ],
    ["a bool of 2", npy(header("'|b1'", "False", "(1,)"), [2]), "0 or 1 for each bool, got 2 at position 0"],
    ["half floats of 16 bytes", npy(header("'<f16'", "False", "(1,)")), 'got "<f16"'],
    ["an inherited type", npy(header("'toString'", "False", "(1,)")), 'got "toString"'],
  ];
  it.each(refusals)("npy throws for %s", (_, bytes, message) => {
    expect(() => decodeNpy(bytes, "file", "x")).toThrow(DataError);
    expect(() => decodeNpy(bytes, "file", "x")).toThrow(message);
  });
});

describe("npz", () => {
  it.each(["numpy.npz", "numpy-compressed.npz"])("npz reads every type, order and layout in %s", async (name) => {
    const tensors = await loadVariables(fixturePath(name));
    expectNumbers(tensors, "numpy", ["größe"]);
    expect(tensors.get("größe")?.dtype).toBe("float32");
    expect(tensors.get("float64/big/F")?.dtype).toBe("float64");
    expect(tensors.get("float16/big/F")?.dtype).toBe("float32");
    expect(tensors.get("int64/little/C")?.dtype).toBe("int32");
    expect(tensors.get("uint8/little/C")?.dtype).toBe("uint8");
    expect(tensors.get("bool/little/F")?.dtype).toBe("bool");
    expect(Object.is(tensors.get("special")?.data[3], -0)).toBe(true);
  });

  it("npz throws for members that are not arrays of numbers, and reads the others with match", async () => {
    const path = fixturePath("numpy-refused.npz");
    const refused: [name: string, message: string][] = [
      ["objects", 'got "|O" (pickled Python objects, which can run code). Save an array of numbers'],
      ["structured", "all elements must have one type, got a structured array"],
      ["text", 'got "<U2"'],
      ["bytes", 'got "|S2"'],
      ["complex64", 'must be numbers or flags (b1, u1, u2, u4, u8, i1, i2, i4, i8, f2, f4, f8), got "<c8"'],
      ["dates", 'got "<M8[s]"'],
      ["longdouble", 'got "<f16"'],
      ["seven_axes", "a tensor has at most 6 axes, got [1, 1, 1, 1, 1, 1, 1]"],
      ["int64", 'got 2147483648 at position 1 of "int64" (int64)'],
      ["uint64", "got 18446744073709551615 at position 0"],
      ["uint32", "got 2147483648 at position 1"],
    ];
    for (const [name, message] of refused) {
      const error: unknown = await loadVariables(path, { match: new RegExp(`^${name}$`) }).catch((reason) => reason);
      expect(error).toBeInstanceOf(DataError);
      expect((error as DataError).message).toContain(message);
    }
    expect([...(await loadVariables(path, { match: /sound/ })).keys()]).toEqual(["sound"]);
  });

  it("npz round-trips, and equal tensors give equal bytes", async () => {
    const tensors = new Map<string, Tensor>([
      ["dnn/hidden1/kernel", tensor(new Float32Array([Number.NaN, -0, Number.POSITIVE_INFINITY, 1e-45]))],
      ["__proto__", tensor([[1], [2]], { dtype: "float64" })],
      ["größe", tensor([7], { dtype: "int32" })],
      ["flags", tensor([[[0, 1]]], { dtype: "bool" })],
      ["", tensor(Uint8Array.of(0, 255))],
      ["scalar", tensor(3)],
      ["empty", tensor([], { shape: [0, 2] })],
    ]);
    const bytes = encodeNpz(tensors);
    const back = await loadVariables(bytes);
    expect([...back.keys()]).toEqual([...tensors.keys()]);
    for (const [name, value] of tensors) expect(sameBits(back.get(name) as Tensor, value), name).toBe(true);
    expect(encodeNpz(tensors)).toEqual(bytes);
    expect([...(await loadVariables(encodeNpz(new Map()))).keys()]).toEqual([]);
  });

  it("npz writes the bytes of the formats, which NumPy reads", () => {
    const matrix = tensor([
      [-4.5, -3, -1.5],
      [0, 1.5, 3],
    ]);
    const tensors = new Map([
      ["größe", matrix],
      ["b", matrix],
    ]);
    // The flag says that names are UTF-8; the date is 1980-01-01.
    const member = { data: fixture("version1.npy"), flags: 0x800, date: 0x21 };
    const members = [...tensors.keys()].map((name) => ({ ...member, name: `${name}.npy` }));
    expect(encodeNpz(tensors)).toEqual(zip(members));
  });

  it("npz reads stored and deflated members, a comment, folders, and headers written by a stream", async () => {
    const file = zip(
      [
        { name: "folder/", data: new Uint8Array() },
        { name: "folder/a.npy", data: soundNpy, method: 8 },
        { name: "b.npy", data: soundNpy, flags: 8 },
      ],
      "a comment with PK\u0005\u0006 in it",
    );
    const back = await readNpz(file, all);
    expect([...back].map(([name, value]) => [name, value.toArray()])).toEqual([
      ["folder/a", [1]],
      ["b", [1]],
    ]);
  });

  const twice = [
    { name: "a.npy", data: soundNpy },
    { name: "b.npy", data: soundNpy },
  ];
  const refusals: [what: string, bytes: Uint8Array, message: string][] = [
    ["an empty file", new Uint8Array(), "a zip file must end with its directory, got 0 bytes without one"],
    ["a file that ends early", zip(twice).subarray(0, -1), "without one (truncated)"],
    ["two members of one name", zip([twice[0], twice[0]]), 'the names of members must differ, got "a.npy" twice'],
    ["an encrypted member", zip([{ ...twice[0], flags: 1 }]), '"a.npy" must not be encrypted'],
    [
      "another packing",
      zip([{ ...twice[0], method: 12 }]),
      '"a.npy" must be stored (0) or deflated (8), got the method 12',
    ],
    ["zip64", zip([{ ...twice[0], size: 0xffffffff, method: 8 }]), "must have less than 4 GiB, got a zip64 member"],
    [
      "a stored size that differs from the packed size",
      zip([{ ...twice[0], size: 7 }]),
      "must fit what is packed, got 7 bytes of",
    ],
    ["a size that deflate cannot reach", zip([{ ...twice[0], size: 2 ** 30, method: 8 }]), "must fit what is packed"],
    [
      "a size that is too small",
      zip([{ ...twice[0], size: soundNpy.length - 1, method: 8 }]),
      `must inflate to ${soundNpy.length - 1} bytes`,
    ],
    [
      "a size that is too large",
      zip([{ ...twice[0], size: soundNpy.length + 1, method: 8 }]),
      `must inflate to ${soundNpy.length + 1} bytes`,
    ],
    ["a wrong checksum, stored", zip([{ ...twice[0], crc: 1 }]), "file.npz: a.npy: the checksum must be 1, got "],
    [
      "a wrong checksum, deflated",
      zip([{ ...twice[0], crc: 1, method: 8 }]),
      "bytes of the checksum 1, got other data",
    ],
    [
      "members at one position",
      zip([twice[0], { ...twice[1], name: "a.npy2", localName: "a.npy", offset: 0 }]),
      "must begin with a header of that name",
    ],
    [
      "a header elsewhere",
      zip([{ ...twice[0], offset: 5 }]),
      '"a.npy" must begin with a header of that name, got none at byte 5',
    ],
    ["another name in the header", zip([{ ...twice[0], localName: "b.npy" }]), "must begin with a header of that name"],
    [
      "a name that is not UTF-8",
      zip([twice[0]]).map((byte, at, bytes) => (bytes[at + 1] === 0x2e ? 255 : byte)),
      "names must be UTF-8",
    ],
    [
      "a member that is not an array",
      zip([{ name: "readme.txt", data: soundNpy }]),
      'must be .npy files, got "readme.txt". Leave it out with match.',
    ],
    ["a prefix", Uint8Array.from([0, ...zip(twice)]), "the directory must be whole and precede its end record"],
  ];
  it.each(refusals)("npz throws for %s", async (_, bytes, message) => {
    const error: unknown = await readNpz(bytes, all).catch((reason) => reason);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toContain(message);
  });

  it("npz throws for members that share their bytes (a zip bomb)", async () => {
    // The second member's header is within the data of the first, which is stored (D. Fifield, 2019).
    const inner = zip([{ name: "b.npy", data: soundNpy }]);
    const quoted = inner.subarray(0, 30 + 5 + soundNpy.length);
    const outer = zip([
      { name: "a.npy", data: quoted },
      { name: "b.npy", data: soundNpy, offset: 30 + 5 },
    ]);
    await expect(readNpz(outer, all)).rejects.toThrow(
      'members must not overlap, and precede the directory, got "b.npy" from byte 35',
    );
  });

  it("npz throws for too many unpacked bytes before it unpacks anything", async () => {
    const elements = 20_000_000;
    const text = header("'|u1'", "False", `(${elements},)`);
    const big = new Uint8Array(10 + text.length + elements);
    big.set(npy(text));
    const bomb = zip([{ name: "zeros.npy", data: big, method: 8 }]);
    expect(bomb.length).toBeLessThan(100_000);
    const before = process.memoryUsage().arrayBuffers;
    await expect(loadVariables(bomb, { maxBytes: 1e7 })).rejects.toThrow(
      `loadVariables: the arrays must have at most 10000000 bytes when they are unpacked, got ${big.length} in a file of ${bomb.length}. ` +
        "Check that this is the right file, or raise maxBytes.",
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e7);
    // The limit is the reason: it is a sound file.
    expect((await loadVariables(bomb)).get("zeros")?.size).toBe(elements);
  });

  it("npz throws for a scale, and for names that zip cannot store", () => {
    expect(() => encodeNpz(new Map([["x", tensor(Uint8Array.of(1), { scale: 0.5 })]]))).toThrow(
      'encodeNpz: the format cannot store a scale, got 0.5 for "x". Convert it with toFloat(...).',
    );
    expect(() => encodeNpz(new Map([["a\0b", tensor([1])]]))).toThrow("short names without zeros");
  });
});
