import { ShapeError } from "../../base/errors.ts";
import { checkOption, checkOptions, type OptionRule, type OptionRules, oneOf } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { formatShape, outerLengthInner } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { resample as resampleKernel } from "../../wasm/image/resampleKernel.ts";
import { floatOperand, type Operand, sameFloat, withShape } from "../support/operands.ts";

/** How the pixels of another size are computed. */
export type ResizeMethod = "bilinear" | "area" | "nearest";

export interface ResampleAttributes {
  readonly axis: number;
  /** The length of the axis of the image, and of its resized one. */
  readonly from: number;
  readonly to: number;
  readonly method: ResizeMethod;
  /** Whether it goes from the resized image to the image: the derivative. */
  readonly transposed: boolean;
}

/** The pixels of an image, from `first` on, whose weighted sum is a pixel of the resized one. */
export interface Taps {
  readonly first: number;
  readonly weights: readonly number[];
}

const tapsOf: Readonly<Record<ResizeMethod, (at: number, from: number, to: number) => Taps>> = {
  // The middles of pixels are at halves; beyond the first and last middle, the pixel at the edge counts alone.
  bilinear: (at, from, to) => {
    const place = Math.max(0, Math.min(from - 1, ((at + 0.5) * from) / to - 0.5));
    const first = Math.floor(place);
    const share = place - first;
    return { first, weights: share === 0 ? [1] : [1 - share, share] };
  },
  // Each pixel counts with the part of it that is covered.
  area: (at, from, to) => {
    const [begin, end] = [(at * from) / to, ((at + 1) * from) / to];
    const first = Math.floor(begin);
    const count = Math.min(from, Math.ceil(end)) - first;
    const weights = Array.from({ length: count }, (_, index) => {
      const covered = Math.min(first + index + 1, end) - Math.max(first + index, begin);
      return Math.max(0, covered) / (end - begin);
    });
    return { first, weights };
  },
  nearest: (at, from, to) => ({ first: Math.min(from - 1, Math.floor(((at + 0.5) * from) / to)), weights: [1] }),
};

/** The taps of each pixel along the axis of the result. @internal */
export const allTaps = ({ from, to, method, transposed }: ResampleAttributes): readonly Taps[] => {
  const taps = Array.from({ length: to }, (_, at) => tapsOf[method](at, from, to));
  if (!transposed) return taps;
  const transposedTaps: { first: number; weights: number[] }[] = Array.from({ length: from }, () => ({
    first: 0,
    weights: [],
  }));
  for (const [at, { first, weights }] of taps.entries()) {
    for (const [index, weight] of weights.entries()) {
      const own = transposedTaps[first + index];
      if (own.weights.length === 0) own.first = at;
      // The pixels that a pixel contributes to follow each other.
      while (own.first + own.weights.length < at) own.weights.push(0);
      own.weights.push(weight);
    }
  }
  return transposedTaps;
};

/** y[.., j, ..] = Σ w(j, k) x[.., k, ..] along an axis of images: one half of `resize`. */
export const resamplePrimitive: Primitive<ResampleAttributes> = {
  name: "resample",
  infer: ([x], { axis, from, to, transposed }) => {
    sameFloat("resample", [x]);
    const length = transposed ? to : from;
    if (x.axes[axis] !== length) {
      throw new ShapeError(
        `resample: axis ${axis} must have the length ${length}, got ${formatShape(x.axes)}. Correct the attributes.`,
      );
    }
    return [withShape(x, x.axes.with(axis, transposed ? from : to))];
  },
  reference: ({ inputs: [x], outputs: [y], inputTypes, attributes }) => {
    const { outer, length, inner } = outerLengthInner(inputTypes[0].axes, attributes.axis);
    const taps = allTaps(attributes);
    for (let o = 0; o < outer; o++) {
      for (const [j, { first, weights }] of taps.entries()) {
        for (let i = 0; i < inner; i++) {
          let sum = 0;
          for (let k = 0; k < weights.length; k++) sum += weights[k] * x[(o * length + first + k) * inner + i];
          y[(o * taps.length + j) * inner + i] = sum;
        }
      }
    }
  },
  simd: {
    kernel: "resample",
    run: ({ inputs, outputs, inputTypes, attributes, ints, floats, link }) => {
      const { outer, length, inner } = outerLengthInner(inputTypes[0].axes, attributes.axis);
      const taps = allTaps(attributes);
      const table = ints(taps.flatMap(({ first, weights }) => [first, weights.length]));
      const weights = floats(...taps.flatMap((tap) => tap.weights));
      link(resampleKernel).run(inputs[0], table, weights, outputs[0], outer, length, taps.length, inner);
    },
  },
  vjp: ({ attributes, dy }) => [
    () => bindOne(resamplePrimitive, [dy], { ...attributes, transposed: !attributes.transposed }),
  ],
};

/** Options of `resize`. */
export interface ResizeOptions {
  /**
   * "bilinear" (between the four nearest pixels, whose middles are at halves; as `tf.image.resize` without antialiasing and
   * PyTorch's `interpolate` without aligned corners), "area" (the mean of the area that a pixel covers: best for
   * smaller images), or "nearest". Default: "bilinear".
   */
  readonly method?: ResizeMethod;
}

const rules: OptionRules<ResizeOptions> = { method: /* @__PURE__ */ oneOf("bilinear", "area", "nearest") };

/** The most pixels along an axis. */
const longest = 2 ** 16;

const sizeRule: OptionRule = {
  words: `[height, width], each a whole number from 1 to ${longest}`,
  holds: (value) =>
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((length) => Number.isInteger(length) && length >= 1 && length <= longest),
  required: true,
};

/**
 * Images of another size. Images without pixels cannot be resized.
 * @param images [rows, height, width, channels], or one image, [height, width, channels].
 * @param size The new [height, width].
 * @throws ShapeError for another rank, and images without pixels; ValueError for a size or method out of range; DTypeError
 * when images are not floats or bytes.
 * @example
 * const image = tensor([0, 1, 2, 3], { shape: [1, 4, 1] });
 * resize(image, [1, 2], { method: "area" }).data; // [0.5, 2.5]
 * resize(tensor([0, 4], { shape: [1, 2, 1] }), [1, 4]).data; // [0, 1, 3, 4]
 * @see https://www.tensorflow.org/api_docs/python/tf/image/resize
 */
export const resize = (
  images: Operand,
  size: readonly [height: number, width: number],
  options: ResizeOptions = noOptions,
): Tensor => {
  checkOptions("resize", options, rules);
  checkOption("resize", "size", size, sizeRule);
  const { method = "bilinear" } = options;
  const x = floatOperand("resize", images);
  const axis = x.rank - 3;
  if ((axis !== 0 && axis !== 1) || x.axes[axis] === 0 || x.axes[axis + 1] === 0) {
    throw new ShapeError(
      `resize: images must be [rows, height, width, channels] or [height, width, channels] with pixels, got ${formatShape(x.axes)}. ` +
        "Reshape them; gray ones have one channel.",
    );
  }
  const along = (image: Tensor, at: number, to: number): Tensor =>
    image.axes[at] === to
      ? image
      : bindOne(resamplePrimitive, [image], { axis: at, from: image.axes[at], to, method, transposed: false });
  return along(along(x, axis, size[0]), axis + 1, size[1]);
};
