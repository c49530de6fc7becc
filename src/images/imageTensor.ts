import { ValueError } from "../base/errors.ts";
import { checkOptions } from "../base/options.ts";
import { noOptions, showValue } from "../base/showValue.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type PixelOptions, pixelRules, pixelTensor } from "./pixels.ts";

/** Pixels as a page has them: red, green, blue and opacity, row by row, as in `ImageData`. */
export interface ImageDataLike {
  /** Pixels in a row. */
  readonly width: number;
  /** Rows of pixels. */
  readonly height: number;
  /** Four bytes for each pixel. */
  readonly data: Uint8ClampedArray | Uint8Array;
}

/** What a canvas draws with. */
export interface ContextLike {
  /** The pixels of a part of the canvas. */
  getImageData(x: number, y: number, width: number, height: number): ImageDataLike;
}

/** A canvas, in the page or off the screen. */
export interface CanvasLike {
  /** Pixels in a row. */
  readonly width: number;
  /** Rows of pixels. */
  readonly height: number;
  /** The context with which it is drawn; none if it has one of another kind. */
  getContext(kind: "2d"): ContextLike | null;
}

const isCanvas = (source: unknown): source is CanvasLike =>
  typeof (source as Partial<CanvasLike> | null | undefined)?.getContext === "function";

const isImageData = (source: unknown): source is ImageDataLike => {
  const { width, height, data } = Object(source) as Partial<ImageDataLike>;
  return (
    (data instanceof Uint8ClampedArray || data instanceof Uint8Array) &&
    [width, height].every((length) => Number.isSafeInteger(length) && length! > 0) &&
    data.length === 4 * width! * height!
  );
};

/**
 * What a canvas shows, or the pixels of an `ImageData`, as a tensor of bytes that mean 0 to 1: [height, width, channels].
 * Transparent pixels show the background, white by default: black lines on a canvas that was not filled are black on white.
 * @throws ValueError for anything else, a canvas without pixels or without a 2d context, and options out of range.
 * @example
 * const pixels = { width: 2, height: 1, data: new Uint8ClampedArray([255, 0, 0, 255, 0, 0, 0, 0]) };
 * imageTensor(pixels).toArray(); // [[[1, 0, 0], [1, 1, 1]]]
 * imageTensor(pixels, { channels: 1, background: 0 }).shape; // [1, 2, 1]
 */
export const imageTensor = (source: ImageDataLike | CanvasLike, options: PixelOptions = noOptions): Tensor => {
  checkOptions("imageTensor", options, pixelRules);
  if (isCanvas(source) && source.width > 0 && source.height > 0) {
    const context = source.getContext("2d");
    if (!context) {
      throw new ValueError(
        "imageTensor: the canvas must have a 2d context, got one of another kind. Draw it on a canvas with a 2d context.",
      );
    }
    return imageTensor(context.getImageData(0, 0, source.width, source.height), options);
  }
  if (!isImageData(source)) {
    throw new ValueError(
      `imageTensor: the source must be a canvas or ImageData with pixels, { width, height, data } with four bytes for each, got ${showValue(source)}.`,
    );
  }
  return pixelTensor({ width: source.width, height: source.height, channels: 4, data: source.data }, options);
};
