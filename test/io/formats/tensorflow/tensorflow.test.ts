import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataError, Dense, loadVariables, restore, Sequential, tensor } from "gradus";
import { afterAll, describe, expect, it } from "vitest";
import { decodeSnappy } from "../../../../src/io/formats/tensorflow/snappy.ts";
import { readTable } from "../../../../src/io/formats/tensorflow/sstable.ts";
import { onEachBackend } from "../../../layers/helpers.ts";
import {
  block,
  checkpoint,
  type Entry,
  field,
  floats,
  header,
  type Saved,
  table,
  varint,
} from "../../checkpointWriter.ts";
import { expectNumbers, fixture, fixturePath } from "../../foreign.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-"));
afterAll(() => rmSync(folder, { recursive: true }));

const float = 1;
const bias: Saved = { dtype: float, shape: [2], bytes: floats(1, 2) };

/** The text of the error, which must be a DataError. */
const refusal = async (tensors: Readonly<Record<string, Saved>>, description?: readonly number[]): Promise<string> => {
  const error: unknown = await loadVariables(checkpoint(tensors, { description })).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DataError);
  return (error as DataError).message;
};

describe("checkpoints of TensorFlow", () => {
  it("checkpoints of TensorFlow are read by their prefix or index, or from files", async () => {
    const path = fixturePath("tf1.ckpt");
    const index = fixture("tf1.ckpt.index");
    const data = fixture("tf1.ckpt.data-00000-of-00001");
    const sources = [
      path,
      `${path}.index`,
      { index: new Blob([index as Uint8Array<ArrayBuffer>]), data: [data.buffer] },
    ];
    for (const source of sources) {
      const variables = await loadVariables(source as string);
      expectNumbers(variables, "tensorflow");
      expect([...variables.keys()]).toEqual([...variables.keys()].sort());
    }
  });

  it("checkpoints of TensorFlow are read in every type, from two shards", async () => {
    const path = fixturePath("types.ckpt");
    const variables = await loadVariables(path, { match: /^(?!complex)/ });
    expectNumbers(variables, "tensorflow types");
    expect(variables.get("bfloat16")?.dtype).toBe("float32");
    expect(variables.get("uint64")?.dtype).toBe("int32");
    await expect(loadVariables(path)).rejects.toThrow(
      `${path}.index: the type of "complex64" must be one of float32, float64, int32, uint8, int16, int8, int64, bool, bfloat16, ` +
        "uint16, float16, uint32, uint64, got number 8 of TensorFlow's DataType. Leave it out with match.",
    );
  });

  it("checkpoints of TensorFlow are read with an index packed by snappy, as in TensorFlow up to 1.1", async () => {
    const data = [0, 1].map((shard) => fixture(`types.ckpt.data-0000${shard}-of-00002`));
    const index = fixture("snappy.index");
    expect(index.length).toBeLessThan(fixture("types.ckpt.index").length);
    expectNumbers(await loadVariables({ index, data }, { match: /^(?!complex)/ }), "tensorflow types");
  });

  it("checkpoints of TensorFlow throw for partitioned variables, and can be read without them", async () => {
    const path = fixturePath("partitioned.ckpt");
    await expect(loadVariables(path)).rejects.toThrow(
      'a variable must be saved whole, got "cut" [4, 2] in slices (it was partitioned). Save it without a partitioner, or leave it out with match.',
    );
    expect([...(await loadVariables(path, { match: /whole/ })).keys()]).toEqual(["whole"]);
  });

  it("loadVariables reads files in memory that the caller overwrites while it reads", async () => {
    const path = fixturePath("tf2.ckpt");
    const expected = await loadVariables(path);
    const index = new Uint8Array(readFileSync(`${path}.index`));
    const data = [new Uint8Array(readFileSync(`${path}.data-00000-of-00001`))];
    const loading = loadVariables({ index, data });
    index.fill(99);
    data[0].fill(99);
    data.pop();
    const variables = await loading;
    expect([...variables.keys()]).toEqual([...expected.keys()]);
    for (const [name, value] of variables) expect(value.data).toEqual(expected.get(name)?.data);
  });

  it("checkpoints of TensorFlow are read from TensorFlow 2, without its graph of objects", async () => {
    const variables = await loadVariables(fixturePath("tf2.ckpt"));
    const ending = "/.ATTRIBUTES/VARIABLE_VALUE";
    expect([...variables.keys()]).toEqual([`kernel${ending}`, `step${ending}`]);
    expect(variables.get(`step${ending}`)?.item()).toBe(7);
  });
});

onEachBackend(() => {
  it("checkpoints of TensorFlow fit a network, under its own names or renamed", async () => {
    const network = (name: string): Sequential =>
      new Sequential({
        name,
        inputShape: [4],
        layers: [
          new Dense({ name: "hidden1", units: 3, activation: "relu" }),
          new Dense({ name: "hidden2", units: 2, activation: "relu" }),
          new Dense({ name: "outputs", units: 2 }),
        ],
      });
    const [same, other] = [network("dnn"), network("mine")];
    const report = await restore(same, fixturePath("tf1.ckpt"));
    expect([report.restored.length, report.missing, report.unexpected]).toEqual([6, [], []]);
    await restore(other, fixturePath("tf1.ckpt"), { rename: (name) => name.replace("dnn/", "mine/") });
    // By hand: kernels and biases are multiples of 3/8 and 3/16.
    const x = tensor([[1, 2, 3, 4]]);
    const dense = (row: readonly number[], layer: string, limit: number): number[] => {
      const kernel = same.variable(`${layer}/kernel`).read().toArray() as number[][];
      const offsets = same.variable(`${layer}/bias`).read().toArray() as number[];
      return offsets.map((offset, unit) =>
        Math.max(
          limit,
          row.reduce((sum, value, input) => sum + value * kernel[input][unit], offset),
        ),
      );
    };
    const expected = dense(dense(dense([1, 2, 3, 4], "hidden1", 0), "hidden2", 0), "outputs", Number.NEGATIVE_INFINITY);
    expect(expected.some((value) => value !== 0)).toBe(true);
    expect(same.predict(x).toArray()).toEqual([expected]);
    expect(other.predict(x).toArray()).toEqual([expected]);
  });
});

describe("checkpoints written by hand", () => {
  it("checkpoints written by hand are read with many blocks, long shared names and any order of bytes", async () => {
    const tensors = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [
        `network/layer_with_a_long_name_${String(index).padStart(3, "0")}/kernel`,
        { dtype: float, shape: [1, 1], bytes: floats(index).reverse(), shard: index % 3 },
      ]),
    );
    const big = field(2, 1);
    const files = checkpoint(tensors, { perBlock: 7, interval: 3, description: header(3, big) });
    const variables = await loadVariables(files);
    expect([...variables].map(([name, value]) => [name, value.toArray()])).toEqual(
      Object.keys(tensors).map((name, index) => [name, [[index]]]),
    );
  });

  it("checkpoints written by hand may have gaps, empty tensors, scalars and unknown fields", async () => {
    const files = checkpoint({
      a: { dtype: float, shape: [], bytes: floats(5), lies: [...field(15, 3), ...field(16, [1, 2])] },
      b: { dtype: float, shape: [2, 0], bytes: [] },
      gap: { dtype: 7, shape: [1], bytes: [1, 2, 3] },
      z: bias,
    });
    const variables = await loadVariables(files);
    expect([...variables].map(([name, value]) => [name, value.shape, [...value.data]])).toEqual([
      ["a", [], [5]],
      ["b", [2, 0], []],
      ["z", [2], [1, 2]],
    ]);
  });

  it("checkpoints written by hand throw for a wrong description", async () => {
    expect(await refusal({}, [])).toContain("a checkpoint must have shards and an order of bytes, got 0 shards");
    expect(await refusal({}, field(1, 100_000))).toContain("got 100000 shards, order 0");
    expect(await refusal({}, header(1, field(2, 2)))).toContain("got 1 shards, order 2");
    expect(await refusal({}, field(1, [1]))).toContain("got NaN shards");
    expect(await refusal({}, [...field(1, 1), ...field(3, field(2, 2))])).toBe(
      "loadVariables: the checkpoint must be readable by version 1 of the format, got one that needs 2. Use a newer gradus.",
    );
    expect(await refusal({}, [255])).toContain("the description must be a protocol buffer, got 1 other bytes");
    await expect(loadVariables({ index: table([{ key: "a", value: [] }]), data: [] })).rejects.toThrow(
      "the first entry must describe the checkpoint, got another entry",
    );
    await expect(loadVariables({ index: table([]), data: [] })).rejects.toThrow("got another entry");
  });

  it("checkpoints written by hand throw for a wrong entry", async () => {
    const lie = (lies: readonly number[]): Promise<string> => refusal({ b: { ...bias, lies } });
    expect(await lie(field(5, 12))).toContain('"b" of float32 [2] must have 8 bytes, got 12');
    expect(await lie(field(2, field(2, field(1, 2 ** 50))))).toContain("must have 4503599627370496 bytes, got 8");
    expect(await lie([...field(2, field(2, field(1, 2 ** 50))), ...field(5, 2 ** 52)])).toContain(
      '"b" must lie within its data file, got bytes 0 to 4503599627370496 of 8 (truncated)',
    );
    expect(await lie(field(4, 4))).toContain("got bytes 4 to 12 of 8 (truncated)");
    expect(await lie(field(3, 1))).toContain('each tensor must have bytes of its own in one of 1 shards, got "b"');
    expect(await lie(field(6, { fixed: 1 }))).toMatch(/the checksum of "b" must be 1, got [\da-f]+ for its 8 bytes/);
    expect(await lie(field(1, 99))).toContain('the type of "b" must be one of float32');
    expect(await lie(field(7, []))).toContain("in slices");
    expect(await lie(field(2, field(3, 1)))).toContain('"b" must have a type, a shape and a position');
    expect(await lie(field(2, field(2, field(1, -1n & (2n ** 64n - 1n)))))).toContain("must be a protocol buffer");
    expect(await lie(field(2, [9]))).toContain('the shape of "b" must be a protocol buffer, got 1 other bytes');
    expect(await lie(field(4, [1]))).toContain('"b" must have a type, a shape and a position');
  });

  it("checkpoints written by hand throw when tensors share bytes: a small file would claim any amount of memory", async () => {
    const tensors = { a: bias, b: { ...bias, lies: field(4, 4) } };
    expect(await refusal(tensors)).toContain('got "b" at byte 4 of shard 0, whose first free byte is 8');
  });

  it("checkpoints written by hand throw without all of their data files", async () => {
    const { index, data } = checkpoint({ a: bias, b: { ...bias, shard: 1 } });
    await expect(loadVariables({ index, data: data.slice(0, 1) })).rejects.toThrow(
      "loadVariables: data must be a list of the checkpoint's data files, in order (there are 2), got 1 of them.",
    );
    await expect(loadVariables(index)).rejects.toThrow(
      "loadVariables: the index of a checkpoint needs its data files, got the index alone. Pass { index, data: [...] }.",
    );
    const path = join(folder, "model.ckpt");
    writeFileSync(`${path}.index`, index);
    writeFileSync(`${path}.data-00000-of-00002`, data[0]);
    await expect(loadVariables(path)).rejects.toThrow(
      `${path}.data-00001-of-00002: the file must exist, got file not found. Check the path.`,
    );
    // What is not wanted is not looked for.
    expect((await loadVariables(path, { match: /a/ })).get("a")?.toArray()).toEqual([1, 2]);
  });
});

describe("tables", () => {
  const entry = (key: string, value: readonly number[] = [1]): Entry => ({ key, value });
  const tableError = (bytes: Uint8Array): string => {
    try {
      readTable(bytes, "file");
    } catch (error) {
      expect(error).toBeInstanceOf(DataError);
      return (error as DataError).message;
    }
    return "no error";
  };
  /** A table with these bytes as its only data block. */
  const ofBlock = (bytes: readonly number[], packing = 0): Uint8Array => {
    let first = true;
    const pack = (plain: readonly number[]): readonly number[] => {
      const packed = first ? [...bytes, packing] : [...plain, 0];
      first = false;
      return packed;
    };
    return table([entry("a")], { pack });
  };

  it("tables of a checkpoint throw when they are damaged, even with correct checksums", () => {
    expect(tableError(new Uint8Array(60))).toContain(
      "an index must end with 57fb808b247547db, got 60 bytes that do not",
    );
    expect(tableError(table([entry("b"), entry("a")]))).toContain(
      "keys must ascend, got key 2 not above the key before",
    );
    expect(tableError(table([entry("a"), entry("a")], { perBlock: 1 }))).toContain("keys must ascend");
    expect(tableError(ofBlock([]))).toContain("a block must hold its list of restarts, got 0 bytes");
    expect(tableError(ofBlock([255, 255, 255, 255]))).toContain("a block must hold its list of restarts, got 4 bytes");
    expect(tableError(ofBlock([0, 9, 0, 97, 0, 0, 0, 0]))).toContain("each entry must end within its block");
    expect(tableError(ofBlock([1, 0, 0, 0, 0, 0, 0]))).toContain("each entry must end within its block");
    expect(tableError(ofBlock([0, 0, 0, 0], 2))).toContain("plain (0) or packed by snappy (1), got 2");
    expect(tableError(ofBlock([4, 0], 1))).toContain("must be sound snappy, got 2 bytes that are not");
  });

  it("tables of a checkpoint throw when keys would take far more memory than the file", () => {
    const long = [...varint(0), ...varint(1000), 0, ...new Array<number>(1000).fill(97)];
    const shared = Array.from({ length: 2000 }, () => [...varint(1000), 1, 0, 98]).flat();
    expect(tableError(ofBlock([...long, ...shared, 0, 0, 0, 0]))).toContain(
      "keys must not be much longer than their block",
    );
  });

  it("tables of a checkpoint throw when blocks are listed twice, because reading would take long", () => {
    const empty = block([], 16);
    const list = Array.from(
      { length: 3 },
      (_, index): Entry => ({ key: [index], value: [...varint(0), ...varint(empty.length)] }),
    );
    let count = 0;
    const pack = (): readonly number[] => [...(count++ === 2 ? block(list, 1) : empty), 0];
    expect(tableError(table([entry("a")], { pack }))).toContain("blocks must be listed in order, each once");
  });
});

describe("snappy", () => {
  it("snappy unpacks literals of every length and copies of every kind, also overlapping copies", () => {
    expect(decodeSnappy(Uint8Array.of(3, 8, 1, 2, 3))).toEqual(Uint8Array.of(1, 2, 3));
    const long = Array.from({ length: 300 }, (_, index) => index & 255);
    const size = varint(300);
    expect(decodeSnappy(Uint8Array.from([...size, 61 << 2, 43, 1, ...long]))).toEqual(Uint8Array.from(long));
    expect(decodeSnappy(Uint8Array.from([...size, 63 << 2, 43, 1, 0, 0, ...long]))).toEqual(Uint8Array.from(long));
    // Two literals, then 6 bytes from 2 back: the copy reads what it wrote.
    const repeated = Uint8Array.of(1, 2, 1, 2, 1, 2, 1, 2);
    expect(decodeSnappy(Uint8Array.of(8, 4, 1, 2, (2 << 2) | 1, 2))).toEqual(repeated);
    expect(decodeSnappy(Uint8Array.of(8, 4, 1, 2, (5 << 2) | 2, 2, 0))).toEqual(repeated);
    expect(decodeSnappy(Uint8Array.of(8, 4, 1, 2, (5 << 2) | 3, 2, 0, 0, 0))).toEqual(repeated);
  });

  it("snappy throws for impossible sizes, distances and ends", () => {
    const refused: number[][] = [
      [],
      [128],
      [...varint(1000), 0, 1],
      [2, 0, 1],
      [1, 4, 1, 2],
      [4, 4, 1, 2, 1, 0],
      [6, 4, 1, 2, 1, 3],
      [6, 4, 1, 2, 1],
      [6, 4, 1, 2, 2, 2],
      [3, 4, 1, 2, 1, 2],
    ];
    for (const bytes of refused) expect(decodeSnappy(Uint8Array.from(bytes)), String(bytes)).toBeUndefined();
  });
});
