import type { TensorType, TypedArray } from "./dtype.ts";
import { formatShape, sizeOf } from "./shape.ts";

const edge = 3;
const longest = 60;

/** A number with at most six significant digits. */
export const formatNumber = (value: number): string => {
  const rounded = Number(value.toPrecision(6));
  return Math.abs(rounded) < 1e10 ? String(rounded) : rounded.toExponential();
};

/** `Tensor float32 [2, 2] [[1, 2], [3, 4]]`; long axes show their first and last three entries. */
export const formatTensor = (type: TensorType, values: TypedArray): string => {
  const { shape, dtype, scale } = type;
  const shorten = sizeOf(shape) > longest;
  const show = (value: number): string => {
    if (dtype === "bool") return value ? "true" : "false";
    // Labels and indices are exact.
    return dtype === "int32" ? String(value) : formatNumber(value * (scale ?? 1));
  };
  const visit = (axis: number, offset: number, stride: number): string => {
    if (axis === shape.length) return show(values[offset]!);
    const length = shape[axis]!;
    const inner = length === 0 ? 0 : stride / length;
    const entries: string[] = [];
    for (let index = 0; index < length; index++) {
      if (shorten && length > 2 * edge && index === edge) {
        entries.push("...");
        index = length - edge;
      }
      entries.push(visit(axis + 1, offset + index * inner, inner));
    }
    return `[${entries.join(", ")}]`;
  };
  return `Tensor ${dtype} ${formatShape(shape)} ${visit(0, 0, sizeOf(shape))}`;
};
