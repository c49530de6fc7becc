import { ShapeError } from "../../base/errors.ts";
import { checkOptions, number, type OptionRules, oneOf } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import type { OperandType, TensorType, TypedArray } from "../../tensor/dtype.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive, ReferenceCall, SimdBinding } from "../../tensor/interpret/primitive.ts";
import { formatShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import {
  affineTransform as affineTransformKernel,
  farthest,
  fillModes,
} from "../../wasm/image/affineTransformKernel.ts";
import { checkTensor } from "../support/checkTensor.ts";
import { floatOperand, sameFloat } from "../support/operands.ts";

/** How pixels outside of an image are filled: with one value, with the nearest pixel, or with the image's reflection. */
export type FillMode = "constant" | "nearest" | "reflect";

/** How a value between pixels is computed: from the four around it, or as the nearest one. */
export type Interpolation = "bilinear" | "nearest";

/** Options of `affineTransform`; they are also those of the layers that augment images. */
export interface WarpOptions {
  /**
   * What is outside of the image (a b c): "constant" (`fillValue`), "nearest" (a a | a b c | c c), or "reflect"
   * (b a | a b c | c b), as in Keras. Default: "reflect".
   */
  readonly fillMode?: FillMode;
  /** The value of the pixels outside, for "constant". Default: 0. */
  readonly fillValue?: number;
  /** "bilinear" (between the four pixels around a place), or "nearest" (halves go right and down). Default: "bilinear". */
  readonly interpolation?: Interpolation;
}

export interface AffineTransformAttributes {
  readonly fillMode: FillMode;
  readonly fillValue: number;
  readonly interpolation: Interpolation;
}

type Call = ReferenceCall<AffineTransformAttributes>;

/** @throws ShapeError unless the operands are images and one transform for each. */
const inferImages = (name: string, [images, transforms]: readonly OperandType[]): readonly TensorType[] => {
  const dtype = sameFloat(name, [images, transforms]);
  const rows = images.axes[0];
  if (images.axes.length !== 4 || String(transforms.axes) !== String([rows, 6])) {
    throw new ShapeError(
      `${name}: images must be [rows, height, width, channels] and transforms [rows, 6], got ` +
        `${formatShape(images.axes)} and ${formatShape(transforms.axes)}. ` +
        (images.axes.length === 4
          ? "Give each image its six numbers."
          : "Reshape the images; gray ones have one channel."),
    );
  }
  return [{ shape: images.axes, dtype }];
};

/** The index of the pixel that is at `index` outside of the image; −1 where nothing is. */
const insideIndex = (index: number, length: number, fillMode: FillMode): number => {
  if (index >= 0 && index < length) return index;
  if (fillMode === "constant") return -1;
  if (fillMode === "nearest") return index < 0 ? 0 : length - 1;
  const period = 2 * length;
  const within = ((index % period) + period) % period;
  return within < length ? within : period - 1 - within;
};

/** The two neighbours of a coordinate along an axis, with their weights. A coordinate of NaN has weights of NaN. */
const neighboursOf = (
  coordinate: number,
  length: number,
  { fillMode, interpolation }: AffineTransformAttributes,
): readonly (readonly [index: number, weight: number])[] => {
  const place = interpolation === "nearest" ? Math.floor(coordinate + 0.5) : coordinate;
  const bounded = Math.max(-farthest, Math.min(farthest, place));
  const first = Math.floor(bounded);
  const weight = bounded - first;
  const index = Number.isNaN(first) ? 0 : first;
  return [
    [insideIndex(index, length, fillMode), 1 - weight],
    [insideIndex(index + 1, length, fillMode), weight],
  ];
};

/**
 * Calls `visit` for each pixel of the result and each of the four pixels from which it is interpolated, with the positions
 * of their first channels; −1 for a pixel outside.
 */
const forNeighbours = (
  { inputs: [, transforms], inputTypes, attributes }: Call,
  visit: (pixel: number, neighbour: number, weight: number) => void,
): void => {
  const [rows, height, width, channels] = inputTypes[0].axes;
  for (let row = 0; row < rows; row++) {
    const [a0, a1, a2, b0, b1, b2] = transforms.subarray(6 * row, 6 * row + 6);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const pixel = ((row * height + y) * width + x) * channels;
        const columns = neighboursOf(a0 * x + (a1 * y + a2), width, attributes);
        for (const [above, share] of neighboursOf(b0 * x + (b1 * y + b2), height, attributes)) {
          for (const [left, weight] of columns) {
            const isInside = above >= 0 && left >= 0;
            visit(pixel, isInside ? ((row * height + above) * width + left) * channels : -1, share * weight);
          }
        }
      }
    }
  }
};

const simdOf = (name: "transform" | "transpose"): SimdBinding<AffineTransformAttributes> => ({
  kernel: `affineTransform.${name}`,
  run: ({ inputs, outputs, inputTypes, attributes: { fillMode, fillValue, interpolation }, floats, link }) => {
    const [rows, height, width, channels] = inputTypes[0].axes;
    const fill = name === "transform" ? floats(...new Array<number>(channels).fill(fillValue)) : 0;
    const flags = [fillModes[fillMode], Number(interpolation === "nearest")];
    link(affineTransformKernel)[name](inputs[0], inputs[1], fill, outputs[0], rows, height, width, channels, ...flags);
  },
});

/** y[r, y, x] = images[r, b0 x + b1 y + b2, a0 x + a1 y + a2], interpolated, with (a0, a1, a2, b0, b1, b2) = transforms[r]. */
export const affineTransformPrimitive: Primitive<AffineTransformAttributes> = {
  name: "affineTransform",
  infer: (inputs) => inferImages("affineTransform", inputs),
  reference: (call) => {
    const [images] = call.inputs;
    const [y] = call.outputs;
    const channels = call.inputTypes[0].axes[3];
    const sums = new Float64Array(y.length);
    forNeighbours(call, (pixel, neighbour, weight) => {
      for (let channel = 0; channel < channels; channel++) {
        sums[pixel + channel] += weight * (neighbour < 0 ? call.attributes.fillValue : images[neighbour + channel]);
      }
    });
    y.set(sums as ArrayLike<number> as TypedArray);
  },
  simd: /* @__PURE__ */ simdOf("transform"),
  vjp: ({ inputs: [, transforms], attributes, dy }) => [
    () => bindOne(affineTransformGradientPrimitive, [dy, transforms], attributes),
    undefined,
  ],
};

/** The derivative of `affineTransform` with respect to the images: each pixel of dy goes to where it came from. */
export const affineTransformGradientPrimitive: Primitive<AffineTransformAttributes> = {
  name: "affineTransformGradient",
  infer: (inputs) => inferImages("affineTransformGradient", inputs),
  reference: (call) => {
    const [dy] = call.inputs;
    const [dx] = call.outputs;
    const channels = call.inputTypes[0].axes[3];
    const sums = new Float64Array(dx.length);
    forNeighbours(call, (pixel, neighbour, weight) => {
      if (neighbour < 0) return;
      for (let channel = 0; channel < channels; channel++) sums[neighbour + channel] += weight * dy[pixel + channel];
    });
    dx.set(sums as ArrayLike<number> as TypedArray);
  },
  simd: /* @__PURE__ */ simdOf("transpose"),
  // It is linear in dy: the fill value, which does not depend on the images, is left out.
  vjp: ({ inputs: [, transforms], attributes, dy }) => [
    () => bindOne(affineTransformPrimitive, [dy, transforms], { ...attributes, fillValue: 0 }),
    undefined,
  ],
};

/** The rules of WarpOptions. @internal */
export const warpRules: OptionRules<WarpOptions> = {
  fillMode: /* @__PURE__ */ oneOf("constant", "nearest", "reflect"),
  fillValue: /* @__PURE__ */ number(),
  interpolation: /* @__PURE__ */ oneOf("bilinear", "nearest"),
};

/** The attributes that options mean. @internal */
export const warpOf = ({
  fillMode = "reflect",
  fillValue = 0,
  interpolation = "bilinear",
}: WarpOptions): AffineTransformAttributes => ({ fillMode, fillValue, interpolation });

/**
 * Moves, turns, scales or shears each image by a map of its own: the pixel (x, y) of the result is the image's value at
 * (a0·x + a1·y + a2, b0·x + b1·y + b2), where x counts columns and y rows from 0. It has a derivative with respect to the
 * images (and that one has one), not with respect to the transforms.
 * @param images [rows, height, width, channels].
 * @param transforms a0, a1, a2, b0, b1, b2 for each image, [rows, 6], of the same dtype.
 * @throws ShapeError for other shapes; DTypeError for mixed dtypes; ValueError for options out of range.
 * @example
 * const image = tensor([1, 2, 3], { shape: [1, 1, 3, 1] });
 * const right = tensor([[1, 0, -1, 0, 1, 0]]); // the pixel x shows what was at x − 1
 * affineTransform(image, right, { fillMode: "constant" }).data; // [0, 1, 2]
 * @see https://keras.io/api/ops/image/#affine_transform-function, whose first six numbers these are.
 */
export const affineTransform = (images: Tensor, transforms: Tensor, options: WarpOptions = noOptions): Tensor => {
  checkOptions("affineTransform", options, warpRules);
  checkTensor("affineTransform", transforms, "transforms");
  return bindOne(affineTransformPrimitive, [floatOperand("affineTransform", images), transforms], warpOf(options));
};
