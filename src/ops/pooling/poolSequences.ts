import type { Tensor } from "../../tensor/tensor.ts";
import { reshape } from "../shape/reshape.ts";
import type { Windows } from "./windows.ts";

/** Pools sequences, [rows, length, channels], as images of one line. */
export const poolSequences = (
  x: Tensor,
  { size, strides, padding }: Windows,
  pool: (images: Tensor, windows: Windows) => Tensor,
): Tensor => {
  const [rows, length, channels] = x.shape;
  const pooled = pool(reshape(x, [rows, 1, length, channels]), {
    size: [1, ...size],
    strides: [1, ...strides],
    padding: [[0, 0], ...padding],
  });
  return reshape(pooled, [rows, pooled.shape[2], channels]);
};
