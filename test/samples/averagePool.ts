import { averagePool2dGradientPrimitive, averagePool2dPrimitive } from "../../src/ops/pooling/averagePool.ts";
import type { Windows } from "../../src/ops/pooling/windows.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import { pooledInput, poolings, someWindows } from "./support/pooling.ts";
import { refusesIntegers, type Samples } from "./support/sample.ts";

type Attributes = Windows & { readonly countPadding: boolean };

/** Each pooling, and those with padding in both ways of counting. */
const both = poolings.flatMap(([shape, windows]) =>
  (windows.padding.flat().some(Boolean) ? [false, true] : [false]).map((countPadding) => ({
    ...windows,
    countPadding,
    shape,
  })),
);

const plain = { ...someWindows.plain, countPadding: false };

export const averagePool2dSamples: Samples<Attributes> = {
  primitive: averagePool2dPrimitive,
  cases: both.map(({ shape, ...attributes }) => ({ inputs: [{ shape }], attributes })),
  refused: [
    refusesIntegers("averagePool2d", 1, plain),
    {
      inputs: [{ shape: [2, 4] }],
      attributes: plain,
      error: "ShapeError: averagePool2d: x must be [rows, height, width, channels], got [2, 4]. Reshape it.",
    },
    {
      inputs: [{ shape: [2, 0, 4, 3] }],
      attributes: plain,
      error:
        "ShapeError: averagePool2d: a window must fit into x and its padding, got poolSize=[2, 2], padding=[[0, 0], [0, 0]] for " +
        'x=[2, 0, 4, 3]. Choose a smaller window, or padding "same".',
    },
  ],
};

export const averagePool2dGradientSamples: Samples<Attributes & { readonly shape: Shape }> = {
  primitive: averagePool2dGradientPrimitive,
  cases: both.map((attributes) => ({ inputs: [pooledInput(attributes.shape, attributes)], attributes })),
  refused: [
    {
      inputs: [{ shape: [1, 2, 1, 3] }],
      attributes: { ...plain, shape: [1, 4, 4, 3] },
      error:
        "ShapeError: averagePool2dGradient: dy must have an element per window, got dy=[1, 2, 1, 3] for [1, 2, 2, 3]. Broadcast it first.",
    },
  ],
};
