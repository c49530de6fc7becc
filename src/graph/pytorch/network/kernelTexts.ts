import { pairOf } from "../../../layers/convolution/convOptions.ts";
import { type Margins, type Pair, spanOf } from "../../../ops/convolution/geometry.ts";
import type { Placement } from "./placement.ts";
import { pythonSizes } from "./pythonText.ts";
import type { LayerText, TorchCall } from "./torchCall.ts";

/** Arguments of a constructor: those that are not the default. */
export const argumentsOf = (
  ...entries: readonly (readonly [name: string, text: string, isDefault: boolean])[]
): string => entries.map(([name, text, isDefault]) => (isDefault ? "" : `, ${name}=${text}`)).join("");

/** The zeros around axes that a padding means, for lengths, sizes of windows and strides along them. */
export const marginsOf = (
  padding: unknown,
  lengths: readonly number[],
  spans: readonly number[],
  strides: readonly number[],
): readonly Margins[] =>
  lengths.map((length, axis) => {
    if (padding === "same") {
      const total = Math.max((Math.ceil(length / strides[axis]) - 1) * strides[axis] + spans[axis] - length, 0);
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    }
    if (padding === "causal") return [spans[axis] - 1, 0];
    if (!Array.isArray(padding)) return [0, 0];
    const entry = padding[axis] as number | Margins;
    return typeof entry === "number" ? (padding as unknown as Margins) : entry;
  });

/** Whether both ends of every axis get as much. */
export const areSymmetric = (margins: readonly Margins[]): boolean =>
  margins.every(([before, after]) => before === after);

/** An expression, padded. PyTorch lists the last axis first. */
export const padded = (x: string, margins: readonly Margins[], value: string = ""): string =>
  margins.flat().every((margin) => margin === 0)
    ? x
    : `F.pad(${x}, (${[...margins].reverse().flat().join(", ")})${value})`;

const listOf = (value: unknown, axes: number): readonly number[] =>
  value === undefined || typeof value === "number"
    ? Array<number>(axes).fill(value ?? 1)
    : (value as readonly number[]);

/** The sizes of a convolution, from the options of its layer. */
interface Windows {
  readonly size: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly margins: readonly Margins[];
}

const windowsOf = ({ options, row }: TorchCall, axes: 1 | 2): Windows => {
  const size = axes === 1 ? [options.kernelSize as number] : pairOf(options.kernelSize as number | Pair);
  const [strides, dilation] = [listOf(options.strides, axes), listOf(options.dilationRate, axes)];
  const spans = size.map((length, axis) => spanOf(length, dilation[axis]));
  const margins = marginsOf(options.padding, row.slice(0, -1), spans, strides);
  return { size, strides, dilation, groups: (options.groups as number | undefined) ?? 1, margins };
};

const isOne = (values: readonly number[]): boolean => values.every((value) => value === 1);

/** A convolution of the input, as a module; padding that PyTorch's layer cannot do is in `forward`. */
const convolution = (
  call: TorchCall,
  axes: 1 | 2,
  { size, strides, dilation, groups, margins }: Windows,
  { filters, hasBias, suffix = "" }: { readonly filters: number; readonly hasBias: boolean; readonly suffix?: string },
): string => {
  const isInside = areSymmetric(margins);
  const inside = margins.map(([before]) => (isInside ? before : 0));
  const module = call.module(
    `nn.Conv${axes}d(${call.row[axes]}, ${filters}, ${pythonSizes(size)}${argumentsOf(
      ["stride", pythonSizes(strides), isOne(strides)],
      ["padding", pythonSizes(inside), inside.every((length) => length === 0)],
      ["dilation", pythonSizes(dilation), isOne(dilation)],
      ["groups", String(groups), groups === 1],
      ["bias", "False", hasBias],
    )})`,
    suffix,
  );
  const x = call.in("first");
  return `${module}(${isInside ? x : padded(x, margins)})`;
};

const kernelOrder: Readonly<Record<1 | 2, readonly number[]>> = { 1: [2, 1, 0], 2: [3, 2, 0, 1] };

const convText =
  (axes: 1 | 2): LayerText =>
  (call) => {
    call.parameter("kernel", "weight", { order: kernelOrder[axes] });
    call.parameter("bias", "bias");
    const filters = call.options.filters as number;
    return [
      convolution(call, axes, windowsOf(call, axes), { filters, hasBias: call.variable("bias") !== undefined }),
      "first",
    ];
  };

/** [height, width, channels, multiplier] as a convolution where each channel is a group. */
const depthwise = (
  call: TorchCall,
): { readonly windows: Windows; readonly filters: number; readonly placement: Placement } => {
  const channels = call.row[2];
  const filters = channels * ((call.options.depthMultiplier as number | undefined) ?? 1);
  const windows = { ...windowsOf(call, 2), groups: channels };
  return { windows, filters, placement: { order: [2, 3, 0, 1], shape: [filters, 1, ...windows.size] } };
};

const depthwiseText: LayerText = (call) => {
  const { windows, filters, placement } = depthwise(call);
  call.parameter("depthwise_kernel", "weight", placement);
  call.parameter("bias", "bias");
  return [convolution(call, 2, windows, { filters, hasBias: call.variable("bias") !== undefined }), "first"];
};

const separableText: LayerText = (call) => {
  const { windows, filters: between, placement } = depthwise(call);
  const filters = call.options.filters as number;
  const hasBias = call.variable("bias") !== undefined;
  call.parameter("depthwise_kernel", "weight", placement, "_depthwise");
  call.parameter("pointwise_kernel", "weight", { order: kernelOrder[2] }, "_pointwise");
  call.parameter("bias", "bias", {}, "_pointwise");
  const first = convolution(call, 2, windows, { filters: between, hasBias: false, suffix: "_depthwise" });
  const bias = argumentsOf(["bias", "False", hasBias]);
  return [`${call.module(`nn.Conv2d(${between}, ${filters}, 1${bias})`, "_pointwise")}(${first})`, "first"];
};

/**
 * PyTorch's layer crops as much at both ends, and adds less than a stride at the far one. Where the outputs lie elsewhere, it
 * computes all of them, and `forward` takes the part.
 */
const transposeText: LayerText = (call) => {
  const { options, output, row } = call;
  const { size, strides, dilation, groups } = windowsOf(call, 2);
  const spans = size.map((length, axis) => spanOf(length, dilation[axis]));
  const whole = spans.map((span, axis) => (row[axis] - 1) * strides[axis] + span);
  // The padding of the convolution from the outputs to the inputs.
  const before = marginsOf(options.padding, output.slice(0, -1), spans, strides).map(([start]) => start);
  const rest = whole.map((length, axis) => length - before[axis] - output[axis]);
  const crops = before.every(
    (start, axis) => start - rest[axis] < Math.max(strides[axis], dilation[axis]) && rest[axis] <= start,
  );
  const extra = rest.map((length, axis) => (crops ? before[axis] - length : Math.max(-length, 0)));
  const filters = options.filters as number;
  const hasBias = call.variable("bias") !== undefined;
  call.parameter("kernel", "weight", { order: [3, 2, 0, 1] });
  call.parameter("bias", "bias");
  const module = call.module(
    `nn.ConvTranspose2d(${row[2]}, ${filters}, ${pythonSizes(size)}${argumentsOf(
      ["stride", pythonSizes(strides), isOne(strides)],
      ["padding", pythonSizes(before), !crops || before.every((start) => start === 0)],
      ["output_padding", pythonSizes(extra), extra.every((length) => length === 0)],
      ["dilation", pythonSizes(dilation), isOne(dilation)],
      ["groups", String(groups), groups === 1],
      ["bias", "False", hasBias],
    )})`,
  );
  const all = `${module}(${call.in("first")})`;
  const parts = before.map((start, axis) => `${start}:${start + output[axis]}`);
  return [crops ? all : `${all}[:, :, ${parts.join(", ")}]`, "first"];
};

const denseText: LayerText = (call) => {
  const inputs = call.row[call.row.length - 1];
  const hasBias = call.variable("bias") !== undefined;
  call.parameter("kernel", "weight", { order: [1, 0] });
  call.parameter("bias", "bias");
  const units = call.options.units as number;
  const module = call.module(`nn.Linear(${inputs}, ${units}${argumentsOf(["bias", "False", hasBias])})`);
  return [`${module}(${call.in("last")})`, "last"];
};

const embeddingText: LayerText = (call) => {
  const { inputDim, outputDim } = call.options as { readonly inputDim: number; readonly outputDim: number };
  call.parameter("embeddings", "weight");
  return [`${call.module(`nn.Embedding(${inputDim}, ${outputDim})`)}(${call.in("last")})`, "last"];
};

/** Layers with weights. */
export const kernelTexts: readonly (readonly [string, LayerText])[] = /* @__PURE__ */ (() => [
  ["Dense", denseText],
  ["Embedding", embeddingText],
  ["Conv1D", convText(1)],
  ["Conv2D", convText(2)],
  ["DepthwiseConv2D", depthwiseText],
  ["SeparableConv2D", separableText],
  ["Conv2DTranspose", transposeText],
])();
