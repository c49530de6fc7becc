import { readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import type { Tensor } from "gradus";
import { imageTensor, readImage } from "gradus/images";
import { describe, expect, test } from "vitest";
import { crc32 } from "../../src/io/formats/crc.ts";

interface Picture {
  readonly file: string;
  readonly pixels: string;
}

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));
const pictures = JSON.parse(readFileSync(new URL("../references/pictures.json", import.meta.url), "utf8")) as Readonly<
  Record<string, Picture>
>;
const fileOf = (name: string): Uint8Array => bytesOf(pictures[name].file);

const chunk = (type: string, data: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body) >>> 0, 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
};

interface Png {
  readonly size: readonly [width: number, height: number];
  readonly depth: number;
  readonly colour: number;
  readonly raw: readonly number[];
  readonly chunks?: readonly (readonly [type: string, data: readonly number[]])[];
}

/** A PNG file of rows that each begin with their filter. */
const png = ({ size: [width, height], depth, colour, raw, chunks = [] }: Png): Uint8Array => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour, 0, 0, 0], 8);
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk("IHDR", header),
      ...chunks.map(([type, data]) => chunk(type, Uint8Array.from(data))),
      chunk("IDAT", deflateSync(Uint8Array.from(raw))),
      chunk("IEND", new Uint8Array()),
    ]),
  );
};

const dataOf = async (file: Uint8Array, channels?: 1 | 3 | 4): Promise<readonly number[]> => [
  ...(await readImage(file, channels === undefined ? {} : { channels })).data,
];

describe("readImage reads what ImageMagick reads", () => {
  test.each([
    ["interlaced", 0],
    ["deep", 1],
    ["palette", 0],
    ["baseline", 3],
    ["progressive", 3],
    ["gray", 2],
  ])("a file that is %s, with differences of at most %d of 255", async (name, most) => {
    const image = await readImage(fileOf(name));
    const expected = bytesOf(pictures[name].pixels);
    expect(image.dtype).toBe("uint8");
    expect(image.size).toBe(expected.length);
    expect(image.shape).toEqual(name.match(/interlaced|deep|palette/) ? [4, 6, 3] : [16, 24, 3]);
    const worst = Math.max(...Array.from(image.data, (value, at) => Math.abs(value - expected[at])));
    expect(worst).toBeLessThanOrEqual(most);
  });
});

describe("readImage of PNG", () => {
  test("gray of 1, 2, 4, 8 and 16 bits is scaled to all of 0 to 255", async () => {
    const gray = (depth: number, raw: readonly number[]): Uint8Array => png({ size: [3, 1], depth, colour: 0, raw });
    expect(await dataOf(gray(1, [0, 0b10100000]), 1)).toEqual([255, 0, 255]);
    expect(await dataOf(gray(2, [0, 0b01101100]), 1)).toEqual([85, 170, 255]);
    expect(await dataOf(gray(4, [0, 0x1f, 0x80]), 1)).toEqual([17, 255, 136]);
    expect(await dataOf(gray(8, [0, 1, 2, 200]), 1)).toEqual([1, 2, 200]);
    expect(await dataOf(gray(16, [0, 0x01, 0x81, 0xff, 0xff, 0x80, 0x00]), 1)).toEqual([1, 255, 128]);
  });

  test("transparent pixels show the background, and 4 channels keep the opacity", async () => {
    const file = png({ size: [2, 1], depth: 8, colour: 6, raw: [0, 10, 20, 30, 255, 40, 50, 60, 0] });
    expect(await dataOf(file)).toEqual([10, 20, 30, 255, 255, 255]);
    expect(await dataOf(file, 4)).toEqual([10, 20, 30, 255, 40, 50, 60, 0]);
    const black = await readImage(file, { background: 0, channels: 1 });
    expect([...black.data]).toEqual([Math.round(0.299 * 10 + 0.587 * 20 + 0.114 * 30), 0]);
    const grayWithOpacity = png({ size: [2, 1], depth: 8, colour: 4, raw: [0, 100, 255, 0, 128] });
    expect(await dataOf(grayWithOpacity, 1)).toEqual([100, 127]);
  });

  test("one colour, or a colour of the palette, may be transparent", async () => {
    const one = png({ size: [2, 1], depth: 8, colour: 0, raw: [0, 7, 8], chunks: [["tRNS", [0, 7]]] });
    expect(await dataOf(one, 4)).toEqual([7, 7, 7, 0, 8, 8, 8, 255]);
    const chunks = [
      ["PLTE", [1, 2, 3, 4, 5, 6]],
      ["tRNS", [0]],
    ] as const;
    const palette = png({ size: [3, 1], depth: 1, colour: 3, raw: [0, 0b01000000], chunks });
    expect(await dataOf(palette, 4)).toEqual([1, 2, 3, 0, 4, 5, 6, 255, 1, 2, 3, 0]);
  });

  test("a picture that claims more than it has, or holds more than it claims, is refused", async () => {
    const huge = png({ size: [40_000, 40_000], depth: 8, colour: 2, raw: [0] });
    await expect(readImage(huge)).rejects.toThrow(
      "readImage: a picture must have from 1 to 50000000 pixels, got 40000 x 40000. Make it smaller, or pass maxPixels.",
    );
    await expect(readImage(png({ size: [5000, 5000], depth: 8, colour: 2, raw: [0] }))).rejects.toThrow(
      "readImage: the data of a picture of 5000 x 5000 must inflate to 75005000 bytes, got 1. Get the file again.",
    );
    const bomb = png({ size: [1, 1], depth: 8, colour: 0, raw: new Array<number>(1e6).fill(0) });
    await expect(readImage(bomb)).rejects.toThrow("must inflate to 2 bytes, got more.");
  });

  test("a profile that claims to be large never reaches the library", async () => {
    const profile = [...Buffer.from("p\0\0", "latin1"), ...deflateSync(new Uint8Array(1e6))];
    const file = png({ size: [1, 1], depth: 8, colour: 0, raw: [0, 9], chunks: [["iCCP", profile]] });
    expect(await dataOf(file, 1)).toEqual([9]);
  });

  test("wrong colour types, indices, checksums and ends are refused", async () => {
    await expect(readImage(png({ size: [1, 1], depth: 3, colour: 2, raw: [0] }))).rejects.toThrow(
      "readImage: a PNG file must have a colour type and depth of its format, got 2 and 3. Get the file again.",
    );
    const chunks = [["PLTE", [1, 2, 3]]] as const;
    await expect(readImage(png({ size: [1, 1], depth: 8, colour: 3, raw: [0, 1], chunks }))).rejects.toThrow(
      "each pixel must be a colour of the palette, got number 1 of 1.",
    );
    const good = png({ size: [1, 1], depth: 8, colour: 0, raw: [0, 9] });
    await expect(readImage(good.slice(0, -5))).rejects.toThrow(
      /the PNG file must be complete, got \d+ bytes without its end/,
    );
    const damaged = good.slice();
    damaged[29] ^= 1;
    await expect(readImage(damaged)).rejects.toThrow("the PNG file must be complete and whole");
  });
});

/** A JPEG file with EXIF data that hold an orientation. */
const held = (orientation: number): Uint8Array => {
  const file = fileOf("baseline");
  const exif = [0x45, 0x78, 0x69, 0x66, 0, 0, 0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8, 0, 1];
  const entry = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  const segment = [0xff, 0xe1, 0, 2 + exif.length + entry.length, ...exif, ...entry];
  return Uint8Array.from([...file.subarray(0, 2), ...segment, ...file.subarray(2)]);
};

describe("readImage of JPEG", () => {
  test("a picture is turned as its camera was held", async () => {
    const at = (image: Tensor, y: number, x: number): string => {
      const from = (y * image.shape[1] + x) * 3;
      return image.data.slice(from, from + 3).join();
    };
    const plain = await readImage(fileOf("baseline"));
    const places: Readonly<Record<number, (y: number, x: number) => readonly [number, number]>> = {
      1: (y, x) => [y, x],
      2: (y, x) => [y, 23 - x],
      3: (y, x) => [15 - y, 23 - x],
      4: (y, x) => [15 - y, x],
      5: (y, x) => [x, y],
      6: (y, x) => [15 - x, y],
      7: (y, x) => [15 - x, 23 - y],
      8: (y, x) => [x, 23 - y],
    };
    for (let orientation = 1; orientation <= 8; orientation++) {
      const image = await readImage(held(orientation));
      expect(image.shape).toEqual(orientation < 5 ? [16, 24, 3] : [24, 16, 3]);
      for (const [y, x] of [
        [0, 0],
        [5, 4],
        [9, 12],
        [14, 3],
      ]) {
        expect(at(image, y, x), `${orientation}: ${y}, ${x}`).toBe(at(plain, ...places[orientation](y, x)));
      }
    }
  });

  test("CMYK, other kinds, and sizes that are too large are refused with a reason", async () => {
    await expect(readImage(fileOf("cmyk"))).rejects.toThrow(
      "readImage: a JPEG file must be gray or in colour, got 4 components (CMYK). Save it again in RGB.",
    );
    const file = fileOf("baseline");
    const frame = file.findIndex((byte, at) => byte === 0xff && file[at + 1] === 0xc0);
    const arithmetic = file.slice();
    arithmetic[frame + 1] = 0xc9;
    await expect(readImage(arithmetic)).rejects.toThrow(
      "must be baseline or progressive, with 8 bits, got kind 9 with 8",
    );
    const huge = file.slice();
    huge.set([0xff, 0xff, 0xff, 0xff], frame + 5);
    await expect(readImage(huge)).rejects.toThrow("a picture must have from 1 to 50000000 pixels, got 65535 x 65535.");
    await expect(readImage(file, { maxPixels: 383 })).rejects.toThrow("from 1 to 383 pixels, got 24 x 16.");
  });

  test.each([3, 100, 400, 600])("a file that ends after %d bytes is refused", async (length) => {
    await expect(readImage(fileOf("baseline").slice(0, length))).rejects.toThrow(/the JPEG file must be complete/);
  });
});

test("files of other kinds are refused by their first bytes, and sources are what all readers take", async () => {
  await expect(readImage(new Uint8Array([0x47, 0x49, 0x46, 0x38]))).rejects.toThrow(
    "readImage: a picture must be a PNG or JPEG file, got bytes that begin with 47 49 46 38. Convert it.",
  );
  await expect(readImage(new Uint8Array())).rejects.toThrow("got bytes that begin with nothing.");
  expect((await readImage(new Blob([fileOf("gray") as BlobPart]), { channels: 1 })).shape).toEqual([16, 24, 1]);
  await expect(readImage("/absent/picture.png")).rejects.toThrow(/picture\.png/);
  await expect(readImage(fileOf("gray"), { channels: 2 as never })).rejects.toThrow(
    "readImage: channels must be 1, 3 or 4, got 2.",
  );
});

describe("imageTensor", () => {
  test("pixels of a page become bytes that mean 0 to 1", () => {
    const data = new Uint8ClampedArray([255, 0, 0, 255, 0, 0, 0, 0]);
    expect(imageTensor({ width: 2, height: 1, data }).toArray()).toEqual([
      [
        [1, 0, 0],
        [1, 1, 1],
      ],
    ]);
    expect([...imageTensor({ width: 1, height: 2, data }, { channels: 1, background: 0 }).data]).toEqual([76, 0]);
  });

  test("what is not pixels is refused", () => {
    for (const wrong of [undefined, null, 3, {}, { width: 2, height: 2, data: new Uint8ClampedArray(4) }]) {
      expect(() => imageTensor(wrong as never)).toThrow(
        /imageTensor: the source must be a canvas or ImageData with pixels/,
      );
    }
    const canvas = { width: 1, height: 1, getContext: () => null };
    expect(() => imageTensor(canvas)).toThrow(
      "imageTensor: the canvas must have a 2d context, got one of another kind.",
    );
  });
});
