import { ShapeError } from "../../base/errors.ts";
import { copyPlain, flag, type OptionRules, whole } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { formatShape, type Shape, sizeOf } from "../../tensor/shape.ts";
import { imagePadding, type Margins, type Pair, sequencePadding, wholePair } from "../convolution/geometry.ts";

/** Options of pooling over sequences, [rows, length, channels]. */
export interface Pool1dOptions {
  /** The length of a window. Default: 2. */
  readonly poolSize?: number;
  /** The distance from a window to the next. Default: poolSize. */
  readonly strides?: number;
  /**
   * "valid": windows lie inside the sequence. "same": ⌈length / stride⌉ windows, by TensorFlow's rule. Or how many elements to
   * add before and after the sequence. Default: "valid".
   */
  readonly padding?: "valid" | "same" | Margins;
}

/** Options of pooling over images, [rows, height, width, channels]. */
export interface Pool2dOptions {
  /** The height and width of a window, or one number for both. Default: 2. */
  readonly poolSize?: number | Pair;
  /** The distance from a window to the next, down and across, or one number for both. Default: poolSize. */
  readonly strides?: number | Pair;
  /**
   * "valid": windows lie inside the image. "same": ⌈length / stride⌉ windows along each axis, by TensorFlow's rule. Or how many
   * elements to add around it: [[top, bottom], [left, right]]. Default: "valid".
   */
  readonly padding?: "valid" | "same" | readonly [height: Margins, width: Margins];
}

/** Options of average pooling over sequences. */
export interface AveragePool1dOptions extends Pool1dOptions {
  /** Whether a window divides by its whole size, as PyTorch does, not by its elements inside the sequence. Default: false. */
  readonly countPadding?: boolean;
}

/** Options of average pooling over images. */
export interface AveragePool2dOptions extends Pool2dOptions {
  /** Whether a window divides by its whole size, as PyTorch does, not by its elements inside the image. Default: false. */
  readonly countPadding?: boolean;
}

/** Windows over the axes between rows and channels: how large they are, how far apart, and what is added around the axes. */
export interface Windows {
  readonly size: readonly number[];
  readonly strides: readonly number[];
  readonly padding: readonly Margins[];
}

/** The rules of the options of pooling over images. */
export const pool2dRules = (): OptionRules<Pool2dOptions> => ({
  poolSize: wholePair(1),
  strides: wholePair(1),
  padding: imagePadding,
});

/** The rules of the options of pooling over sequences. */
export const pool1dRules = (): OptionRules<Pool1dOptions> => ({
  poolSize: whole({ from: 1 }),
  strides: whole({ from: 1 }),
  padding: sequencePadding,
});

/** The rules of those of average pooling over images. */
export const averagePool2dRules = (): OptionRules<AveragePool2dOptions> => ({ ...pool2dRules(), countPadding: flag });

/** The rules of those of average pooling over sequences. */
export const averagePool1dRules = (): OptionRules<AveragePool1dOptions> => ({ ...pool1dRules(), countPadding: flag });

/**
 * The number of windows along each axis: ⌊(length + padding − size) / stride⌋ + 1.
 * @throws ShapeError unless x has the axes, a window fits, and every window has an element of x.
 */
export const windowCounts = (operation: string, shape: Shape, { size, strides, padding }: Windows): number[] => {
  checkAxes(operation, shape, size.length);
  const shown = `poolSize=${formatShape(size)}, padding=${showValue(padding)} for x=${formatShape(shape)}`;
  if (padding.some((pair, axis) => Math.max(...pair) >= size[axis])) {
    throw new ShapeError(
      `${operation}: padding must be smaller than the window, got ${shown}. Every window needs an element of x.`,
    );
  }
  return size.map((length, axis) => {
    const [before, after] = padding[axis];
    const rest = before + shape[axis + 1] + after - length;
    if (rest < 0 || shape[axis + 1] === 0) {
      throw new ShapeError(
        `${operation}: a window must fit into x and its padding, got ${shown}. Choose a smaller window, or padding "same".`,
      );
    }
    return Math.floor(rest / strides[axis]) + 1;
  });
};

const checkAxes = (operation: string, shape: Shape, axes: number): void => {
  if (shape.length === axes + 2) return;
  const names = axes === 1 ? "[rows, length, channels]" : "[rows, height, width, channels]";
  throw new ShapeError(`${operation}: x must be ${names}, got ${formatShape(shape)}. Reshape it.`);
};

const listOf = (value: number | readonly number[], axes: number): readonly number[] =>
  typeof value === "number" ? new Array<number>(axes).fill(value) : value;

/**
 * TensorFlow's padding "same": as much as ⌈length / stride⌉ windows need, the odd element after the axis.
 */
const samePadding = (length: number, size: number, stride: number): Margins => {
  const total = Math.max((Math.ceil(length / stride) - 1) * stride + size - length, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
};

/**
 * The windows that options describe over x.
 * @throws ShapeError as `windowCounts` does.
 */
export const windowsOf = (
  operation: string,
  shape: Shape,
  axes: 1 | 2,
  options: Pool1dOptions | Pool2dOptions,
): Windows => {
  checkAxes(operation, shape, axes);
  const { poolSize = 2, padding = "valid" } = options;
  const size = listOf(poolSize, axes);
  const strides = listOf(options.strides ?? poolSize, axes);
  const pairs = size.map((length, axis): Margins => {
    if (padding === "valid") return [0, 0];
    if (padding === "same") return samePadding(shape[axis + 1], length, strides[axis]);
    const entry = padding[axis];
    return typeof entry === "number" ? (padding as Margins) : entry;
  });
  // A copy: the gradients read it later.
  const windows = copyPlain({ size, strides, padding: pairs });
  windowCounts(operation, shape, windows);
  return windows;
};

/** Visits each window of images, channel by channel: the index of its output, and those of its elements in x, in order. */
export const forWindows = (
  shape: Shape,
  windows: Windows,
  visit: (output: number, elements: readonly number[]) => void,
): void => {
  const [rows, height, width, channels] = shape;
  const [outHeight, outWidth] = windowCounts("pooling", shape, windows);
  const {
    size: [sizeHeight, sizeWidth],
    strides: [down, across],
    padding: [[above], [left]],
  } = windows;
  let output = 0;
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < outHeight; i++) {
      for (let j = 0; j < outWidth; j++) {
        const top = i * down - above;
        const start = j * across - left;
        for (let channel = 0; channel < channels; channel++) {
          const elements: number[] = [];
          for (let y = Math.max(top, 0); y < Math.min(top + sizeHeight, height); y++) {
            for (let x = Math.max(start, 0); x < Math.min(start + sizeWidth, width); x++) {
              elements.push(((row * height + y) * width + x) * channels + channel);
            }
          }
          visit(output++, elements);
        }
      }
    }
  }
};

/** The shape of a tensor with an element per window of images. */
export const pooledShape = (operation: string, shape: Shape, windows: Windows): Shape => {
  const [height, width] = windowCounts(operation, shape, windows);
  return [shape[0], height, width, shape[3]];
};

/** The bytes of an image, in images of a shape. */
export const imageBytes = (shape: Shape): number => 4 * sizeOf(shape.slice(1));

/** What kernels read about the windows of images: see `forPoolWindows`. */
export const windowTable = (
  [, height, width, channels]: Shape,
  [, outHeight, outWidth]: Shape,
  { size, strides, padding }: Windows,
): number[] => [height, width, 4 * channels, outHeight, outWidth, ...size, ...strides, padding[0][0], padding[1][0]];
