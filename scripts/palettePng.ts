import { deflateSync, inflateSync } from "node:zlib";
import { crc32 } from "../src/io/crc.ts";

// Screenshots are flat: with a palette of 256 colours they take a third, and nobody sees it.

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10);

interface Chunk {
  readonly name: string;
  readonly data: Buffer;
}

function* chunksOf(png: Buffer): Generator<Chunk> {
  for (let at = signature.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    yield { name: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) };
    at += length + 12;
  }
}

const chunk = (name: string, data: Uint8Array): Buffer => {
  const named = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  crc.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, crc]);
};

/** What the filters of PNG predict from the bytes to the left, above, and left above. */
const predictors: readonly ((left: number, up: number, corner: number) => number)[] = [
  () => 0,
  (left) => left,
  (_, up) => up,
  (left, up) => (left + up) >> 1,
  (left, up, corner) => {
    const [byLeft, byUp, byCorner] = [left, up, corner].map((one) => Math.abs(left + up - corner - one));
    return byLeft <= byUp && byLeft <= byCorner ? left : byUp <= byCorner ? up : corner;
  },
];

/** The pixels as numbers 0xrrggbb, row by row. */
const pixelsOf = (chunks: readonly Chunk[]): { readonly width: number; readonly pixels: Uint32Array } => {
  const header = chunks[0].data;
  const [width, height, depth, type, , , interlaced] = [
    header.readUInt32BE(0),
    header.readUInt32BE(4),
    ...header.subarray(8),
  ];
  if (depth !== 8 || (type !== 2 && type !== 6) || interlaced !== 0) {
    throw new Error(`palettePng: the picture must be a screenshot, 8 bits of RGB, got ${depth} bits of type ${type}.`);
  }
  const bytes = inflateSync(Buffer.concat(chunks.filter(({ name }) => name === "IDAT").map(({ data }) => data)));
  const size = type === 2 ? 3 : 4;
  const stride = width * size;
  let above = new Uint8Array(stride);
  const pixels = new Uint32Array(width * height);
  for (let row = 0; row < height; row++) {
    const predict = predictors[bytes[row * (stride + 1)]];
    const line = Uint8Array.from(bytes.subarray(row * (stride + 1) + 1, (row + 1) * (stride + 1)));
    for (let at = 0; at < stride; at++) line[at] += predict(line[at - size] ?? 0, above[at], above[at - size] ?? 0);
    for (let x = 0; x < width; x++) {
      const [red, green, blue] = line.subarray(x * size);
      pixels[row * width + x] = (red << 16) | (green << 8) | blue;
    }
    above = line;
  }
  return { width, pixels };
};

const distance = (one: number, other: number): number =>
  [16, 8, 0].reduce((sum, shift) => sum + (((one >> shift) & 255) - ((other >> shift) & 255)) ** 2, 0);

/**
 * A screenshot with the 256 colours that it has most of; all others become the nearest of these.
 * @throws Error for another kind of PNG than browsers write.
 */
export const palettePng = (png: Uint8Array): Buffer => {
  const { width, pixels } = pixelsOf([...chunksOf(Buffer.from(png))]);
  const counts = new Map<number, number>();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const colours = [...counts.keys()].sort((one, other) => counts.get(other)! - counts.get(one)!);
  const palette = colours.slice(0, 256);
  const nearest = (colour: number): number =>
    palette.reduce((best, one, at) => (distance(one, colour) < distance(palette[best], colour) ? at : best), 0);
  const places = new Map(colours.map((colour, at) => [colour, at < 256 ? at : nearest(colour)]));
  const height = pixels.length / width;
  // A byte in front of each row names its filter: none, which suits a palette best.
  const rows = new Uint8Array((width + 1) * height);
  for (const [at, pixel] of pixels.entries()) rows[at + Math.floor(at / width) + 1] = places.get(pixel)!;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("PLTE", Uint8Array.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]))),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", new Uint8Array()),
  ]);
};
