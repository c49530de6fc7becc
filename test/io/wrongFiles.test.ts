import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import {
  Dense,
  decodeIdx,
  decodeSafetensors,
  encodeIdx,
  encodeModel,
  encodeNpz,
  encodeSafetensors,
  GradusError,
  loadCheckpoint,
  loadModel,
  loadVariables,
  ones,
  readIdx,
  restore,
  Sequential,
  saveModel,
  saveVariables,
  type Tensor,
  tensor,
} from "gradus";
import { readCsv } from "gradus/table";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "gradus-"));
afterAll(() => rmSync(folder, { recursive: true }));
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const padded = (text: string): Uint8Array => bytesOf(text.padEnd(600, "\0"));
const errorOf = async (promise: Promise<unknown>): Promise<string> => String(await promise.catch((error) => error));

const files: readonly (readonly [name: string, bytes: Uint8Array, advice: string])[] = [
  ["an HDF5 file, as of Keras (.h5)", padded("\x89HDF\r\n\x1a\n"), "loadKeras of gradus/keras"],
  [
    "a zip file of Keras (.keras)",
    padded("PK\x03\x04\x14\0\0\0\0\0metadata.json model.weights.h5"),
    "loadKeras of gradus/keras",
  ],
  ["a zip file of PyTorch (.pt, .pth)", padded("PK\x03\x04\0\0\x08\x08archive/data.pkl"), "safetensors.torch"],
  ["a pickle of Python (.pkl, old .pt)", padded("\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."), "safetensors.torch"],
  ["a pickle of Python (.pkl, old .pt)", padded("\x80\x04\x95\x10"), "safetensors.torch"],
  ["an ONNX model", padded("\x08\x07\x12\x07pytorch\x1a\x052.1.0:\xff"), "loadOnnx"],
  ["a SavedModel of TensorFlow (saved_model.pb)", padded("\x08\x01\x12\xff\x01\n\x05serve"), "variables/variables"],
  ["JSON", padded('{"weights": [1, 2, 3, 4]}'), "JSON.parse"],
  ["JSON", padded("[[1, 2], [3, 4]]"), "JSON.parse"],
  ["JSON", padded('[{"a":1,{"weights": [1, 2, 3, 4]}'), "JSON.parse"],
  ["a gzip file", gzipSync(new Uint8Array(1000)), "Unpack it first"],
  ["a PNG image", padded("\x89PNG\r\n\x1a\n"), "Decode it into pixels"],
  ["a JPEG image", padded("\xff\xd8\xff\xe0\0\x10JFIF"), "Decode it into pixels"],
  ["a workbook of Excel (.xlsx)", padded("PK\x03\x04\x14\0\x06\0\x08\0[Content_Types].xml"), "Save it as CSV"],
  ["a workbook of Excel (.xls)", padded("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "Save it as CSV"],
  ["a Parquet file", padded("PAR1\x15\0"), "Convert it to CSV"],
  ["an Arrow file (.feather)", padded("ARROW1\0\0"), "Convert it to CSV"],
  ["a database of SQLite", padded("SQLite format 3\0"), "Export a table as CSV"],
  ["a page of HTML", padded("<!DOCTYPE html><html>"), "Check the address"],
];

describe("files of other formats", () => {
  it.each(files)("readers recognize %s by its first bytes, and say what to do", async (name, bytes, advice) => {
    const model = new Sequential({ inputShape: [1], layers: [new Dense({ units: 1 })] });
    // Variables are read from files of Keras too.
    const ofVariables = name.includes("Keras") ? [] : [loadVariables(bytes), restore(model, bytes)];
    for (const reading of [
      ...ofVariables,
      loadModel(bytes),
      loadCheckpoint(bytes),
      (async () => decodeSafetensors(bytes))(),
    ]) {
      const error = await errorOf(reading);
      expect(error).toContain(`: the file must be safetensors, got ${name}. `);
      expect(error).toMatch(/^DataError/);
      expect(error).toContain(advice);
    }
    expect(await errorOf((async () => decodeIdx(bytes))())).toContain(
      `decodeIdx: the file must be an IDX file, got ${name}.`,
    );
    // These two unpack gzip.
    if (name === "a gzip file") return;
    expect(await errorOf(readIdx(bytes))).toContain(`must be an IDX file, got ${name}.`);
    expect(await errorOf(readCsv(bytes))).toContain(`readCsv: the file must be CSV, got ${name}.`);
    expect(await errorOf(readCsv(gzipSync(bytes)))).toContain(`readCsv: the file must be CSV, got ${name}.`);
  });

  it("readers name the files that other functions of gradus read", async () => {
    const model = encodeModel(new Sequential({ inputShape: [1], layers: [new Dense({ units: 1 })] }));
    const idx = encodeIdx({ shape: [2], type: "uint8", data: new Uint8Array([7, 9]) });
    const npz = encodeNpz({ a: tensor([1]) });
    expect(await errorOf(readCsv(model))).toContain("got a safetensors file. Read it with loadModel or loadVariables.");
    expect(await errorOf(readIdx(model))).toContain("got a safetensors file. Read it with loadModel or loadVariables.");
    for (const reading of [readCsv(idx), loadModel(idx), loadVariables(idx)]) {
      expect(await errorOf(reading)).toContain("got an IDX file. Read it with readIdx.");
    }
    for (const reading of [readCsv(npz), readIdx(npz), loadModel(npz), loadCheckpoint(npz)]) {
      expect(await errorOf(reading)).toContain(
        "got a zip file. Read a .npz file with loadVariables; unpack others first.",
      );
    }
    const json = new TextEncoder().encode('[{"a": 1}]');
    expect(await errorOf(readCsv(json))).toContain("got JSON. Make a table of its rows: tableOf(JSON.parse(text)).");
    const packed = gzipSync(idx);
    expect(await errorOf((async () => decodeIdx(packed))())).toContain("Read it with readIdx, which unpacks it.");
  });

  it("an index of a checkpoint that is another file is named", async () => {
    const npz = encodeNpz({ a: tensor([1]) });
    expect(await errorOf(loadVariables({ index: npz, data: [npz] }))).toContain(
      "loadVariables: the file must be the index of a TensorFlow checkpoint, got a zip file.",
    );
  });

  it("readers recognize the files of a TensorFlow checkpoint by their names", async () => {
    for (const [file, name] of [
      ["model.ckpt.meta", "the .meta file of a TensorFlow checkpoint"],
      ["model.ckpt.data-00000-of-00001", "a data file of a TensorFlow checkpoint"],
    ]) {
      writeFileSync(join(folder, file), padded("\n\x99\x12\x12"));
      expect(await errorOf(loadVariables(join(folder, file)))).toContain(`got ${name}. Pass the checkpoint's prefix`);
    }
  });
});

describe("forms of files", () => {
  const values = { w: tensor([1, 2]) };
  const model = (): Sequential => new Sequential({ name: "m", inputShape: [1], layers: [new Dense({ units: 1 })] });

  it("readers take a path, URL, Response, Blob, ArrayBuffer and any typed array", async () => {
    const buffer = encodeModel(model()).buffer as ArrayBuffer;
    const path = join(folder, "a model.safetensors");
    writeFileSync(path, new Uint8Array(buffer));
    const url = pathToFileURL(path);
    const forms = () => [
      path,
      url,
      new Response(buffer),
      new Blob([buffer]),
      buffer,
      new Uint8Array(buffer),
      new DataView(buffer),
      new Int8Array(buffer),
      new Uint8ClampedArray(buffer),
      new Float32Array(buffer),
      new URL(`data:application/octet-stream;base64,${Buffer.from(buffer).toString("base64")}`),
    ];
    for (const form of forms()) expect((await loadModel(form)).name).toBe("m");
    for (const form of forms()) expect((await loadVariables(form)).size).toBe(2);
    for (const form of forms()) expect((await restore(model(), form)).restored).toHaveLength(2);
    expect(decodeSafetensors(new Float32Array(buffer)).tensors.size).toBe(2);
    const response = new Response(buffer);
    await response.arrayBuffer();
    expect(await errorOf(loadModel(response))).toMatch(/got a response that was read before/);
    expect(await errorOf(loadModel(new Response("x", { status: 404 })))).toMatch(/got HTTP status 404/);
    for (const wrong of [null, undefined, 5, {}, [1]]) {
      for (const read of [loadModel, loadVariables, loadCheckpoint, readIdx]) {
        expect(await errorOf(read(wrong as never))).toMatch(/^DTypeError: \w+: a file must be a path, URL, Response/);
      }
    }
  });

  it("readIdx and decodeIdx take the same forms", async () => {
    const bytes = encodeIdx({ shape: [2], type: "uint8", data: new Uint8Array([7, 9]) });
    const buffer = bytes.buffer.slice(0) as ArrayBuffer;
    for (const form of [buffer, new Blob([buffer]), new Response(buffer), new Int8Array(buffer)]) {
      expect([...(await readIdx(form)).data]).toEqual([7, 9]);
    }
    expect([...decodeIdx(buffer).data]).toEqual([7, 9]);
    expect(() => decodeIdx([0, 0] as never)).toThrow(GradusError);
  });

  it("writers take a map or a plain object", async () => {
    const map = new Map<string, Tensor>(Object.entries(values));
    expect(encodeNpz(values)).toEqual(encodeNpz(map));
    expect(encodeSafetensors(values)).toEqual(encodeSafetensors(map));
    expect([...(await loadVariables(encodeNpz(values))).keys()]).toEqual(["w"]);
    expect((await loadVariables(encodeNpz({}))).size).toBe(0);
    expect(decodeSafetensors(encodeSafetensors({})).tensors.size).toBe(0);
    for (const wrong of [null, undefined, 5, "a", [ones([1])], ones([1]), { w: [1] }, new Map([["w", 1]])]) {
      expect(() => encodeNpz(wrong as never)).toThrow(/^encodeNpz: the values must be tensors by name/);
      expect(() => encodeSafetensors(wrong as never)).toThrow(/^encodeSafetensors: the values must be tensors by name/);
    }
  });

  it("writers take the content first and the path second, and an error says so", async () => {
    const swapped = "the path is text, and the second argument, got the path first. Call";
    expect(await errorOf(saveVariables("a.npz" as never, model() as never))).toContain(`saveVariables: ${swapped}`);
    expect(await errorOf(saveModel("a" as never, model() as never))).toContain(`saveModel: ${swapped}`);
    expect(await errorOf((saveModel as (model: unknown) => Promise<void>)(model()))).toBe(
      "DTypeError: saveModel: the path is text, and the second argument, got none. Call saveModel(content, path).",
    );
    expect(() => encodeModel(5 as never)).toThrow("encodeModel: model must be a layer or model, got 5.");
  });

  it("encodeModel throws for models that are nested deeper than loadModel reads", async () => {
    const nested = (depth: number): Sequential =>
      depth === 0 ? model() : new Sequential({ inputShape: [1], layers: [nested(depth - 1)] });
    expect((await loadModel(encodeModel(nested(40)))).outputShape).toEqual([1]);
    expect(() => encodeModel(nested(100))).toThrow("encodeModel: the architecture may be nested 100 deep, got more.");
  });
});
