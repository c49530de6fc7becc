import { type Margins, type Pair, spanOf, type Window } from "../../../../ops/convolution/geometry.ts";
import { type Exporter, type Exporters, exporterOf, fixedAttributes } from "../exporter.ts";
import type { ExportAttribute, ExportValue, ValueType } from "../exportValue.ts";
import type { GraphBuilder } from "../graphBuilder.ts";

/** Channels come last here, and second in ONNX. */
const toFirst = [0, 3, 1, 2];
const toLast = [0, 2, 3, 1];
/** [height, width, channels, filters] becomes [filters, channels, height, width]; it is its own inverse. */
const kernelOrder = [3, 2, 0, 1];

const sizeAt = ({ type: { shape } }: { readonly type: ValueType }, axis: number): number => shape[axis][0];

/** A node on images with the channels second. */
const onImages = (
  graph: GraphBuilder,
  op: string,
  [images, ...others]: readonly ExportValue[],
  type: ValueType,
  attributes: Readonly<Record<string, ExportAttribute>>,
): ExportValue => {
  const first = { ...type, shape: toFirst.map((axis) => type.shape[axis]) };
  return graph.transpose(graph.node(op, [graph.transpose(images, toFirst), ...others], first, attributes), toLast);
};

const padsOf = ([[top, bottom], [left, right]]: readonly Margins[]): ExportAttribute => ({
  wholes: [top, left, bottom, right],
});

/** The zeros around an axis of the images of a convolution, from the sizes of both sides. */
const marginsOf = (
  { strides, dilation, padding }: Window,
  axis: 0 | 1,
  length: number,
  count: number,
  size: number,
): Margins => {
  if (padding === "valid") return [0, 0];
  if (padding !== "same") return padding[axis];
  const total = Math.max((count - 1) * strides[axis] + spanOf(size, dilation[axis]) - length, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
};

const windowAttributes = (
  { strides, dilation, groups }: Window,
  size: Pair,
  pads: readonly Margins[],
): Record<string, ExportAttribute> => ({
  kernel_shape: { wholes: size },
  strides: { wholes: strides },
  dilations: { wholes: dilation },
  group: { whole: groups },
  pads: padsOf(pads),
});

const convolution = exporterOf<Window>((call, graph) => {
  const window = fixedAttributes(call);
  const [x, kernel, ...bias] = call.inputs;
  const [type] = call.outputs;
  const size: Pair = [sizeAt(kernel, 0), sizeAt(kernel, 1)];
  const pads = ([0, 1] as const).map((axis) =>
    marginsOf(window, axis, sizeAt(x, axis + 1), type.shape[axis + 1][0], size[axis]),
  );
  const weights = graph.transposedWeight(kernel, kernelOrder);
  return onImages(graph, "Conv", [x, weights, ...bias], type, windowAttributes(window, size, pads));
});

/** The gradient of the images of a convolution, which is the transposed convolution. */
const transposedConvolution = exporterOf<Window & { readonly size: Pair }>((call, graph) => {
  const window = fixedAttributes(call);
  const [dy, kernel] = call.inputs;
  const [type] = call.outputs;
  const size: Pair = [sizeAt(kernel, 0), sizeAt(kernel, 1)];
  const along = ([0, 1] as const).map((axis) => {
    const [count, length] = [sizeAt(dy, axis + 1), window.size[axis]];
    const margins = marginsOf(window, axis, length, count, size[axis]);
    const least = (count - 1) * window.strides[axis] + spanOf(size[axis], window.dilation[axis]);
    return { margins, more: length - (least - margins[0] - margins[1]) };
  });
  const attributes = windowAttributes(
    window,
    size,
    along.map(({ margins }) => margins),
  );
  attributes.output_padding = { wholes: along.map(({ more }) => more) };
  const weights = graph.transposedWeight(kernel, kernelOrder);
  return onImages(graph, "ConvTranspose", [dy, weights], type, attributes);
});

interface PoolAttributes {
  readonly size: readonly number[];
  readonly strides: readonly number[];
  readonly padding: readonly Margins[];
  readonly countPadding?: boolean;
}

const pooling = (op: string): Exporter =>
  exporterOf<PoolAttributes>((call, graph) => {
    const { size, strides, padding, countPadding } = fixedAttributes(call);
    return onImages(graph, op, call.inputs, call.outputs[0], {
      kernel_shape: { wholes: size },
      strides: { wholes: strides },
      pads: padsOf(padding),
      ...(countPadding && { count_include_pad: { whole: 1 } }),
    });
  });

/** Convolutions and pooling. */
export const imageExporters: Exporters = {
  conv2d: convolution,
  conv2dInputGradient: transposedConvolution,
  maxPool2d: pooling("MaxPool"),
  averagePool2d: pooling("AveragePool"),
};
