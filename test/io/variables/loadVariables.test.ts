import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BatchNorm,
  DataError,
  Dense,
  DTypeError,
  encodeNpz,
  encodeSafetensors,
  type FileSource,
  loadModel,
  loadVariables,
  ones,
  restore,
  type SaveVariablesOptions,
  Sequential,
  saveModel,
  saveVariables,
  type Tensor,
  tensor,
  ValueError,
} from "gradus";
import { afterAll, describe, expect, it, vi } from "vitest";
import { encodeNpy } from "../../../src/io/formats/npy.ts";
import { sameBits } from "../../../src/tensor/tensor.ts";
import { errorOf, onEachBackend, pattern } from "../../layers/helpers.ts";
import { expectNumbers, fixture, fixturePath } from "../foreign.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-"));
afterAll(() => rmSync(folder, { recursive: true }));
const place = (name: string): string => join(folder, name);

const dnn = (seed: number, name = "dnn"): Sequential =>
  new Sequential({
    name,
    inputShape: [4],
    layers: [
      new Dense({ name: "hidden1", units: 3 }),
      new BatchNorm({ name: "bn1" }),
      new Dense({ name: "outputs", units: 2 }),
    ],
    seed,
  });

const names = (model: Sequential): string[] => model.variables.map(({ name }) => name);

/** The text of the error with which a promise ends. */
const refusal = async (promise: Promise<unknown>): Promise<string> => {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  return errorOf(() => {
    if (error instanceof Error) throw error;
  });
};

/** The path of a file that saveVariables writes. */
const saved = async (model: Sequential, options?: SaveVariablesOptions): Promise<string> => {
  await saveVariables(model, place("saved.npz"), options);
  return place("saved.npz");
};

describe("loadVariables", () => {
  const tensors = new Map([["a", tensor([1, 2])]]);
  const formats: [string, Uint8Array<ArrayBuffer>][] = [
    ["safetensors", encodeSafetensors(tensors)],
    ["npz", encodeNpz(tensors)],
  ];

  it.each(formats)(
    "loadVariables reads %s from a path of any name, an array, a part of an array, a buffer, and a Blob",
    async (_, bytes) => {
      const path = place("weights.bin");
      writeFileSync(path, bytes);
      const within = new Uint8Array(bytes.length + 3);
      within.set(bytes, 3);
      const sources: FileSource[] = [
        path,
        bytes,
        within.subarray(3),
        Buffer.from(bytes),
        bytes.buffer,
        new Blob([bytes]),
      ];
      for (const source of sources) {
        const variables = await loadVariables(source);
        expect([...variables].map(([name, value]) => [name, value.toArray()])).toEqual([["a", [1, 2]]]);
      }
    },
  );

  it("loadVariables names the array of a .npy file after the file", async () => {
    expectNumbers(
      await loadVariables(fixture("version1.npy")).then((all) => new Map([["matrix", all.get("arr_0")!]])),
      "npy",
    );
    expect([...(await loadVariables(fixturePath("version1.npy"))).keys()]).toEqual(["version1"]);
    expect(await refusal(loadVariables(fixturePath("version1.npy"), { match: /other/ }))).toBe(
      "ValueError: loadVariables: match must match the name of a variable, got /other/. The names are version1.",
    );
  });

  it("loadVariables reads the model's variables from a file of saveModel, and throws for unknown versions", async () => {
    const model = dnn(1);
    await saveModel(model, place("model.safetensors"));
    const variables = await loadVariables(place("model.safetensors"));
    expect([...variables.keys()]).toEqual(names(model));
    const unknown = encodeSafetensors(new Map(), { metadata: { format: "gradus", version: "99" } });
    expect(await refusal(loadVariables(unknown))).toMatch(
      /^DataError: loadVariables: the version of the file must be .*, got 99\. Use a newer gradus\.$/,
    );
  });

  it("loadVariables names the file in its errors", async () => {
    expect(await refusal(loadVariables(place("none.ckpt")))).toBe(
      `DataError: ${place("none.ckpt")}: the file must exist, got file not found. Check the path.`,
    );
    expect(await refusal(loadVariables(place("none.ckpt.index")))).toContain("none.ckpt.index: the file must exist");
    expect(await refusal(loadVariables(new Uint8Array(3)))).toMatch(
      /^DataError: loadVariables: the first 8 bytes must hold/,
    );
    expect(await refusal(loadVariables({} as never))).toBe(
      "DTypeError: loadVariables: a file must be a path, URL, Response, Blob, ArrayBuffer or typed array, got an object.",
    );
    expect(await refusal(loadVariables({ index: fixture("tf1.ckpt.index"), data: 1 as never }))).toBe(
      "DataError: loadVariables: data must be a list of the checkpoint's data files, in order (there is 1), got 1.",
    );
    expect(await refusal(loadVariables("x", { pattern: /a/ } as never))).toMatch(
      /^ValueError: loadVariables: every option/,
    );
    mkdirSync(place("folder"));
    expect(await refusal(loadVariables(place("folder")))).toContain("this must be a plain file, got a folder");
  });

  it("loadVariables throws for files of more than maxBytes before it reads them, in every form", async () => {
    const bytes = encodeSafetensors(new Map([["a", ones([100])]]));
    writeFileSync(place("large"), bytes);
    for (const source of [place("large"), bytes, bytes.buffer, new Blob([bytes])]) {
      expect(await refusal(loadVariables(source, { maxBytes: 100 }))).toContain(
        `the file must have at most 100 bytes, got ${bytes.length}. Check that this is the right file.`,
      );
    }
    const read = vi.fn();
    const blob = Object.assign(new Blob([bytes]), { arrayBuffer: read });
    await refusal(loadVariables(blob, { maxBytes: 100 }));
    expect(read).not.toHaveBeenCalled();
  });
});

onEachBackend(() => {
  const x = pattern([5, 4]);

  describe("saveVariables and restore", () => {
    it.each(["weights.npz", "weights.safetensors"])(
      "saveVariables and restore write and read a model's variables as %s",
      async (file) => {
        const [model, other] = [dnn(1), dnn(2)];
        await saveVariables(model, place(file));
        const report = await restore(other, place(file));
        expect(report).toEqual({ restored: names(other), missing: [], unexpected: [], shapeMismatch: [] });
        expect(sameBits(other.predict(x), model.predict(x))).toBe(true);
        expect(readdirSync(folder).filter((name) => name.includes(".tmp"))).toEqual([]);
      },
    );

    it("saveVariables and restore select variables, and rename them", async () => {
      const model = dnn(1);
      const rename = (name: string): string => name.replace("dnn/", "");
      await saveVariables(model, place("part.npz"), { match: /hidden1|gamma/, rename });
      const expected = ["hidden1/kernel", "hidden1/bias", "bn1/gamma"];
      expect([...(await loadVariables(place("part.npz"))).keys()]).toEqual(expected);
      const other = dnn(2, "mine");
      const options = { match: /hidden1/, rename: (name: string) => `mine/${name}` };
      const report = await restore(other, readFileSync(place("part.npz")), options);
      expect(report.restored).toEqual(["mine/hidden1/kernel", "mine/hidden1/bias"]);
      expect(sameBits(other.variable("hidden1/kernel").read(), model.variable("hidden1/kernel").read())).toBe(true);
    });

    it("loadVariables throws for a match that matches nothing, with the nearest names", async () => {
      const file = place("nearest.npz");
      await saveVariables({ "hidden1/kernel": tensor([1]), "outputs/bias": tensor([2]) }, file);
      expect(await refusal(loadVariables(file, { match: /hiden1/ }))).toBe(
        "ValueError: loadVariables: match must match the name of a variable, got /hiden1/. The names are hidden1/kernel, outputs/bias.",
      );
      expect([...(await loadVariables(file, { match: /bias/ })).keys()]).toEqual(["outputs/bias"]);
    });

    it("match in restore, assign and saveVariables selects names in the file, with rename too", async () => {
      const model = dnn(1);
      const file = readFileSync(await saved(model, { rename: (name) => name.replace("dnn/hidden1", "first") }));
      const options = { match: /^first/, rename: (name: string) => name.replace("first", "dnn/hidden1") };
      const expected = {
        restored: ["dnn/hidden1/kernel", "dnn/hidden1/bias"],
        missing: [],
        unexpected: [],
        shapeMismatch: [],
      };
      expect(await restore(dnn(2), file, options)).toEqual(expected);
      expect(dnn(2).assign(await loadVariables(file), options)).toEqual(expected);
      expect(dnn(2).assign(await loadVariables(file, { match: /^first/ }), options)).toEqual(expected);
      // The name of a variable with a value does not count: the value is named otherwise.
      expect(await refusal(restore(dnn(2), file, { ...options, match: /hidden1/ }))).toMatch(
        /^ValueError: restore: match must match the name of a value, got \/hidden1\/\. The nearest names are /,
      );
      await expect(saved(model, { match: /^dnn\/hidden1/, rename: (name) => name.slice(4) })).rejects.toThrow(
        "saveVariables: match must match the name of a variable, got /^dnn\\/hidden1/. The nearest names are hidden1/",
      );
    });

    it("a match without a matching variable is an error in restore and assign, strict or not", async () => {
      const model = dnn(1);
      const file = readFileSync(await saved(model));
      for (const strict of [true, false]) {
        expect(await refusal(restore(dnn(2), file, { match: /hiden1/, strict }))).toMatch(
          /^ValueError: restore: match must match the name of a value, got \/hiden1\/\. The nearest names are dnn\/hidden1\/\w+, dnn\/hidden1/,
        );
        const values = await loadVariables(file);
        expect(errorOf(() => dnn(2).assign(values, { match: /hiden1/, strict }))).toMatch(
          /^ValueError: dnn: assign: match must match .* got \/hiden1\/\. The nearest names are dnn\/hidden1/,
        );
        expect(errorOf(() => dnn(2).assign({}, { match: /hiden1/, strict }))).toMatch(/There are no names\.$/);
      }
      expect(await refusal(restore(dnn(2), file, { match: "hidden1" as never }))).toBe(
        'ValueError: restore: match must be a regular expression, got "hidden1".',
      );
      // Without a value, the name of a variable counts: that it is missing is reported.
      expect(dnn(2).assign({}, { match: /hidden1/, strict: false }).missing).toHaveLength(2);
    });

    it("restore does not read variables that do not match", async () => {
      // 64-bit whole numbers that are too large, and a member that is not an array: neither matches.
      const model = new Sequential({
        name: "m",
        inputShape: [1],
        layers: [new Dense({ name: "d", units: 1, useBias: false })],
      });
      const rename = (name: string): string => (name === "sound" ? "m/d/kernel" : name);
      const options = { match: /^sound$/, rename, strict: false };
      expect((await restore(model, fixturePath("numpy-refused.npz"), options)).shapeMismatch).toEqual(["m/d/kernel"]);
      await expect(restore(model, fixturePath("numpy-refused.npz"), { rename })).rejects.toThrow(DataError);
    });

    it("saveVariables and restore round NumPy's float64 to the model's float32", async () => {
      const model = dnn(1);
      const doubles = new Map<string, Tensor>(
        model.variables.map(({ name, shape }) => [name, tensor(Float64Array.from(pattern(shape).data), { shape })]),
      );
      await saveVariables(doubles, place("doubles.npz"));
      expect((await loadVariables(place("doubles.npz"))).get("dnn/outputs/bias")?.dtype).toBe("float64");
      await restore(model, place("doubles.npz"));
      expect(sameBits(model.variable("hidden1/kernel").read(), pattern([4, 3]))).toBe(true);
    });
  });
});

describe("a model that was grown", () => {
  it("a model that was grown is saved and loaded like any other", async () => {
    const grown = dnn(1)
      .upTo("bn1")
      .extend([new Dense({ name: "new_outputs", units: 5 })]);
    await saveModel(grown, place("grown.safetensors"));
    const loaded = await loadModel(place("grown.safetensors"));
    expect(names(loaded)).toEqual(names(grown));
    const x = pattern([5, 4]);
    expect(sameBits(loaded.predict(x), grown.predict(x))).toBe(true);
    expect(names(loaded.upTo("hidden1").extend([new Dense({ name: "more", units: 1 })])).at(-1)).toBe("dnn/more/bias");
  });
});

describe("saveVariables", () => {
  it("saveVariables writes a list of variables, or tensors by name in a map or an object", async () => {
    const model = dnn(1);
    const value = tensor([1, 2]);
    const cases: [Parameters<typeof saveVariables>[0], string[]][] = [
      [model.findVariables(/bias/), ["dnn/hidden1/bias", "dnn/outputs/bias"]],
      [{ a: value }, ["a"]],
      [new Map([["b", value]]), ["b"]],
    ];
    for (const [source, expected] of cases) {
      await saveVariables(source, place("list.npz"));
      expect([...(await loadVariables(place("list.npz"))).keys()]).toEqual(expected);
    }
  });

  it("saveVariables writes the same bytes as NumPy", () => {
    const matrix = tensor([
      [-4.5, -3, -1.5],
      [0, 1.5, 3],
    ]);
    expect(encodeNpy("test", "matrix", matrix)).toEqual(fixture("version1.npy"));
  });

  it("saveVariables throws for other endings, an empty selection, equal names, and values that are not variables", async () => {
    const model = dnn(1);
    expect(await refusal(saveVariables(model, place("x.ckpt")))).toBe(
      `ValueError: saveVariables: the path must end in .safetensors or .npz, got "${place("x.ckpt")}". The ending selects the format.`,
    );
    expect(await refusal(saveVariables(model, place("x.npz"), { match: /nothing/ }))).toBe(
      "ValueError: saveVariables: match must match the name of a variable, got /nothing/. The nearest names are " +
        "dnn/bn1/moving_mean, dnn/bn1/moving_variance, dnn/hidden1/kernel, dnn/hidden1/bias, dnn/bn1/gamma.",
    );
    expect(await refusal(saveVariables(model, place("x.npz"), { rename: () => "a" }))).toBe(
      'ValueError: saveVariables: the names of variables must differ, got "a" twice. Rename a layer, or correct rename.',
    );
    await expect(saveVariables([1 as never], place("x.npz"))).rejects.toThrow(DTypeError);
    await expect(saveVariables({ a: [1] as never }, place("x.npz"))).rejects.toThrow("tensors by name, got [1].");
    await expect(saveVariables([], place("x.npz"))).rejects.toThrow(ValueError);
    await expect(saveVariables(model, place("none/x.npz"))).rejects.toThrow("the folder of a file must exist");
    expect(readdirSync(folder)).not.toContain("x.npz");
  });
});

describe("on a platform without files", () => {
  it("a platform without files reads all formats from bytes, and throws for a path with advice", async () => {
    vi.resetModules();
    vi.doMock("#platform", () => import("../../../src/platform/browser.ts"));
    const browser = await import("../../../src/io/variables/loadVariables.ts");
    try {
      const load = async (source: Parameters<typeof loadVariables>[0]): Promise<ReadonlyMap<string, Tensor>> =>
        (await browser.loadVariables(source)) as ReadonlyMap<string, Tensor>;
      const blob = (name: string): Blob => new Blob([fixture(name) as Uint8Array<ArrayBuffer>]);
      expectNumbers(await load(blob("numpy-compressed.npz")), "numpy", ["größe"]);
      expectNumbers(await load(blob("numpy.npz")), "numpy", ["größe"]);
      expectNumbers(await load(blob("types.safetensors")), "safetensors");
      const data = [blob("tf1.ckpt.data-00000-of-00001")];
      expectNumbers(await load({ index: blob("tf1.ckpt.index"), data }), "tensorflow");
      const error: unknown = await load("model.npz").catch((reason: unknown) => reason);
      expect(String(error)).toMatch(
        /^GradusError: model\.npz: files must be read and written in Node, got a platform without files\. Pass the bytes/,
      );
    } finally {
      vi.doUnmock("#platform");
      vi.resetModules();
    }
  });
});
