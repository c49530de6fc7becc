import { DataError } from "../base/errors.ts";
import { checkOptions, joinRules, type OptionRules, whole } from "../base/options.ts";
import { noOptions } from "../base/showValue.ts";
import { type FileSource, nameOfSource, readSource } from "../data/fileSource.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { jpegSignature, readJpeg } from "./jpeg.ts";
import { type Fail, type PixelOptions, type Pixels, pixelRules, pixelTensor } from "./pixels.ts";
import { pngSignature, readPng } from "./png.ts";

/** Options of `readImage`. */
export interface ReadImageOptions extends PixelOptions {
  /** The most pixels of a picture: a larger one is refused before memory is allocated for it. Default: 50 million. */
  readonly maxPixels?: number;
}

/** The rules of ReadImageOptions. @internal */
export const readImageRules: OptionRules<ReadImageOptions> = /* @__PURE__ */ joinRules(
  { maxPixels: /* @__PURE__ */ whole({ from: 1, to: 2 ** 30 }) },
  pixelRules,
);

const beginsWith = (bytes: Uint8Array, signature: readonly number[]): boolean =>
  signature.every((byte, index) => bytes[index] === byte);

/**
 * A picture from a PNG or JPEG file, as a tensor of bytes that mean 0 to 1: [height, width, channels].
 *
 * PNG of every colour type and depth, interlaced or not; 16 bits are rounded to 8, and of an animation it is the first
 * picture. JPEG, baseline or progressive, gray or in colour, turned as the camera was held (EXIF). Colour profiles are left
 * out of account.
 * @param source A path (in Node), URL or Response, a Blob (such as a file that a user chose in a page), or bytes.
 * @throws DataError for a file that is missing, damaged, of another kind, or that has more than `maxPixels`; ValueError for
 * options out of range.
 * @example
 * const base64 = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAAAAADRSSBWAAAAC0lEQVR4nGNg+A8AAQIBAEK+vGgAAAAASUVORK5CYII=";
 * const file = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
 * const image = await readImage(file, { channels: 1 });
 * image.toArray(); // [[[0], [1]]]
 */
export const readImage = async (source: FileSource, options: ReadImageOptions = noOptions): Promise<Tensor> => {
  checkOptions("readImage", options, readImageRules);
  const { maxPixels = 50_000_000 } = options;
  const name = nameOfSource("readImage", source);
  const fail: Fail = (rule, got, fix) => new DataError(`${name}: ${rule}, got ${got}. ${fix}`);
  const bytes = await readSource("readImage", source, 2 ** 29);
  return pixelTensor(await decoded(bytes, maxPixels, fail), options);
};

const decoded = async (bytes: Uint8Array, maxPixels: number, fail: Fail): Promise<Pixels> => {
  const isPng = beginsWith(bytes, pngSignature);
  if (!isPng && !beginsWith(bytes, jpegSignature)) {
    const first = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw fail("a picture must be a PNG or JPEG file", `bytes that begin with ${first || "nothing"}`, "Convert it.");
  }
  try {
    return isPng ? await readPng(bytes, maxPixels, fail) : readJpeg(bytes, maxPixels, fail);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    // What the libraries throw.
    const error = fail(
      `the ${isPng ? "PNG" : "JPEG"} file must be complete and whole`,
      cause instanceof Error ? `"${cause.message}"` : "damaged data",
      "Get the file again.",
    );
    error.cause = cause;
    throw error;
  }
};
