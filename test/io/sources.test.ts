import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  Dense,
  decodeIdx,
  decodeSafetensors,
  encodeCheckpoint,
  encodeIdx,
  encodeModel,
  encodeNpz,
  encodeSafetensors,
  type FileSource,
  type IdxArray,
  loadCheckpoint,
  loadModel,
  loadVariables,
  readIdx,
  restore,
  Sequential,
  SGD,
  saveCheckpoint,
  saveModel,
  saveVariables,
  tensor,
  writeIdx,
} from "gradus";
import { saveReport } from "gradus/report";
import { readCsv } from "gradus/table";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const model = new Sequential({
  name: "m",
  inputShape: [2],
  layers: [new Dense({ units: 1, kernelInitializer: "ones" })],
});
const optimizer = new SGD({ learningRate: 0.5 });
const idx: IdxArray = { shape: [2], type: "uint8", data: new Uint8Array([7, 9]) };
const folder = mkdtempSync(join(tmpdir(), "gradus-sources-"));

/** Each reader: the bytes of a file, and what it reads of them. */
const readers: Readonly<Record<string, readonly [Uint8Array, (source: FileSource) => Promise<unknown>, unknown]>> = {
  readIdx: [encodeIdx(idx), async (source) => [...(await readIdx(source)).data], [7, 9]],
  readCsv: [new TextEncoder().encode("a\n7\n9\n"), async (source) => (await readCsv(source)).values("a"), [7, 9]],
  loadModel: [encodeModel(model), async (source) => (await loadModel(source)).name, "m"],
  loadCheckpoint: [
    encodeCheckpoint({ model, optimizer }),
    async (source) => (await loadCheckpoint(source)).optimizer.learningRate,
    0.5,
  ],
  loadVariables: [
    encodeNpz({ w: tensor([7, 9]) }),
    async (source) => (await loadVariables(source)).get("w")?.toArray(),
    [7, 9],
  ],
  restore: [
    encodeModel(model),
    async (source) => (await restore(model, source)).restored,
    ["m/dense/kernel", "m/dense/bias"],
  ],
};

const bufferOf = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer;

/** Bytes as each kind of source that needs no file. */
const kinds: Readonly<Record<string, (bytes: Uint8Array) => FileSource>> = {
  "a Uint8Array": (bytes) => bytes,
  "a part of a larger array": (bytes) => {
    const larger = new Uint8Array(bytes.length + 9);
    larger.set(bytes, 5);
    return larger.subarray(5, 5 + bytes.length);
  },
  "an Int8Array": (bytes) => new Int8Array(bufferOf(bytes)),
  "a Uint8ClampedArray": (bytes) => new Uint8ClampedArray(bufferOf(bytes)),
  "a DataView": (bytes) => new DataView(bufferOf(bytes)),
  "a Buffer of Node": (bytes) => Buffer.from(bytes),
  "an ArrayBuffer": bufferOf,
  "a Blob": (bytes) => new Blob([bufferOf(bytes)]),
  "a File": (bytes) => new File([bufferOf(bytes)], "file"),
  "a Response": (bytes) => new Response(bufferOf(bytes)),
};

describe.each(Object.entries(readers))("%s", (name, [bytes, read, expected]) => {
  const path = join(folder, name);
  const server = createServer((_, response) => response.end(bytes));
  beforeAll(async () => {
    writeFileSync(path, bytes);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => void server.close());
  const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;

  test.each(Object.entries(kinds))(`${name} reads %s`, async (_, sourceOf) => {
    expect(await read(sourceOf(bytes))).toEqual(expected);
  });

  test(`${name} reads a path, a file: URL, an address as URL, and the response of a fetch`, async () => {
    expect(await read(path)).toEqual(expected);
    expect(await read(pathToFileURL(path))).toEqual(expected);
    expect(await read(new URL(address()))).toEqual(expected);
    expect(await read(await fetch(address()))).toEqual(expected);
  });

  test(`${name} names the kinds of sources for another value`, async () => {
    await expect(read(5 as never)).rejects.toThrow(
      "a file must be a path, URL, Response, Blob, ArrayBuffer or typed array, got 5.",
    );
  });
});

describe("bytes", () => {
  const wanted = [
    "a Uint8Array",
    "a part of a larger array",
    "an Int8Array",
    "a DataView",
    "a Buffer of Node",
    "an ArrayBuffer",
  ];
  test.each(wanted)("decodeIdx and decodeSafetensors take %s", (kind) => {
    const source = (bytes: Uint8Array): ArrayBuffer => kinds[kind](bytes) as ArrayBuffer;
    expect([...decodeIdx(source(encodeIdx(idx))).data]).toEqual([7, 9]);
    const { tensors } = decodeSafetensors(source(encodeSafetensors({ w: tensor([7, 9]) })));
    expect(tensors.get("w")?.toArray()).toEqual([7, 9]);
  });
});

describe("tensors by name", () => {
  const tensors = { a: tensor([1]), b: tensor([2]) };
  const map = new Map(Object.entries(tensors));

  test("encodeNpz and encodeSafetensors write a map and a plain object as the same bytes", () => {
    expect(encodeNpz(tensors)).toEqual(encodeNpz(map));
    expect(encodeSafetensors(tensors)).toEqual(encodeSafetensors(map));
  });

  test.each(["npz", "safetensors"])("saveVariables writes a map and a plain object into .%s", async (ending) => {
    for (const [name, source] of Object.entries({ object: tensors, map })) {
      const path = join(folder, `${name}.${ending}`);
      await saveVariables(source, path);
      const read = await loadVariables(path);
      expect(Array.from(read, ([key, value]) => [key, value.toArray()])).toEqual([
        ["a", [1]],
        ["b", [2]],
      ]);
    }
  });
});

describe("the order of arguments", () => {
  const path = join(folder, "swapped.npz");
  test.each<readonly [name: string, swapped: () => Promise<void>]>([
    ["saveModel", () => saveModel(path as never, model as never)],
    ["saveVariables", () => saveVariables(path as never, model as never)],
    ["saveCheckpoint", () => saveCheckpoint(path as never, { model, optimizer } as never)],
    ["writeIdx", () => writeIdx(path as never, idx as never)],
    ["saveReport", () => saveReport(path as never, { epochs: [] } as never)],
  ])("%s tells the right order where the path comes first", async (name, swapped) => {
    await expect(swapped()).rejects.toThrow(
      `${name}: the path is text, and the second argument, got the path first. Call ${name}(content, path).`,
    );
  });
});
