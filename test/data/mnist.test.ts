import { describe, expect, it } from "vitest";
import { loadDigits } from "../../src/data/digits.ts";
import type { IdxArray } from "../../src/data/idx.ts";
import { loadMnist, mnistOf } from "../../src/data/mnist.ts";
import type { MnistFiles } from "../../src/data/mnistFiles.ts";

const images = (count: number): IdxArray => ({
  type: "uint8",
  shape: [count, 2, 3],
  data: Uint8Array.from({ length: 6 * count }, (_, index) => index % 256),
});

const labels = (count: number): IdxArray => ({
  type: "uint8",
  shape: [count],
  data: Uint8Array.from({ length: count }, (_, index) => index % 10),
});

const files = (changed: Partial<MnistFiles> = {}): MnistFiles => ({
  trainImages: images(20),
  trainLabels: labels(20),
  testImages: images(4),
  testLabels: labels(4),
  source: { kind: "folder", location: "somewhere" },
  ...changed,
});

describe("loadMnist", () => {
  it("loadMnist sets the first training examples aside, and keeps bytes", () => {
    const { train, validation, test, source } = mnistOf(files(), { validation: 5 });
    expect([train.size, validation.size, test.size]).toEqual([15, 5, 4]);
    expect([train.x.dtype, train.x.scale, train.x.shape, train.y.dtype]).toEqual(["uint8", 1 / 255, [15, 6], "int32"]);
    expect([...validation.y.data]).toEqual([0, 1, 2, 3, 4]);
    expect(train.x.data[0]).toBe(30);
    expect([train.name, validation.name, test.name]).toEqual(["mnist train", "mnist validation", "mnist test"]);
    expect(source.location).toBe("somewhere");
  });

  it("loadMnist keeps the shape of the images if asked to, and does not need validation examples", () => {
    const { train, validation } = mnistOf(files(), { validation: 0, flatten: false });
    expect([train.x.shape, validation.size]).toEqual([[20, 2, 3], 0]);
  });

  it("loadMnist throws for files that do not belong together", () => {
    expect(() => mnistOf(files({ trainLabels: labels(19) }), { validation: 5 })).toThrow(
      "mnist train: every image must have a label, got 20 images and 19 labels. Take both files from the same set.",
    );
    expect(() => mnistOf(files({ testImages: labels(4) }), { validation: 5 })).toThrow(
      "mnist test: images must be uint8 [n, height, width] and labels uint8 [n], got uint8 [4] and uint8 [4]. " +
        "Check which file is which.",
    );
    const wrong: IdxArray = { type: "uint8", shape: [4], data: Uint8Array.of(1, 2, 10, 3) };
    expect(() => mnistOf(files({ testLabels: wrong }), { validation: 5 })).toThrow(
      "mnist test: labels must be from 0 to 9, got 10 at position 2. Replace the damaged file.",
    );
  });

  it("loadMnist throws for more validation examples than there are, before it reads anything", async () => {
    expect(() => mnistOf(files(), { validation: 20 })).toThrow(
      "loadMnist: validation must be a whole number from 0 to 19, got 20.",
    );
    await expect(loadMnist({ validation: 60_000, folder: "nowhere" })).rejects.toThrow("got 60000");
    await expect(loadMnist({ validation: -1, folder: "nowhere" })).rejects.toThrow("got -1");
  });

  it("loadMnist keeps its options when the caller changes them while it reads", async () => {
    const options = { folder: "nowhere", validation: 1 };
    const loading = loadMnist(options);
    options.folder = "elsewhere";
    await expect(loading).rejects.toThrow("nowhere");
  });

  it("loadMnist names a folder that does not exist", async () => {
    await expect(loadMnist({ folder: "nowhere" })).rejects.toThrow("got nowhere, which does not exist");
  });
});

describe("loadDigits", () => {
  it("loadDigits splits the built-in digits the same way every time", async () => {
    const { train, validation, test } = await loadDigits();
    expect([train.size, validation.size, test.size]).toEqual([1257, 180, 360]);
    expect([train.x.dtype, train.x.scale, train.x.shape, train.y.dtype]).toEqual([
      "uint8",
      1 / 16,
      [1257, 64],
      "int32",
    ]);
    const again = await loadDigits();
    expect(again.test.y.data).toEqual(test.y.data);
    for (const part of [train, validation, test]) {
      const counts = new Array(10).fill(0);
      for (const label of part.y.data) counts[label]++;
      // Every class in every part, about a tenth of it.
      expect(Math.min(...counts)).toBeGreaterThan(part.size / 20);
    }
    expect((await loadDigits({ seed: 1 })).test.y.data).not.toEqual(test.y.data);
    expect((await loadDigits({ flatten: false })).test.x.shape).toEqual([360, 8, 8]);
  });

  it("loadDigits throws if no example is left for training", async () => {
    await expect(loadDigits({ validation: 1000, test: 797 })).rejects.toThrow(
      "loadDigits: validation and test must leave some of the 1797 examples for training, " +
        "got validation=1000, test=797. Choose smaller ones.",
    );
  });
});
