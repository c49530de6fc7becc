import {
  maxPool2dGradientPrimitive,
  maxPool2dPrimitive,
  maxPool2dTangentPrimitive,
} from "../../src/ops/pooling/maxPool.ts";
import type { Windows } from "../../src/ops/pooling/windows.ts";
import { distinct, pooledInput, poolings, someWindows } from "./support/pooling.ts";
import type { Samples } from "./support/sample.ts";

const { plain, wide } = someWindows;
const integers = { shape: [1, 2, 2, 1], dtype: "int32", values: [1] } as const;

export const maxPool2dSamples: Samples<Windows> = {
  primitive: maxPool2dPrimitive,
  cases: poolings.map(([shape, windows]) => ({ inputs: [{ shape, values: distinct }], attributes: windows })),
  refused: [
    {
      inputs: [integers],
      attributes: plain,
      error:
        "DTypeError: maxPool2d: operands must all be float32, or all float64, got int32. Convert with toFloat(...).",
    },
    {
      inputs: [{ shape: [2, 4, 3] }],
      attributes: plain,
      error: "ShapeError: maxPool2d: x must be [rows, height, width, channels], got [2, 4, 3]. Reshape it.",
    },
    {
      inputs: [{ shape: [2, 4, 1, 3] }],
      attributes: plain,
      error:
        "ShapeError: maxPool2d: a window must fit into x and its padding, got poolSize=[2, 2], padding=[[0, 0], [0, 0]] for " +
        'x=[2, 4, 1, 3]. Choose a smaller window, or padding "same".',
    },
    {
      inputs: [{ shape: [2, 4, 4, 3] }],
      attributes: wide,
      error:
        "ShapeError: maxPool2d: padding must be smaller than the window, got poolSize=[2, 2], padding=[[2, 0], [0, 0]] for " +
        "x=[2, 4, 4, 3]. Every window needs an element of x.",
    },
  ],
};

export const maxPool2dGradientSamples: Samples<Windows> = {
  primitive: maxPool2dGradientPrimitive,
  cases: poolings.map(([shape, windows]) => ({
    inputs: [pooledInput(shape, windows), { shape, values: distinct }],
    attributes: windows,
  })),
  refused: [
    {
      inputs: [{ shape: [1, 2, 1, 3] }, { shape: [1, 4, 4, 3] }],
      attributes: plain,
      error:
        "ShapeError: maxPool2dGradient: dy must have an element per window, got dy=[1, 2, 1, 3] for [1, 2, 2, 3]. Broadcast it first.",
    },
  ],
};

export const maxPool2dTangentSamples: Samples<Windows> = {
  primitive: maxPool2dTangentPrimitive,
  cases: poolings.map(([shape, windows]) => ({
    inputs: [{ shape }, { shape, values: distinct }],
    attributes: windows,
  })),
  refused: [
    {
      inputs: [{ shape: [1, 4, 4, 1] }, { shape: [1, 4, 4, 3] }],
      attributes: plain,
      error:
        "ShapeError: maxPool2dTangent: u must have the shape of x, got u=[1, 4, 4, 1], x=[1, 4, 4, 3]. Broadcast it first.",
    },
  ],
};
