import { ShapeError } from "../../base/errors.ts";
import { checkOptions, joinRules, type OptionRules } from "../../base/options.ts";
import { noOptions, showValue } from "../../base/showValue.ts";
import { formatShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { add } from "../elementwise/arithmetic.ts";
import { floatOperand, type Operand } from "../support/operands.ts";
import { type BiasOption, biasRules, inputGradient } from "./conv2d.ts";
import {
  geometryOf,
  groupsRule,
  type Pair,
  spanOf,
  type Window,
  type WindowOptions,
  wholePair,
  windowOf,
  windowRules,
} from "./geometry.ts";

/** Options of `conv2dTranspose`. */
export interface Conv2dTransposeOptions extends WindowOptions, BiasOption {
  /**
   * Rows and columns that the outputs have beyond the fewest from which the convolution makes images of the size of x: a number below
   * the stride, or [height, width]. Default: with "same" the size of x times the strides, with "valid" at least that.
   */
  readonly outputPadding?: number | Pair;
  /** Channels and filters are cut into this number of groups. Default: 1. */
  readonly groups?: number;
}

const rules: OptionRules<Conv2dTransposeOptions> = /* @__PURE__ */ joinRules(
  /* @__PURE__ */ joinRules(windowRules, biasRules),
  { outputPadding: /* @__PURE__ */ wholePair(0), groups: groupsRule },
);

/** The length of the outputs along an axis, by Keras' rules, and PyTorch's for explicit padding. */
const lengthOf = (
  length: number,
  size: number,
  { strides, dilation, padding }: Window,
  axis: 0 | 1,
  extra?: number,
): number => {
  const [stride, span] = [strides[axis], spanOf(size, dilation[axis])];
  if (extra === undefined && padding === "same") return length * stride;
  if (extra === undefined && padding === "valid") return length * stride + Math.max(span - stride, 0);
  const margins =
    padding === "valid" ? 0 : padding === "same" ? 2 * Math.floor(span / 2) : padding[axis][0] + padding[axis][1];
  return (length - 1) * stride + span - margins + (extra ?? 0);
};

/**
 * The transposed convolution, which enlarges images: the gradient of `conv2d` with the same kernel and options with respect to its
 * images, for which x takes the place of the gradient of the outputs.
 * @param x [rows, height, width, channels].
 * @param kernel [height, width, filters / groups, channels], as TensorFlow stores it.
 * @returns [rows, out height, out width, filters]. Along an axis, x of length n gives n·s with "same", n·s + max(e − s, 0) with
 * "valid", for stride s and a kernel that spans e; with explicit padding (n − 1)·s + e − before − after, plus outputPadding.
 * @throws ShapeError where the shapes do not fit each other, the groups, or the options; DTypeError for mixed dtypes; ValueError for
 * options out of range.
 * @example
 * const image = reshape(tensor([1, 2]), [1, 1, 2, 1]);
 * const kernel = reshape(tensor([1, 10, 100, 1000]), [2, 2, 1, 1]);
 * conv2dTranspose(image, kernel, { strides: 2 }).toArray(); // [[[[1], [10], [2], [20]], [[100], [1000], [200], [2000]]]]
 */
export const conv2dTranspose = (x: Operand, kernel: Operand, options: Conv2dTransposeOptions = noOptions): Tensor => {
  checkOptions("conv2dTranspose", options, rules);
  const [images, weights] = [floatOperand("conv2dTranspose", x), floatOperand("conv2dTranspose", kernel)];
  const { groups = 1, outputPadding, bias } = options;
  const window = windowOf(options, groups);
  const shapes = `got x=${formatShape(images.shape)}, kernel=${formatShape(weights.shape)}`;
  if (images.rank !== 4 || weights.rank !== 4 || images.shape[3] !== weights.shape[3]) {
    throw new ShapeError(
      "conv2dTranspose: x must be [rows, height, width, channels] and the kernel [height, width, filters / groups, channels], " +
        `${shapes}. Reshape or transpose them.`,
    );
  }
  const [rows, height, width] = images.shape;
  const [kernelHeight, kernelWidth, depth] = weights.shape;
  const extra = typeof outputPadding === "number" ? ([outputPadding, outputPadding] as const) : outputPadding;
  const size: Pair = [
    lengthOf(height, kernelHeight, window, 0, extra?.[0]),
    lengthOf(width, kernelWidth, window, 1, extra?.[1]),
  ];
  // Negative sizes, of padding that is wider than the outputs, fit nothing.
  const isFitting = size[0] >= 0 && size[1] >= 0;
  const g = isFitting && geometryOf("conv2dTranspose", [rows, ...size, depth * groups], weights.shape, window);
  if (!g || g.outHeight !== height || g.outWidth !== width) {
    throw new ShapeError(
      `conv2dTranspose: the convolution of the outputs must give the size of x, ${shapes}, which with these options are outputs of ` +
        `${formatShape(size)}${extra ? `, outputPadding=${showValue(extra)}` : ""}. Choose an outputPadding below the strides, or less padding.`,
    );
  }
  const y = inputGradient(images, weights, { ...window, size });
  return bias ? add(y, bias) : y;
};
