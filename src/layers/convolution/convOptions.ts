import type { OptionRules } from "../../base/options.ts";
import { imagePadding, type Margins, type Pair, wholePair } from "../../ops/convolution/geometry.ts";

/** Options that say how the kernel of a layer moves over images, by the names of Keras. */
export interface ImageWindowOptions {
  /** Steps from position to position of the kernel: a number, or [height, width]. Default: 1. */
  readonly strides?: number | Pair;
  /**
   * Zeros around the images: "valid" for none, "same" for as many as give outputs the size of the images divided by the strides
   * (an odd one comes below or on the right, as in TensorFlow), or [[top, bottom], [left, right]]. Default: "valid".
   */
  readonly padding?: "valid" | "same" | readonly [height: Margins, width: Margins];
  /** Distance between the elements that neighbours in the kernel are applied to: a number, or [height, width]. Default: 1. */
  readonly dilationRate?: number | Pair;
}

/** The rules for these options. */
export const imageWindowRules = (): OptionRules<ImageWindowOptions> => ({
  strides: wholePair(1),
  padding: imagePadding,
  dilationRate: wholePair(1),
});

/** A size of height and width. */
export const pairOf = (size: number | Pair): Pair => (typeof size === "number" ? [size, size] : size);

/** The number of elements of a kernel's window. */
export const windowSize = ([height, width]: Pair): number => height * width;
