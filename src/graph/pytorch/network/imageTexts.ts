import type { Margins, Pair } from "../../../ops/convolution/geometry.ts";
import { areSymmetric, argumentsOf, marginsOf, padded } from "./kernelTexts.ts";
import { pythonSizes, pythonTuple } from "./pythonText.ts";
import type { LayerText, TorchCall } from "./torchCall.ts";

/** The windows of a pooling layer, and the arguments that say their size and stride. */
const windowsOf = (
  { options, row }: TorchCall,
  axes: 1 | 2,
): { readonly size: readonly number[]; readonly margins: readonly Margins[]; readonly text: string } => {
  const listOf = (value: unknown): readonly number[] =>
    typeof value === "number" ? Array<number>(axes).fill(value) : (value as readonly number[]);
  const size = listOf(options.poolSize ?? 2);
  const strides = options.strides === undefined ? size : listOf(options.strides);
  const isDefault = strides.every((stride, axis) => stride === size[axis]);
  const text = `${pythonSizes(size)}${argumentsOf(["stride", pythonSizes(strides), isDefault])}`;
  return { size, margins: marginsOf(options.padding, row.slice(0, -1), size, strides), text };
};

/** Whether PyTorch's functions pad so by themselves. */
const isInside = (size: readonly number[], margins: readonly Margins[]): boolean =>
  areSymmetric(margins) && margins.every(([before], axis) => before <= size[axis] / 2);

const paddingText = (margins: readonly Margins[]): string => {
  const before = margins.map(([margin]) => margin);
  return argumentsOf(["padding", pythonSizes(before), before.every((margin) => margin === 0)]);
};

const maxText =
  (axes: 1 | 2): LayerText =>
  (call) => {
    const { size, margins, text } = windowsOf(call, axes);
    const x = call.in("first");
    const pool = `F.max_pool${axes}d`;
    if (isInside(size, margins)) return [`${pool}(${x}, ${text}${paddingText(margins)})`, "first"];
    return [`${pool}(${padded(x, margins, ', value=float("-inf")')}, ${text})`, "first"];
  };

const averageText =
  (axes: 1 | 2): LayerText =>
  (call) => {
    const { size, margins, text } = windowsOf(call, axes);
    const counts = call.options.countPadding === true;
    const x = call.in("first");
    const pool = `F.avg_pool${axes}d`;
    if (isInside(size, margins)) {
      const isPadded = margins.some(([before]) => before > 0);
      const inclusion = isPadded && !counts ? ", count_include_pad=False" : "";
      return [`${pool}(${x}, ${text}${paddingText(margins)}${inclusion})`, "first"];
    }
    const pooled = `${pool}(${padded(x, margins)}, ${text})`;
    if (counts) return [pooled, "first"];
    // The part of each window that lies on the image.
    const parts = `${pool}(${padded(`torch.ones_like(${x}[:1, :1])`, margins)}, ${text})`;
    return [`${pooled} / ${parts}`, "first"];
  };

const globalText =
  (axes: 1 | 2, reduce: "mean" | "amax"): LayerText =>
  (call) => {
    const keeps = call.options.keepDims === true;
    const dims = axes === 1 ? [2] : [2, 3];
    const keep = keeps ? ", keepdim=True" : "";
    return [`${call.in("first")}.${reduce}(${pythonTuple(dims)}${keep})`, "first"];
  };

const zeroPaddingText: LayerText = (call) => {
  const { padding = 1 } = call.options as { readonly padding?: number | Pair | readonly [Margins, Margins] };
  const sides = typeof padding === "number" ? [padding, padding] : padding;
  const margins = sides.map((side): Margins => (typeof side === "number" ? [side, side] : side));
  return [padded(call.in("first"), margins), "first"];
};

const flattenText: LayerText = (call) => {
  if (call.row.length === 1) return call.asItIs();
  const x = call.in("last");
  return [call.row.length === 0 ? `${x}.unsqueeze(1)` : `${x}.flatten(1)`, "last"];
};

const reshapeText: LayerText = (call) => [`${call.in("last")}.reshape(${["-1", ...call.output].join(", ")})`, "last"];

/** Layers of images and sequences without weights. */
export const imageTexts: readonly (readonly [string, LayerText])[] = /* @__PURE__ */ (() => [
  ["MaxPooling1D", maxText(1)],
  ["MaxPooling2D", maxText(2)],
  ["AveragePooling1D", averageText(1)],
  ["AveragePooling2D", averageText(2)],
  ["GlobalMaxPooling1D", globalText(1, "amax")],
  ["GlobalMaxPooling2D", globalText(2, "amax")],
  ["GlobalAveragePooling1D", globalText(1, "mean")],
  ["GlobalAveragePooling2D", globalText(2, "mean")],
  ["ZeroPadding2D", zeroPaddingText],
  ["Flatten", flattenText],
  ["Reshape", reshapeText],
])();
