import { ShapeError } from "../../base/errors.ts";
import { checkOptions, joinRules, type OptionRules } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { formatShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { reshape } from "../shape/reshape.ts";
import { floatOperand, type Operand } from "../support/operands.ts";
import { type BiasOption, biasRules, convolve } from "./conv2d.ts";
import { type WindowOptions, windowOf, windowRules } from "./geometry.ts";

/** Options of `depthwiseConv2d`. */
export interface DepthwiseConv2dOptions extends WindowOptions, BiasOption {}

const rules: OptionRules<DepthwiseConv2dOptions> = /* @__PURE__ */ joinRules(windowRules, biasRules);

/**
 * The convolution of each channel with kernels of its own: y[i, v, u, c·m + q] = Σ x[i, v·s + a·d − top, u·s + b·d − left, c]·kernel[a, b, c, q],
 * over a and b, for m kernels of each channel. It is `conv2d` with a group for each channel.
 * @param x Images, [rows, height, width, channels].
 * @param kernel [height, width, channels, multiplier], as TensorFlow stores it.
 * @returns [rows, out height, out width, channels · multiplier].
 * @throws ShapeError where the shapes do not fit each other, or the kernel does not fit into the padded images; DTypeError for mixed
 * dtypes; ValueError for options out of range.
 * @example
 * const image = reshape(tensor([1, 10, 2, 20, 3, 30, 4, 40]), [1, 2, 2, 2]);
 * const kernel = reshape(tensor([1, 2, 1, 2, 1, 2, 1, 2]), [2, 2, 2, 1]);
 * depthwiseConv2d(image, kernel).data; // [10, 200]
 */
export const depthwiseConv2d = (x: Operand, kernel: Operand, options: DepthwiseConv2dOptions = noOptions): Tensor => {
  checkOptions("depthwiseConv2d", options, rules);
  const [images, weights] = [floatOperand("depthwiseConv2d", x), floatOperand("depthwiseConv2d", kernel)];
  if (images.rank !== 4 || weights.rank !== 4 || weights.shape[2] !== images.shape[3]) {
    throw new ShapeError(
      "depthwiseConv2d: x must be [rows, height, width, channels] and the kernel [height, width, channels, multiplier], got " +
        `x=${formatShape(images.shape)}, kernel=${formatShape(weights.shape)}. Reshape them, or make the kernel for this number of channels.`,
    );
  }
  const [height, width, channels, multiplier] = weights.shape;
  // The filters of a group follow each other in both shapes. Without channels there is one empty group.
  const grouped = reshape(weights, [height, width, channels && 1, channels * multiplier]);
  return convolve(images, grouped, options.bias, windowOf(options, Math.max(channels, 1)));
};
