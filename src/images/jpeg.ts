import jpeg from "jpeg-js";
import type { Fail, Pixels } from "./pixels.ts";

/** The first bytes of a JPEG file. */
export const jpegSignature: readonly number[] = [0xff, 0xd8, 0xff];

/** What the header of a JPEG file says. */
interface Header {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** From 1 to 8: how the camera was held (EXIF). */
  readonly orientation: number;
}

/** The orientation in the EXIF data of a file; 1 where it has none. */
const orientationIn = (exif: DataView): number => {
  if (exif.byteLength < 14 || exif.getUint32(0) !== 0x45786966) return 1;
  const tiff = 6;
  const little = exif.getUint16(tiff) === 0x4949;
  const directory = tiff + exif.getUint32(tiff + 4, little);
  if (directory + 2 > exif.byteLength) return 1;
  const count = exif.getUint16(directory, little);
  for (let entry = 0; entry < count; entry++) {
    const at = directory + 2 + 12 * entry;
    if (at + 12 > exif.byteLength) return 1;
    if (exif.getUint16(at, little) !== 0x0112) continue;
    const value = exif.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
};

/** Reads the segments of a file up to the one that has its size. */
const headerOf = (bytes: Uint8Array, fail: Fail): Header => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let orientation = 1;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1];
    // Bytes that fill, and markers without a segment.
    if (marker === 0xff || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    const length = view.getUint16(at + 2);
    if (length < 2 || at + 2 + length > bytes.length) break;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (marker === 0xe1) orientation = orientationIn(new DataView(bytes.buffer, bytes.byteOffset + at + 4, length - 2));
    if (isFrame && length >= 8) {
      if (marker > 0xc2 || bytes[at + 4] !== 8) {
        throw fail(
          "a JPEG file must be baseline or progressive, with 8 bits",
          `kind ${marker - 0xc0} with ${bytes[at + 4]} bits`,
          "Save it again, or as PNG.",
        );
      }
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), components: bytes[at + 9], orientation };
    }
    at += 2 + length;
  }
  throw fail("the JPEG file must be complete", `${bytes.length} bytes without its size`, "Get the file again.");
};

/** The pixels of a JPEG file, turned as its camera was held. The size is checked before anything is unpacked. */
export const readJpeg = (bytes: Uint8Array, maxPixels: number, fail: Fail): Pixels => {
  const { width, height, components, orientation } = headerOf(bytes, fail);
  if (width < 1 || height < 1 || width * height > maxPixels) {
    throw fail(
      `a picture must have from 1 to ${maxPixels} pixels`,
      `${width} x ${height}`,
      "Make it smaller, or pass maxPixels.",
    );
  }
  if (components !== 1 && components !== 3) {
    throw fail("a JPEG file must be gray or in colour", `${components} components (CMYK)`, "Save it again in RGB.");
  }
  const { data } = jpeg.decode(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: Math.ceil(maxPixels / 1e6),
    // The library counts what it allocates: four bytes for each of at most 3 components, samples, and the result.
    maxMemoryUsageInMB: 64 + Math.ceil((64 * width * height) / 2 ** 20),
  });
  return turned({ width, height, channels: 3, data }, orientation);
};

/** Undoes how the camera was held: 2 is mirrored, 3 upside down, 6 and 8 are a quarter of a turn. */
const turned = (pixels: Pixels, orientation: number): Pixels => {
  if (orientation === 1) return pixels;
  const { width, height, channels, data } = pixels;
  const isSwapped = orientation >= 5;
  const [outWidth, outHeight] = isSwapped ? [height, width] : [width, height];
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  const out = new Uint8Array(data.length);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      const [column, row] = isSwapped ? [y, x] : [x, y];
      const from = (fromBottom ? height - 1 - row : row) * width + (fromRight ? width - 1 - column : column);
      for (let channel = 0; channel < channels; channel++) {
        out[(y * outWidth + x) * channels + channel] = data[from * channels + channel];
      }
    }
  }
  return { width: outWidth, height: outHeight, channels, data: out };
};
