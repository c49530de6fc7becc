import fc from "fast-check";
import {
  DataError,
  encodeNpz,
  encodeSafetensors,
  loadVariables,
  type Tensor,
  tensor,
  type VariablesSource,
} from "gradus";
import { describe, expect, it } from "vitest";
import { decodeSnappy } from "../../src/io/formats/tensorflow/snappy.ts";
import { sameBits } from "../../src/tensor/tensor.ts";
import { block, checkpoint, field, floats, header, table, varint } from "./checkpointWriter.ts";
import { fixture } from "./foreign.ts";

type Variables = ReadonlyMap<string, Tensor>;

/** The variables of a source, or undefined if it is refused; any error but a DataError fails the test. */
const outcome = async (source: VariablesSource): Promise<Variables | undefined> => {
  try {
    return await loadVariables(source);
  } catch (error) {
    // Not by expect, which takes longer than reading such a file.
    if (!(error instanceof DataError)) throw error;
    return undefined;
  }
};

/** Checks that tensors are complete, and no larger than the file can account for: a byte becomes at most an int32. */
const expectBounded = (variables: Variables | undefined, fileBytes: number): void => {
  if (!variables) return;
  let bytes = 0;
  for (const value of variables.values()) {
    if (value.data.length !== value.size) expect(value.data.length).toBe(value.size);
    bytes += value.data.byteLength;
  }
  if (bytes > 4 * fileBytes) expect(bytes).toBeLessThanOrEqual(4 * fileBytes);
};

const expectSame = (variables: Variables, expected: Variables): void => {
  if (String([...variables.keys()]) !== String([...expected.keys()])) {
    expect([...variables.keys()]).toEqual([...expected.keys()]);
  }
  for (const [name, value] of expected) {
    const actual = variables.get(name);
    if (!actual || !sameBits(actual, value)) expect.fail(`${name} must have the same bits`);
  }
};

const flipped = (bytes: Uint8Array, bit: number): Uint8Array => {
  const copy = bytes.slice();
  copy[bit >> 3] ^= 1 << (bit & 7);
  return copy;
};

/** A file, or a file of a checkpoint in place of the sound file. */
interface Target {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly sourceOf: (bytes: Uint8Array) => VariablesSource;
  /** Whether a checksum covers all bytes that matter: then the variables must be equal to those that were written. */
  readonly isChecked: boolean;
}

const alone = (name: string, bytes: Uint8Array, isChecked: boolean): Target => ({
  name,
  bytes,
  sourceOf: (changed) => changed,
  isChecked,
});

const tensors = new Map<string, Tensor>([
  ["dnn/kernel", tensor([[1.5, -2]])],
  ["dnn/flags", tensor([1, 0, 1], { dtype: "bool" })],
  ["step", tensor([7], { dtype: "int32" })],
]);
const small = checkpoint(
  {
    "dnn/kernel": { dtype: 1, shape: [1, 2], bytes: floats(1.5, -2) },
    "dnn/bias": { dtype: 1, shape: [], bytes: floats(3) },
  },
  { perBlock: 2, interval: 2 },
);
const snappy = fixture("snappy.index");
const types = [0, 1].map((shard) => fixture(`types.ckpt.data-0000${shard}-of-00002`));

const targets: readonly Target[] = [
  alone("safetensors", encodeSafetensors(tensors, { metadata: { a: "b" } }), false),
  alone("npy", fixture("version1.npy"), false),
  alone("npz", encodeNpz(tensors), true),
  alone("npz, deflated", fixture("numpy-small.npz"), true),
  { name: "index", bytes: small.index, sourceOf: (index) => ({ index, data: small.data }), isChecked: true },
  { name: "data", bytes: small.data[0], sourceOf: (data) => ({ index: small.index, data: [data] }), isChecked: true },
  {
    name: "TensorFlow's index",
    bytes: fixture("tf1.ckpt.index"),
    sourceOf: (index) => ({ index, data: [fixture("tf1.ckpt.data-00000-of-00001")] }),
    isChecked: true,
  },
];

describe.each(targets)("$name", ({ bytes, sourceOf, isChecked }) => {
  it("reading throws when the file is truncated, at every length", async () => {
    expect(await outcome(sourceOf(bytes))).toBeDefined();
    for (let length = 0; length < bytes.length; length++) {
      const variables = await outcome(sourceOf(bytes.slice(0, length)));
      if (variables) expect.fail(`the first ${length} bytes must be refused`);
    }
  });

  it("reading throws or is correct when a bit flips", async () => {
    const sound = (await outcome(sourceOf(bytes))) as Variables;
    let refused = 0;
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const variables = await outcome(sourceOf(flipped(bytes, bit)));
      if (!variables) refused++;
      else if (isChecked) expectSame(variables, sound);
      else expectBounded(variables, bytes.length);
    }
    expect(refused).toBeGreaterThan(bytes.length);
  });

  it("reading throws or succeeds when several bytes are changed, inserted or removed", async () => {
    const edit = fc.record({
      at: fc.nat(bytes.length),
      remove: fc.nat(8),
      insert: fc.uint8Array({ maxLength: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        let changed = [...bytes];
        for (const { at, remove, insert } of edits) {
          changed = [...changed.slice(0, at), ...insert, ...changed.slice(at + remove)];
        }
        const total = changed.length + small.data[0].length + 1000;
        expectBounded(await outcome(sourceOf(Uint8Array.from(changed))), total);
      }),
      { numRuns: 500 },
    );
  });
});

describe("random bytes", () => {
  const starts = [
    [],
    [0x50, 0x4b, 3, 4],
    [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0],
    [2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d],
  ];
  const ends = [
    [],
    [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb],
    [0x50, 0x4b, 5, 6, ...new Array<number>(18).fill(0)],
  ];

  it("random bytes are read, or throw DataError", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...starts),
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(...ends),
        async (start, middle, end) => {
          const bytes = Uint8Array.from([...start, ...middle, ...end]);
          expectBounded(await outcome(bytes), bytes.length);
          expectBounded(await outcome({ index: bytes, data: [middle] }), bytes.length);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe("a checkpoint with correct checksums", () => {
  const number = fc.oneof(fc.nat(20), fc.nat(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
  /** Fields of a message, some of them of the right kinds. */
  const message = fc
    .array(
      fc.oneof(
        fc.tuple(fc.integer({ min: 1, max: 8 }), number).map(([key, value]) => field(key, value)),
        fc.integer({ min: 1, max: 8 }).map((key) => field(key, { fixed: 0x12345678 })),
        fc
          .tuple(fc.integer({ min: 1, max: 8 }), fc.array(fc.nat(255), { maxLength: 8 }))
          .map(([key, value]) => field(key, value)),
        fc.array(number, { maxLength: 7 }).map((shape) =>
          field(
            2,
            shape.flatMap((length) => field(2, field(1, length))),
          ),
        ),
        fc.array(fc.nat(255), { maxLength: 4 }),
      ),
      { maxLength: 6 },
    )
    .map((fields) => fields.flat());

  it("a checkpoint with correct checksums and random entries is read, or throws DataError", async () => {
    await fc.assert(
      fc.asyncProperty(fc.option(message), fc.array(message, { maxLength: 4 }), async (description, lies) => {
        const saved = lies.map((lie, index) => [
          `name${index}`,
          { dtype: 1, shape: [2], bytes: floats(1, 2), lies: lie },
        ]);
        const files = checkpoint(Object.fromEntries(saved), { description: description ?? undefined });
        expectBounded(await outcome(files), files.data[0].length);
      }),
      { numRuns: 2000 },
    );
  });

  it("a checkpoint with correct checksums and random blocks is read, or throws DataError", async () => {
    const plain = block(
      [
        { key: "", value: header(1) },
        { key: "a", value: [8, 1] },
      ],
      16,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.nat(2),
        fc.array(fc.tuple(fc.nat(plain.length - 1), fc.nat(255)), { maxLength: 4 }),
        fc.array(fc.nat(255), { maxLength: 40 }),
        fc.boolean(),
        fc.nat(1),
        async (which, edits, random, isRandom, packing) => {
          let count = 0;
          const pack = (bytes: readonly number[]): readonly number[] => {
            if (count++ !== which) return [...bytes, 0];
            if (isRandom) return [...random, packing];
            const changed = [...bytes];
            for (const [at, value] of edits) if (at < changed.length) changed[at] = value;
            return [...changed, 0];
          };
          const index = table(
            [
              { key: "", value: header(1) },
              { key: "a", value: field(1, 1) },
            ],
            { pack },
          );
          expectBounded(await outcome({ index, data: [Uint8Array.from(floats(1))] }), 4);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("a checkpoint with correct checksums is read right, or throws DataError, when a bit of a block packed by snappy flips", async () => {
    const read = (index: Uint8Array): Promise<Variables | undefined> =>
      loadVariables({ index, data: types }, { match: /^(?!complex)/ }).catch((error: unknown) => {
        expect(error).toBeInstanceOf(DataError);
        return undefined;
      });
    const sound = (await read(snappy)) as Variables;
    for (let bit = 0; bit < 8 * snappy.length; bit++) {
      const variables = await read(flipped(snappy, bit));
      if (variables) expectSame(variables, sound);
    }
  });
});

describe("snappy", () => {
  it("snappy allocates only as much memory as the packed bytes can reach", () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(100), fc.nat()), fc.uint8Array({ maxLength: 60 }), (size, bytes) => {
        const packed = Uint8Array.from([...varint(size), ...bytes]);
        const plain = decodeSnappy(packed);
        if (plain) expect(plain.length).toBeLessThanOrEqual(22 * packed.length);
      }),
      { numRuns: 5000 },
    );
  });
});
