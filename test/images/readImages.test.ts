import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DataError, resize, split, toFloat, ValueError } from "gradus";
import { type LabelledImage, readImage, readImages } from "gradus/images";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const pictures = JSON.parse(readFileSync(new URL("../references/pictures.json", import.meta.url), "utf8")) as Readonly<
  Record<string, { readonly file: string }>
>;
const fileOf = (name: string): Buffer => Buffer.from(pictures[name].file, "base64");
const [png, jpeg] = [fileOf("palette"), fileOf("baseline")];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gradus-images-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (files: Readonly<Record<string, Uint8Array | string>>): void => {
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
};

const errorOf = async (run: Promise<unknown>): Promise<Error> => {
  const error = await run.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Error);
  return error as Error;
};

describe("readImages", () => {
  test("readImages makes a data set of a folder for each class, in the order of their names", async () => {
    put({ "dog/b.PNG": png, "dog/a.jpg": jpeg, "cat/10.png": png, "cat/9.jpeg": jpeg, "LICENSE.txt": "free" });
    put({ "dog/.DS_Store": "x", "cat/Thumbs.db": "x", ".git/config": "x" });
    const data = await readImages(folder, { size: [6, 5] });
    expect(data.classes).toEqual(["cat", "dog"]);
    expect(data.files).toEqual(
      ["cat/10.png", "cat/9.jpeg", "dog/a.jpg", "dog/b.PNG"].map((file) => join(folder, file)),
    );
    expect([...data.y.data]).toEqual([0, 0, 1, 1]);
    expect([data.x.shape, data.x.dtype, data.x.scale, data.size, data.name]).toEqual([
      [4, 6, 5, 3],
      "uint8",
      1 / 255,
      4,
      folder,
    ]);
    const own = resize(await readImage(jpeg), [6, 5], { method: "area" });
    const row = toFloat(data.x).data.slice(90, 180);
    for (const [index, value] of row.entries())
      expect(Math.abs(Number(value) - Number(own.data[index]))).toBeLessThan(0.5 / 255 + 1e-6);
    const { train, test: rest } = split(data, { parts: { train: 0.5, test: 0.5 }, seed: 1 });
    expect([train.size, rest.size]).toEqual([2, 2]);
  });

  test("readImages reads gray pictures, over a background, by any method, and keeps pictures that have the size", async () => {
    const [height, width] = (await readImage(png)).shape;
    const list = [{ source: png, label: "a" }];
    const same = await readImages(list, { size: [height, width], channels: 1, background: 0 });
    expect([...same.x.data]).toEqual([...(await readImage(png, { channels: 1, background: 0 })).data]);
    const nearest = await readImages(list, { size: [2, 2], method: "nearest" });
    const expected = resize(await readImage(png), [2, 2], { method: "nearest" });
    expect([...nearest.x.data].map((byte) => Number(byte) / 255)).toEqual(
      [...expected.data].map((value) => expect.closeTo(Number(value), 6)),
    );
  });

  test("readImages takes a list of paths, bytes and blobs with their labels, and the order of the classes", async () => {
    put({ "x.png": png });
    const bytes = new Uint8Array(png);
    const list: LabelledImage[] = [
      { source: join(folder, "x.png"), label: "no" },
      { source: bytes, label: "yes" },
      { source: new Blob([new Uint8Array(jpeg)]), label: "no" },
    ];
    const reading = readImages(list, { size: [3, 3], classes: ["yes", "maybe", "no"], name: "votes" });
    // The caller may use its array and its list again.
    bytes.fill(0);
    list.length = 0;
    const data = await reading;
    expect([...data.y.data]).toEqual([2, 0, 2]);
    expect([data.classes, data.files, data.name]).toEqual([
      ["yes", "maybe", "no"],
      [join(folder, "x.png"), "picture 1", "picture 2"],
      "votes",
    ]);
  });

  test("readImages follows links to folders and pictures", async () => {
    put({ "elsewhere/1.png": png, "data/a/0.png": png });
    symlinkSync(join(folder, "elsewhere"), join(folder, "data/b"));
    symlinkSync(join(folder, "elsewhere/1.png"), join(folder, "data/a/1.png"));
    const data = await readImages(join(folder, "data"));
    expect([...data.y.data]).toEqual([0, 0, 1]);
  });

  test("readImages names all files that are not whole pictures", async () => {
    put({ "a/1.png": png, "a/2.png": png.subarray(0, 40), "a/notes.txt": "hello", "b/3.jpg": jpeg });
    const error = await errorOf(readImages(folder, { size: [4, 4] }));
    expect(error).toBeInstanceOf(DataError);
    const lines = error.message.split("\n  ");
    expect(lines[0]).toBe(`${folder}: all 4 pictures must be readable, got 2 errors. Repair or remove:`);
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/a.2\.png: the PNG file must be complete, got 40 bytes/),
      expect.stringMatching(/a.notes\.txt: a picture must be a PNG or JPEG file/),
    ]);
    const list = [
      { source: png, label: "a" },
      { source: 3 as unknown as string, label: "a" },
      { source: new Uint8Array([1]), label: "b" },
    ];
    const other = await errorOf(readImages(list, { size: [4, 4] }));
    expect(other.message.split("\n  ").slice(1)).toEqual([
      expect.stringMatching(/^picture 1: readImage: a file must be a path/),
      expect.stringMatching(/^picture 2: readImage: a picture must be a PNG or JPEG/),
    ]);
    const many = Array.from({ length: 30 }, () => ({ source: new Uint8Array([1]), label: "b" }));
    expect((await errorOf(readImages(many))).message.split("\n  ").at(-1)).toBe("and 10 more");
  });

  test("readImages throws for pictures of several sizes unless size says which they get", async () => {
    const [small, large] = [await readImage(png), await readImage(jpeg)];
    const sizes = [large, small].map(({ shape }) => `${shape[0]} x ${shape[1]}`);
    put({ "a/1.png": png, "a/2.jpg": jpeg });
    const error = await errorOf(readImages(folder));
    if (sizes[0] === sizes[1]) throw new Error("the pictures of this test must have two sizes");
    expect(error.message).toContain(
      `2.jpg: without size all pictures must be of one size, got ${sizes[0]} after ${sizes[1]}. Pass size.`,
    );
  });

  test("readImages throws for more bytes than maxBytes before it reads, and allocates nothing", async () => {
    const list = Array.from({ length: 100_000 }, () => ({ source: join(folder, "missing.png"), label: "a" }));
    expect((await errorOf(readImages(list, { size: [1000, 1000] }))).message).toBe(
      "readImages: the data set must have at most 1073741824 bytes, got 100000 pictures of [1000, 1000, 3], 300000000000 bytes. " +
        "Pass a smaller size, fewer channels or pictures, or a larger maxBytes.",
    );
    const two = [png, png].map((source) => ({ source, label: "a" }));
    expect((await errorOf(readImages(two, { maxBytes: 10 }))).message).toMatch(
      /^readImages: the data set must have at most 10 bytes, got 2 pictures/,
    );
    expect((await errorOf(readImages(two, { size: [4, 4], maxPixels: 1 }))).message).toMatch(/from 1 to 1 pixels/);
  });

  test("readImages throws for a folder that is missing, a file, or without folders of pictures", async () => {
    const message = async (path: string): Promise<string> => (await errorOf(readImages(path))).message;
    expect(await message(join(folder, "none"))).toBe(
      `${join(folder, "none")}: the folder must exist, got folder not found. Check the path.`,
    );
    put({ "flat/1.png": png, "empty/a/.hidden": "", "deep/a/b/1.png": png, "mixed/a/1.png": png, "mixed/2.jpg": jpeg });
    expect(await message(join(folder, "flat/1.png"))).toMatch(/the folder must exist, got a file/);
    expect(await message(join(folder, "flat"))).toMatch(
      /flat: each class must have a folder with its pictures, got 1\.png beside them\. Sort/,
    );
    expect(await message(join(folder, "mixed"))).toMatch(/got 2\.jpg beside them/);
    expect(await message(join(folder, "empty"))).toMatch(/must hold pictures and nothing else, got .*a \(no picture\)/);
    expect(await message(join(folder, "deep"))).toMatch(/must hold pictures and nothing else, got .*b \(a folder\)/);
  });

  test("readImages throws for classes that classes does not name", async () => {
    put({ "cat/1.png": png, "dog/1.png": png, "emu/1.png": png });
    const error = await errorOf(readImages(folder, { classes: ["cat", "bird"] }));
    expect(error.message).toBe(
      `${folder}: each class must be one of classes (cat, bird), got dog, emu. Add it to classes, or remove its pictures.`,
    );
  });

  test.each([
    [[], {}, /the source must be a folder, or a list of \{ source, label \}, got/],
    [3, {}, /the source must be a folder/],
    [[{ source: png }], {}, /each entry of a list must be \{ source, label \}, got .* at 0/],
    [
      [{ source: png, label: "a", lable: "b" }],
      {},
      /readImages: picture 0: every option must be one that exists, got "lable"/,
    ],
    ["folder", { size: [4] }, /size must be \[height, width\]/],
    ["folder", { classes: ["a", "a"] }, /classes must be a list of different names/],
    ["folder", { channels: 2 }, /channels must be 1, 3 or 4/],
    ["folder", { method: "cubic" }, /method must be/],
    ["folder", { sizes: [4, 4] }, /got "sizes"/],
  ])("readImages throws ValueError for %j with %j", async (source, options, message) => {
    const error = await errorOf(readImages(source as string, options as object));
    expect(error).toBeInstanceOf(ValueError);
    expect(error.message).toMatch(message);
  });
});
