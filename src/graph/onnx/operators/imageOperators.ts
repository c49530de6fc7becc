import { conv2d } from "../../../ops/convolution/conv2d.ts";
import { conv2dTranspose } from "../../../ops/convolution/conv2dTranspose.ts";
import { type Margins, type Pair, spanOf } from "../../../ops/convolution/geometry.ts";
import { averagePool2d } from "../../../ops/pooling/averagePool.ts";
import { maxPool2d } from "../../../ops/pooling/maxPool.ts";
import { max, mean } from "../../../ops/reduce/reduce.ts";
import { pad } from "../../../ops/shape/pad.ts";
import { reshape } from "../../../ops/shape/reshape.ts";
import { slice } from "../../../ops/shape/slice.ts";
import { transpose } from "../../../ops/shape/transpose.ts";
import { normalizeAxes } from "../../../tensor/shape.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { GraphNode, Inputs, Operator, Operators } from "../../core/graphNode.ts";

/** Images have their channels in axis 1 in ONNX, and in the last one here; a sequence is an image of one row. */
const images = (node: GraphNode, x: Tensor): Tensor => {
  if (x.rank !== 3 && x.rank !== 4) node.refuse("there must be one or two axes behind the channels", x.rank - 2);
  return transpose(asImages(x), [0, 2, 3, 1]);
};

const asImages = (x: Tensor): Tensor => (x.rank === 3 ? reshape(x, [x.axes[0], x.axes[1], 1, x.axes[2]]) : x);

/** Images as ONNX has them, of the rank of the input. */
const channelsFirst = (y: Tensor, rank: number): Tensor => {
  const first = transpose(y, [0, 3, 1, 2]);
  return rank === 4 ? first : reshape(first, [first.axes[0], first.axes[1], first.axes[3]]);
};

/** Two numbers of an attribute; that of a sequence has one, which is for the second axis. */
const pairOf = (node: GraphNode, name: string, missing: number = 1): Pair => {
  const list = node.list(name) ?? [missing, missing];
  if (list.length === 1) return [missing, list[0]];
  return list.length === 2 ? [list[0], list[1]] : node.refuse(`${name} must have one or two numbers`, list);
};

/** The windows of a node along the two axes. */
interface NodeWindows {
  readonly size: Pair;
  readonly strides: Pair;
  readonly dilation: Pair;
}

/** Zeros around both axes: `pads`, or by the rule of `auto_pad`, with `ceil_mode` also those that the last window needs. */
const marginsOf = (node: GraphNode, x: Tensor, { size, strides, dilation }: NodeWindows): [Margins, Margins] => {
  const rule = node.text("auto_pad", "NOTSET");
  const pads = node.list("pads") ?? [0, 0, 0, 0];
  const written = pads.length === 2 ? [0, pads[0], 0, pads[1]] : pads;
  const along = (axis: 0 | 1): Margins => {
    const [length, stride, span] = [x.axes[axis + 1], strides[axis], spanOf(size[axis], dilation[axis])];
    if (rule === "SAME_UPPER" || rule === "SAME_LOWER") {
      const total = Math.max((Math.ceil(length / stride) - 1) * stride + span - length, 0);
      const less = Math.floor(total / 2);
      return rule === "SAME_UPPER" ? [less, total - less] : [total - less, less];
    }
    if (rule === "VALID") return [0, 0];
    if (rule !== "NOTSET") node.refuse("auto_pad must be NOTSET, VALID, SAME_UPPER or SAME_LOWER", rule);
    const [before, after] = [written[axis], written[axis + 2]];
    if (node.whole("ceil_mode", 0) === 0) return [before, after];
    const rest = before + length + after - span;
    const count = Math.ceil(rest / stride);
    // A window must begin in the image, or before it.
    const last = count * stride >= before + length ? count - 1 : count;
    return [before, after + Math.max(last * stride - rest, 0)];
  };
  return [along(0), along(1)];
};

/** A kernel [filters, channels / groups, height, width] becomes [height, width, channels / groups, filters]. */
const kernelOf = (kernel: Tensor): Tensor => transpose(asImages(kernel), [2, 3, 1, 0]);

const sizeOfKernel = (kernel: Tensor): Pair => [kernel.axes[0], kernel.axes[1]];

const convolution: Operator = (node) => {
  const strides = pairOf(node, "strides");
  const dilation = pairOf(node, "dilations");
  const groups = node.whole("group", 1);
  return (inputs) => {
    const x = node.tensor(inputs, 0);
    const [input, kernel] = [images(node, x), kernelOf(node.tensor(inputs, 1))];
    const padding = marginsOf(node, input, { size: sizeOfKernel(kernel), strides, dilation });
    const bias = inputs[2] && node.tensor(inputs, 2);
    const options = { strides, dilation, padding, groups, ...(bias && { bias }) };
    return channelsFirst(conv2d(input, kernel, options), x.rank);
  };
};

/** A kernel [channels, filters / groups, height, width] becomes [height, width, filters / groups, channels]. */
const transposedConvolution: Operator = (node) => {
  const strides = pairOf(node, "strides");
  const dilation = pairOf(node, "dilations");
  const outputPadding = pairOf(node, "output_padding", 0);
  const groups = node.whole("group", 1);
  const rule = node.text("auto_pad", "NOTSET");
  if (node.has("output_shape")) node.refuse("the size must follow from pads", "output_shape");
  if (rule !== "NOTSET" && rule !== "VALID") node.refuse("auto_pad must be NOTSET or VALID", rule);
  return (inputs) => {
    const x = node.tensor(inputs, 0);
    const [input, kernel] = [images(node, x), kernelOf(node.tensor(inputs, 1))];
    const padding = marginsOf(node, input, { size: sizeOfKernel(kernel), strides, dilation });
    const bias = inputs[2] && node.tensor(inputs, 2);
    const options = { strides, dilation, padding, groups, outputPadding, ...(bias && { bias }) };
    return channelsFirst(conv2dTranspose(input, kernel, options), x.rank);
  };
};

/** Pooling over windows; `strides` are 1 by default. */
const pooling =
  (
    apply: (
      x: Tensor,
      windows: { poolSize: Pair; strides: Pair; padding: [Margins, Margins] },
      node: GraphNode,
    ) => Tensor,
  ): Operator =>
  (node) => {
    const poolSize = pairOf(node, "kernel_shape");
    const strides = pairOf(node, "strides");
    const dilation = pairOf(node, "dilations");
    if (dilation.some((step) => step !== 1)) node.refuse("windows must have no gaps (dilations 1)", dilation);
    return (inputs) => {
      const x = node.tensor(inputs, 0);
      const input = images(node, x);
      const padding = marginsOf(node, input, { size: poolSize, strides, dilation });
      return channelsFirst(apply(input, { poolSize, strides, padding }, node), x.rank);
    };
  };

/** All axes behind the channels become one element. */
const whole =
  (apply: (x: Tensor, options: { axis: readonly number[]; keepDims: true }) => Tensor): Operator =>
  (node) =>
  (inputs) => {
    const x = node.tensor(inputs, 0);
    return apply(x, { axis: x.axes.map((_, axis) => axis).slice(2), keepDims: true });
  };

/** Attributes up to opset 10, later inputs; from 18 on for named axes. A negative number cuts off. */
const padsOf = (node: GraphNode, inputs: Inputs, x: Tensor): readonly Margins[] => {
  const pads = (node.version < 11 ? node.list("pads") : node.numbers(inputs, 1, "the pads")) ?? [];
  const named = node.version < 18 ? undefined : node.numbers(inputs, 3, "the axes");
  const axes = named ? named.map((axis) => normalizeAxes("Pad", axis, x.axes)[0]) : x.axes.map((_, axis) => axis);
  if (pads.length !== 2 * axes.length) node.refuse("pads must have two numbers for each axis", pads);
  return x.axes.map((_, axis) => {
    const index = axes.indexOf(axis);
    return index < 0 ? [0, 0] : [pads[index], pads[index + axes.length]];
  });
};

const padded: Operator = (node) => {
  const mode = node.text("mode", "constant");
  if (mode !== "constant" && mode !== "reflect") return node.refuse("mode must be constant or reflect", mode);
  return (inputs) => {
    const x = node.tensor(inputs, 0);
    const margins = padsOf(node, inputs, x);
    const value = node.version < 11 ? node.number("value", 0) : (node.numbers(inputs, 2, "the value")?.[0] ?? 0);
    const begin = margins.map(([before]) => Math.max(-before, 0));
    const size = x.axes.map((length, axis) => length - begin[axis] - Math.max(-margins[axis][1], 0));
    const isCut = size.some((length, axis) => length !== x.axes[axis]);
    const added = margins.map(([before, after]): Margins => [Math.max(before, 0), Math.max(after, 0)]);
    return pad(isCut ? slice(x, begin, size) : x, added, mode === "constant" ? { value } : { mode });
  };
};

/** Convolution, pooling and padding of images and sequences. */
export const imageOperators: Operators = {
  Conv: convolution,
  ConvTranspose: transposedConvolution,
  MaxPool: pooling((x, windows) => maxPool2d(x, windows)),
  // Elements around the image count where `count_include_pad` says so.
  AveragePool: pooling((x, windows, node) => {
    const countPadding = node.whole("count_include_pad", 0) !== 0;
    if (countPadding && node.whole("ceil_mode", 0) !== 0)
      node.refuse("count_include_pad must not be with ceil_mode", 1);
    return averagePool2d(x, { ...windows, countPadding });
  }),
  GlobalAveragePool: whole(mean),
  GlobalMaxPool: whole(max),
  Pad: padded,
};
