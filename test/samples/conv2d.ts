import {
  conv2dInputGradientPrimitive,
  conv2dKernelGradientPrimitive,
  conv2dPrimitive,
  type SizedWindow,
} from "../../src/ops/convolution/conv2d.ts";
import { geometryOf, type Window } from "../../src/ops/convolution/geometry.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import type { SampleInput, Samples } from "./support/sample.ts";

const plain: Window = { strides: [1, 1], dilation: [1, 1], padding: "valid", groups: 1 };
const same: Window = { ...plain, padding: "same" };

/** Images, kernels and how they move. */
const convolutions: readonly (readonly [x: Shape, kernel: Shape, window: Window])[] = [
  [[1, 1, 1, 1], [1, 1, 1, 1], plain],
  [[2, 4, 5, 3], [2, 3, 3, 4], plain],
  [[1, 5, 4, 1], [3, 3, 1, 5], same],
  [[2, 3, 3, 4], [1, 1, 4, 9], plain],
  [[1, 6, 7, 2], [3, 2, 2, 3], { ...same, strides: [2, 3] }],
  // Strides beyond the kernel leave positions that no element meets.
  [[1, 7, 5, 1], [1, 2, 1, 2], { ...plain, strides: [3, 4] }],
  [
    [1, 7, 6, 2],
    [2, 3, 2, 3],
    {
      ...plain,
      dilation: [3, 2],
      padding: [
        [1, 2],
        [0, 3],
      ],
    },
  ],
  [[1, 9, 8, 1], [3, 3, 1, 2], { ...same, strides: [2, 2], dilation: [2, 3] }],
  [[1, 4, 3, 4], [3, 2, 2, 6], { ...same, groups: 2 }],
  // Each channel by itself: with one filter, and with two.
  [[1, 5, 4, 5], [3, 3, 1, 5], { ...same, groups: 5 }],
  [[2, 5, 5, 3], [2, 2, 1, 6], { ...plain, strides: [2, 1], groups: 3 }],
  [[1, 3, 2, 23], [2, 2, 1, 23], { ...same, groups: 23 }],
  [[1, 0, 3, 2], [2, 2, 2, 3], same],
  [[1, 0, 3, 2], [2, 2, 1, 2], { ...same, groups: 2 }],
  [[0, 3, 3, 1], [2, 2, 1, 2], plain],
  [[1, 3, 3, 0], [2, 2, 0, 2], plain],
  [[1, 3, 3, 2], [2, 2, 2, 0], plain],
];

const inputOf = (shape: Shape): SampleInput => ({ shape, low: -1, high: 1 });

const outputOf = (x: Shape, kernel: Shape, window: Window): Shape => {
  const { rows, outHeight, outWidth, filters } = geometryOf("samples", x, kernel, window);
  return [rows, outHeight, outWidth, filters];
};

const sized = (window: Window, shape: Shape, axis: number): SizedWindow => ({
  ...window,
  size: [shape[axis], shape[axis + 1]],
});

const refusal = (x: Shape, kernel: Shape, window: Partial<Window>, error: string) => ({
  inputs: [inputOf(x), inputOf(kernel)],
  attributes: { ...plain, ...window },
  error,
});

export const conv2dSamples: Samples<Window> = {
  primitive: conv2dPrimitive,
  cases: convolutions.flatMap(([x, kernel, attributes]) => [
    { inputs: [inputOf(x), inputOf(kernel)], attributes },
    { inputs: [inputOf(x), inputOf(kernel), inputOf(kernel.slice(3))], attributes },
  ]),
  refused: [
    refusal(
      [5, 5, 3],
      [3, 3, 3, 2],
      {},
      "ShapeError: conv2d: x must be [rows, height, width, channels] and the kernel [height, width, channels / groups, filters] with sizes from 1, got x=[5, 5, 3], kernel=[3, 3, 3, 2]. Reshape them; grayscale images and plain series have 1 channel.",
    ),
    refusal(
      [1, 5, 5, 3],
      [0, 3, 3, 2],
      {},
      "ShapeError: conv2d: x must be [rows, height, width, channels] and the kernel [height, width, channels / groups, filters] with sizes from 1, got x=[1, 5, 5, 3], kernel=[0, 3, 3, 2]. Reshape them; grayscale images and plain series have 1 channel.",
    ),
    refusal(
      [1, 5, 5, 4],
      [3, 3, 3, 2],
      {},
      "ShapeError: conv2d: the kernel must have the channels of x, got x=[1, 5, 5, 4], kernel=[3, 3, 3, 2]. Make the kernel for this number of channels.",
    ),
    refusal(
      [1, 5, 5, 4],
      [3, 3, 4, 2],
      { groups: 2 },
      "ShapeError: conv2d: the kernel must have the channels of x, divided by the groups, got x=[1, 5, 5, 4], kernel=[3, 3, 4, 2], groups=2. Make the kernel for this number of channels.",
    ),
    refusal(
      [1, 5, 5, 4],
      [3, 3, 2, 3],
      { groups: 2 },
      "ShapeError: conv2d: the filters must be a multiple of the groups, got x=[1, 5, 5, 4], kernel=[3, 3, 2, 3], groups=2. Change one of them.",
    ),
    refusal(
      [1, 3, 8, 8],
      [16, 3, 5, 5],
      {},
      "ShapeError: conv2d: the kernel must have the channels of x, got x=[1, 3, 8, 8], kernel=[16, 3, 5, 5]. Channels come last: pass transpose(x, [0, 2, 3, 1]) and transpose(kernel, [2, 3, 1, 0]), if both come from PyTorch.",
    ),
    refusal(
      [1, 8, 8, 3],
      [16, 3, 5, 5],
      {},
      "ShapeError: conv2d: the kernel must have the channels of x, got x=[1, 8, 8, 3], kernel=[16, 3, 5, 5]. Pass transpose(kernel, [2, 3, 1, 0]), if the kernel comes from PyTorch.",
    ),
    refusal(
      [1, 3, 8, 8],
      [5, 5, 3, 16],
      {},
      "ShapeError: conv2d: the kernel must have the channels of x, got x=[1, 3, 8, 8], kernel=[5, 5, 3, 16]. Channels come last: pass transpose(x, [0, 2, 3, 1]).",
    ),
    refusal(
      [1, 4, 2, 1],
      [3, 3, 1, 2],
      {},
      'ShapeError: conv2d: the kernel must fit into the padded x, got x=[1, 4, 2, 1], kernel=[3, 3, 1, 2] (3 elements on 2 along axis 2). Choose padding: "same", a smaller kernel, or less pooling before it.',
    ),
    {
      inputs: [inputOf([1, 4, 4, 1]), inputOf([3, 3, 1, 2]), inputOf([3])],
      attributes: plain,
      error:
        "ShapeError: conv2d: the bias must have a number for each filter, got bias=[3], kernel=[3, 3, 1, 2]. Reshape it, or check which kernel it belongs to.",
    },
    {
      inputs: [inputOf([1, 4, 4, 1]), { ...inputOf([3, 3, 1, 2]), dtype: "float64" }],
      attributes: plain,
      error:
        'DTypeError: conv2d: operands must all be float32, or all float64, got float32, float64. Convert with toFloat(x, { dtype: "float32" }).',
    },
  ],
};

const gradientAdvice = "Pass the size and the options of the convolution.";

export const conv2dInputGradientSamples: Samples<SizedWindow> = {
  primitive: conv2dInputGradientPrimitive,
  cases: convolutions.map(([x, kernel, window]) => ({
    inputs: [inputOf(outputOf(x, kernel, window)), inputOf(kernel)],
    attributes: sized(window, x, 1),
  })),
  refused: [
    {
      inputs: [inputOf([1, 3, 3, 2]), inputOf([2, 2, 1, 2])],
      attributes: { ...plain, size: [5, 4] },
      error: `ShapeError: conv2dInputGradient: dy must have the shape of the convolution's result, [1, 4, 3, 2], got dy=[1, 3, 3, 2]. ${gradientAdvice}`,
    },
  ],
};

export const conv2dKernelGradientSamples: Samples<SizedWindow> = {
  primitive: conv2dKernelGradientPrimitive,
  cases: convolutions.map(([x, kernel, window]) => ({
    inputs: [inputOf(x), inputOf(outputOf(x, kernel, window))],
    attributes: sized(window, kernel, 0),
  })),
  refused: [
    {
      inputs: [inputOf([1, 3, 3, 2]), inputOf([1, 2, 3, 2])],
      attributes: { ...plain, size: [2, 2] },
      error: `ShapeError: conv2dKernelGradient: dy must have the shape of the convolution's result, [1, 2, 2, 2], got dy=[1, 2, 3, 2]. ${gradientAdvice}`,
    },
  ],
};
