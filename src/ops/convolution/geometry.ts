import { ShapeError } from "../../base/errors.ts";
import { copyPlain, type OptionRule, type OptionRules, whole } from "../../base/options.ts";
import { formatShape, type Shape } from "../../tensor/shape.ts";

/** A number of each of two axes: height and width. */
export type Pair = readonly [height: number, width: number];

/** Zeros around an axis: before its first element and behind its last one. */
export type Margins = readonly [before: number, after: number];

/** How a kernel moves over images, with every option named. */
export interface Window {
  readonly strides: Pair;
  readonly dilation: Pair;
  readonly padding: "valid" | "same" | readonly [height: Margins, width: Margins];
  readonly groups: number;
}

/** What a kernel of a number of elements does along an axis. */
interface Extent {
  /** Positions of the kernel. */
  readonly count: number;
  /** Zeros before the first element. */
  readonly before: number;
}

/** All sizes of a convolution. */
export interface Geometry {
  readonly rows: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly filters: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strides: Pair;
  readonly dilation: Pair;
  /** Zeros above the image, and on its left. */
  readonly top: number;
  readonly left: number;
  readonly groups: number;
}

/** The elements that a dilated kernel spans. */
export const spanOf = (size: number, dilation: number): number => (size - 1) * dilation + 1;

const fitting = (where: string, x: Shape, kernel: Shape, what: string): ShapeError =>
  new ShapeError(
    `${where}: the kernel must fit into the padded x, got x=${formatShape(x)}, kernel=${formatShape(kernel)} (${what}). ` +
      'Choose padding: "same", a smaller kernel, or less pooling before it.',
  );

/**
 * The positions of a kernel along an axis of the images. "same" is TensorFlow's rule: as many as the length divided by the stride,
 * rounded up, with as few zeros as that takes, half of them (rounded down) before the first element.
 */
const extentOf = (
  where: string,
  x: Shape,
  kernel: Shape,
  { strides, dilation, padding }: { strides: Shape; dilation: Shape; padding: "valid" | "same" | readonly Margins[] },
  axis: number,
): Extent => {
  const [length, size, stride] = [x[axis + 1], kernel[axis], strides[axis]];
  const span = spanOf(size, dilation[axis]);
  if (padding === "same") {
    const count = Math.ceil(length / stride);
    return { count, before: Math.floor(Math.max((count - 1) * stride + span - length, 0) / 2) };
  }
  const [before, after] = padding === "valid" ? [0, 0] : padding[axis];
  const padded = before + length + after;
  if (padded < span) throw fitting(where, x, kernel, `${span} elements on ${padded} along axis ${axis + 1}`);
  return { count: Math.floor((padded - span) / stride) + 1, before };
};

const axisNames = [["length"], ["height", "width"]] as const;

/**
 * Checks images and a kernel of one or two axes between rows and channels.
 * @throws ShapeError where they do not fit each other, or the groups.
 */
const checkOperands = (where: string, x: Shape, kernel: Shape, groups: number, axes: 1 | 2): void => {
  const shapes = `got x=${formatShape(x)}, kernel=${formatShape(kernel)}`;
  if (x.length !== axes + 2 || kernel.length !== axes + 2 || kernel.slice(0, axes).includes(0)) {
    const names = axisNames[axes - 1].join(", ");
    throw new ShapeError(
      `${where}: x must be [rows, ${names}, channels] and the kernel [${names}, channels / groups, filters] with sizes from 1, ` +
        `${shapes}. Reshape them; grayscale images and plain series have 1 channel.`,
    );
  }
  const channels = x[axes + 1];
  const filters = kernel[axes + 1];
  if (kernel[axes] * groups !== channels) {
    throw new ShapeError(
      `${where}: the kernel must have ${groups === 1 ? "the channels of x" : "the channels of x, divided by the groups"}, ` +
        `${shapes}${groups === 1 ? "" : `, groups=${groups}`}. ${channelAdvice(x, kernel, groups, axes)}`,
    );
  }
  if (filters % groups !== 0) {
    throw new ShapeError(
      `${where}: the filters must be a multiple of the groups, ${shapes}, groups=${groups}. Change one of them.`,
    );
  }
};

/** What a program that comes from PyTorch, or has another number of channels, should change. */
const channelAdvice = (x: Shape, kernel: Shape, groups: number, axes: 1 | 2): string => {
  const [toLast, toHere] = axes === 1 ? ["[0, 2, 1]", "[2, 1, 0]"] : ["[0, 2, 3, 1]", "[2, 3, 1, 0]"];
  if (kernel[1] * groups === x[1]) {
    return `Channels come last: pass transpose(x, ${toLast}) and transpose(kernel, ${toHere}), if both come from PyTorch.`;
  }
  if (kernel[1] * groups === x[axes + 1]) return `Pass transpose(kernel, ${toHere}), if the kernel comes from PyTorch.`;
  if (kernel[axes] * groups === x[1]) return `Channels come last: pass transpose(x, ${toLast}).`;
  return "Make the kernel for this number of channels.";
};

/**
 * The sizes of a convolution of images [rows, height, width, channels] with a kernel [height, width, channels / groups, filters].
 * @throws ShapeError where the shapes do not fit.
 */
export const geometryOf = (where: string, x: Shape, kernel: Shape, window: Window): Geometry => {
  const { strides, dilation, groups } = window;
  checkOperands(where, x, kernel, groups, 2);
  const { count: outHeight, before: top } = extentOf(where, x, kernel, window, 0);
  const { count: outWidth, before: left } = extentOf(where, x, kernel, window, 1);
  const [rows, height, width, channels] = x;
  const [kernelHeight, kernelWidth, , filters] = kernel;
  return {
    ...{ rows, height, width, channels, outHeight, outWidth, filters, kernelHeight, kernelWidth },
    ...{ strides, dilation, top, left, groups },
  };
};

/** Checks sequences [rows, length, channels] and a kernel [size, channels / groups, filters], as `geometryOf` does images. */
export const checkSequences = (where: string, x: Shape, kernel: Shape, { padding, ...window }: Window): void => {
  checkOperands(where, x, kernel, window.groups, 1);
  const [strides, dilation] = [window.strides.slice(1), window.dilation.slice(1)];
  const margins = typeof padding === "string" ? padding : padding.slice(1);
  extentOf(where, x, kernel, { strides, dilation, padding: margins }, 0);
};

const isWhole = (from: number, value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= from;

const isPairFrom = (from: number, value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every((entry) => isWhole(from, entry));

/** A number for both axes, or one for each: strides, dilation and kernel sizes. @internal */
export const wholePair = (from: number): OptionRule => ({
  words: `a whole number from ${from}, or two of them [height, width]`,
  holds: (value) => isWhole(from, value) || isPairFrom(from, value),
});

/** A padding of images. @internal */
export const imagePadding: OptionRule = {
  words: '"valid", "same", or [[top, bottom], [left, right]] of whole numbers from 0',
  holds: (value) =>
    value === "valid" ||
    value === "same" ||
    (Array.isArray(value) && value.length === 2 && value.every((entry) => isPairFrom(0, entry))),
};

/** A padding of sequences. @internal */
export const sequencePadding: OptionRule = {
  words: '"valid", "same", or [before, after] of whole numbers from 0',
  holds: (value) => value === "valid" || value === "same" || isPairFrom(0, value),
};

/** Options that say how a kernel moves over images. */
export interface WindowOptions {
  /** Steps from position to position of the kernel: a number, or [height, width]. Default: 1. */
  readonly strides?: number | Pair;
  /**
   * Zeros around the images: "valid" for none, "same" for as many as give outputs the size of the images divided by the strides (an
   * odd one comes below or on the right, as in TensorFlow), or [[top, bottom], [left, right]]. Default: "valid".
   */
  readonly padding?: Window["padding"];
  /** Distance between the elements that neighbours in the kernel are applied to: a number, or [height, width]. Default: 1. */
  readonly dilation?: number | Pair;
}

/** The rules of `WindowOptions`. @internal */
export const windowRules: OptionRules<WindowOptions> = {
  strides: /* @__PURE__ */ wholePair(1),
  padding: imagePadding,
  dilation: /* @__PURE__ */ wholePair(1),
};

/** How many groups there are. @internal */
export const groupsRule: OptionRule = /* @__PURE__ */ whole({ from: 1 });

const pairOf = (value: number | Pair): Pair => (typeof value === "number" ? [value, value] : value);

/** The window of checked options. @internal */
export const windowOf = (options: WindowOptions, groups: number): Window => {
  const { strides = 1, dilation = 1, padding = "valid" } = options;
  // A copy: the gradients read it later.
  return copyPlain({ strides: pairOf(strides), dilation: pairOf(dilation), padding, groups });
};
