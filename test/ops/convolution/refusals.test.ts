import { expect, test } from "vitest";
import { conv1d } from "../../../src/ops/convolution/conv1d.ts";
import { conv2d } from "../../../src/ops/convolution/conv2d.ts";
import { conv2dTranspose } from "../../../src/ops/convolution/conv2dTranspose.ts";
import { depthwiseConv2d } from "../../../src/ops/convolution/depthwiseConv2d.ts";
import { zeros } from "../../../src/tensor/tensor.ts";

const refusals: readonly (readonly [compute: () => unknown, error: string])[] = [
  [
    () => conv2d(zeros([1, 5, 5, 1]), zeros([3, 3, 1, 1]), { strides: 0 }),
    "ValueError: conv2d: strides must be a whole number from 1, or two of them [height, width], got 0.",
  ],
  [
    () =>
      conv2d(zeros([1, 5, 5, 1]), zeros([3, 3, 1, 1]), {
        padding: [
          [1, 1],
          [-1, 0],
        ],
      }),
    'ValueError: conv2d: padding must be "valid", "same", or [[top, bottom], [left, right]] of whole numbers from 0, got [[1, 1], [-1, 0]].',
  ],
  [
    () => conv2d(zeros([1, 5, 5, 1]), zeros([3, 3, 1, 1]), { stride: 2 } as object),
    'ValueError: conv2d: every option must be one that exists, got "stride". The options are strides, padding, dilation, bias, groups.',
  ],
  [
    () => conv1d(zeros([1, 5]), zeros([3, 1, 1]), {}),
    "ShapeError: conv1d: x must be [rows, length, channels] and the kernel [length, channels / groups, filters] with sizes from 1, got x=[1, 5], kernel=[3, 1, 1]. Reshape them; grayscale images and plain series have 1 channel.",
  ],
  [
    () => conv1d(zeros([1, 4, 8]), zeros([2, 4, 3]), {}),
    "ShapeError: conv1d: the kernel must have the channels of x, got x=[1, 4, 8], kernel=[2, 4, 3]. Channels come last: pass transpose(x, [0, 2, 1]) and transpose(kernel, [2, 1, 0]), if both come from PyTorch.",
  ],
  [
    () => conv1d(zeros([1, 3, 1]), zeros([2, 1, 1]), { dilation: 3 }),
    'ShapeError: conv1d: the kernel must fit into the padded x, got x=[1, 3, 1], kernel=[2, 1, 1] (4 elements on 3 along axis 1). Choose padding: "same", a smaller kernel, or less pooling before it.',
  ],
  [
    () => conv1d(zeros([1, 3, 1]), zeros([2, 1, 4]), { bias: zeros([1, 4]) }),
    "ShapeError: conv1d: the bias must have a number for each filter, got bias=[1, 4], kernel=[2, 1, 4]. Reshape it, or check which kernel it belongs to.",
  ],
  [
    () => depthwiseConv2d(zeros([1, 5, 5, 3]), zeros([3, 3, 2, 1])),
    "ShapeError: depthwiseConv2d: x must be [rows, height, width, channels] and the kernel [height, width, channels, multiplier], got x=[1, 5, 5, 3], kernel=[3, 3, 2, 1]. Reshape them, or make the kernel for this number of channels.",
  ],
  [
    () => conv2dTranspose(zeros([1, 5, 5, 3]), zeros([3, 3, 3, 2])),
    "ShapeError: conv2dTranspose: x must be [rows, height, width, channels] and the kernel [height, width, filters / groups, channels], got x=[1, 5, 5, 3], kernel=[3, 3, 3, 2]. Reshape or transpose them.",
  ],
  [
    () => conv2dTranspose(zeros([1, 4, 4, 1]), zeros([3, 3, 2, 1]), { strides: 2, outputPadding: 2 }),
    "ShapeError: conv2dTranspose: the convolution of the outputs must give the size of x, got x=[1, 4, 4, 1], kernel=[3, 3, 2, 1], which with these options are outputs of [11, 11], outputPadding=[2, 2]. Choose an outputPadding below the strides, or less padding.",
  ],
];

test.each(refusals.map(([compute, error]) => [error, compute] as const))("%s", (error, compute) => {
  let message = "nothing was thrown";
  try {
    compute();
  } catch (thrown) {
    message = String(thrown);
  }
  expect(message).toBe(error);
});

test("the size of transposed convolutions follows Keras' rules", () => {
  const sizeOf = (length: number, size: number, options: object): number =>
    conv2dTranspose(zeros([1, length, 1, 1]), zeros([size, 1, 1, 1]), options).shape[1];
  expect(sizeOf(4, 3, { strides: [2, 1] })).toBe(9);
  expect(sizeOf(4, 2, { strides: [3, 1] })).toBe(12);
  expect(sizeOf(4, 3, { strides: [2, 1], padding: "same" })).toBe(8);
  expect(sizeOf(4, 3, { strides: [2, 1], padding: "same", outputPadding: 0 })).toBe(7);
  expect(sizeOf(4, 3, { strides: [2, 1], outputPadding: [1, 0] })).toBe(10);
});
