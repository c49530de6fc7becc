import { decode } from "fast-png";
import type { Fail, Pixels } from "./pixels.ts";

/** The first bytes of a PNG file. */
export const pngSignature: readonly number[] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** The channels of each colour type; a palette has one. */
const channelsOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** The parts that pixels depend on. Others, such as profiles that claim to be large, never reach the library. */
const needed: readonly string[] = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"];

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly interlaced: boolean;
}

/** The bytes that the compressed data of a picture must inflate to. */
const rawBytes = ({ width, height, depth, colour, interlaced }: Header): number => {
  const bits = channelsOf[colour] * depth;
  const passes = interlaced
    ? [
        [0, 8, 0, 8],
        [4, 8, 0, 8],
        [0, 4, 4, 8],
        [2, 4, 0, 4],
        [0, 2, 2, 4],
        [1, 2, 0, 2],
        [0, 1, 1, 2],
      ]
    : [[0, 1, 0, 1]];
  let sum = 0;
  for (const [left, across, top, down] of passes) {
    const [columns, rows] = [Math.ceil((width - left) / across), Math.ceil((height - top) / down)];
    if (columns > 0 && rows > 0) sum += rows * (1 + Math.ceil((columns * bits) / 8));
  }
  return sum;
};

/** Inflates data without keeping it, and stops beyond `limit` bytes: how many they are, undefined where they are damaged. */
const inflatedBytes = async (parts: readonly Uint8Array[], limit: number): Promise<number | undefined> => {
  const { readable, writable } = new DecompressionStream("deflate");
  const writer = writable.getWriter();
  const write = async (): Promise<void> => {
    for (const part of parts) await writer.write(part as BufferSource);
    await writer.close();
  };
  write().catch(() => undefined);
  const reader = readable.getReader();
  let bytes = 0;
  try {
    while (bytes <= limit) {
      const piece = await reader.read();
      if (piece.done) break;
      bytes += piece.value.length;
    }
    return bytes;
  } catch {
    return undefined;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
};

/** The pixels of a PNG file. What the header claims is checked before the data are unpacked, and again by unpacking them. */
export const readPng = async (bytes: Uint8Array, maxPixels: number, fail: Fail): Promise<Pixels> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const truncated = (): Error =>
    fail("the PNG file must be complete", `${bytes.length} bytes without its end`, "Get the file again.");
  const chunks: { readonly type: string; readonly from: number; readonly to: number }[] = [];
  for (let at = pngSignature.length; chunks.at(-1)?.type !== "IEND"; ) {
    if (at + 12 > bytes.length) throw truncated();
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.length) throw truncated();
    chunks.push({ type: String.fromCharCode(...bytes.subarray(at + 4, at + 8)), from: at, to: at + 12 + length });
    at += 12 + length;
  }
  const [first] = chunks;
  if (first.type !== "IHDR" || first.to - first.from !== 25) {
    throw fail("a PNG file must begin with its header", first.type, "Get the file again.");
  }
  const header: Header = {
    width: view.getUint32(first.from + 8),
    height: view.getUint32(first.from + 12),
    depth: bytes[first.from + 16],
    colour: bytes[first.from + 17],
    interlaced: bytes[first.from + 20] === 1,
  };
  const { width, height, depth, colour } = header;
  if (width < 1 || height < 1 || width * height > maxPixels) {
    throw fail(
      `a picture must have from 1 to ${maxPixels} pixels`,
      `${width} x ${height}`,
      "Make it smaller, or pass maxPixels.",
    );
  }
  const depths: Readonly<Record<number, readonly number[]>> = { 0: [1, 2, 4, 8, 16], 3: [1, 2, 4, 8] };
  if (channelsOf[colour] === undefined || !(depths[colour] ?? [8, 16]).includes(depth)) {
    throw fail(
      "a PNG file must have a colour type and depth of its format",
      `${colour} and ${depth}`,
      "Get the file again.",
    );
  }
  const own = chunks.filter(({ type }) => needed.includes(type));
  const data = own.filter(({ type }) => type === "IDAT").map(({ from, to }) => bytes.subarray(from + 8, to - 4));
  const expected = rawBytes(header);
  const actual = await inflatedBytes(data, expected);
  if (actual !== expected) {
    throw fail(
      `the data of a picture of ${width} x ${height} must inflate to ${expected} bytes`,
      actual === undefined ? "damaged data" : actual > expected ? "more" : String(actual),
      "Get the file again.",
    );
  }
  const file = new Uint8Array(own.reduce((sum, { from, to }) => sum + to - from, pngSignature.length));
  file.set(pngSignature);
  let end = pngSignature.length;
  for (const { from, to } of own) {
    file.set(bytes.subarray(from, to), end);
    end += to - from;
  }
  return pixelsOf(decode(file, { checkCrc: true }), header, fail);
};

/** The decoded picture as bytes: a palette's colours, and depths other than 8 scaled to 0 to 255. */
const pixelsOf = (
  { data, palette, transparency }: ReturnType<typeof decode>,
  { width, height, depth, colour }: Header,
  fail: Fail,
): Pixels => {
  const from = channelsOf[colour];
  const count = width * height;
  const rowBytes = Math.ceil((width * from * depth) / 8);
  /** A sample; depths below 8 are packed, and each row begins with a byte. */
  const sample = (pixel: number, channel: number): number => {
    if (depth >= 8) return data[pixel * from + channel];
    const place = (pixel % width) * depth;
    const byte = data[Math.floor(pixel / width) * rowBytes + (place >> 3)];
    return (byte >> (8 - depth - (place & 7))) & (2 ** depth - 1);
  };
  const largest = 2 ** depth - 1;
  if (colour === 3) {
    const out = new Uint8Array(4 * count);
    for (let pixel = 0; pixel < count; pixel++) {
      const entry = palette?.[sample(pixel, 0)];
      if (!entry)
        throw fail(
          "each pixel must be a colour of the palette",
          `number ${sample(pixel, 0)} of ${palette?.length ?? 0}`,
          "Get the file again.",
        );
      out.set([entry[0], entry[1], entry[2], entry[3] ?? 255], 4 * pixel);
    }
    return { width, height, channels: 4, data: out };
  }
  // One colour is transparent: opacity becomes a channel.
  const clear = transparency?.length === from ? transparency : undefined;
  const channels = clear ? from + 1 : from;
  const out = new Uint8Array(count * channels);
  for (let pixel = 0; pixel < count; pixel++) {
    let isClear = clear !== undefined;
    for (let channel = 0; channel < from; channel++) {
      const value = sample(pixel, channel);
      isClear &&= value === clear?.[channel];
      out[pixel * channels + channel] = depth === 8 ? value : Math.round((255 * value) / largest);
    }
    if (clear) out[pixel * channels + from] = isClear ? 0 : 255;
  }
  return { width, height, channels, data: out };
};
