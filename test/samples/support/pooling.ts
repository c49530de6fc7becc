import type { Windows } from "../../../src/ops/pooling/windows.ts";
import type { Shape } from "../../../src/tensor/shape.ts";
import type { SampleInput } from "./sample.ts";

/** Numbers from -4 to 4 that lie 0.02 apart, in an order without a pattern: no two of a window are near each other. */
export const distinct: readonly number[] = Array.from({ length: 397 }, (_, index) => ((index * 157) % 397) / 50 - 3.97);

/** Shapes of images, and windows over them. @internal */
export const poolings: readonly (readonly [Shape, Windows])[] = (
  [
    [
      [2, 4, 4, 1],
      [2, 2],
      [2, 2],
      [0, 0, 0, 0],
    ],
    [
      [1, 5, 3, 3],
      [2, 2],
      [2, 2],
      [0, 1, 0, 1],
    ],
    [
      [2, 3, 5, 4],
      [3, 3],
      [1, 1],
      [1, 1, 1, 1],
    ],
    [
      [1, 4, 3, 5],
      [1, 1],
      [1, 1],
      [0, 0, 0, 0],
    ],
    [
      [1, 5, 5, 2],
      [1, 1],
      [2, 3],
      [0, 0, 0, 0],
    ],
    [
      [1, 6, 5, 17],
      [2, 3],
      [3, 2],
      [1, 0, 2, 0],
    ],
    [
      [3, 1, 17, 3],
      [1, 4],
      [1, 1],
      [0, 0, 3, 2],
    ],
    [
      [2, 7, 2, 1],
      [7, 2],
      [7, 2],
      [0, 0, 0, 0],
    ],
    [
      [0, 4, 4, 3],
      [2, 2],
      [2, 2],
      [0, 0, 0, 0],
    ],
    [
      [2, 4, 4, 0],
      [2, 2],
      [2, 2],
      [0, 0, 0, 0],
    ],
  ] as const
).map(([shape, size, strides, [top, bottom, left, right]]) => [
  shape,
  {
    size,
    strides,
    padding: [
      [top, bottom],
      [left, right],
    ],
  },
]);

/** The shape of an output with an element per window. @internal */
export const pooledInput = ([rows, height, width, channels]: Shape, windows: Windows): SampleInput => {
  const [down, across] = [height, width].map((length, axis) => {
    const [before, after] = windows.padding[axis];
    return Math.floor((length + before + after - windows.size[axis]) / windows.strides[axis]) + 1;
  });
  return { shape: [rows, down, across, channels] };
};

const plain: Windows = {
  size: [2, 2],
  strides: [2, 2],
  padding: [
    [0, 0],
    [0, 0],
  ],
};

/** Windows without padding, and some that a shape refuses. @internal */
export const someWindows: { readonly plain: Windows; readonly wide: Windows } = {
  plain,
  wide: {
    ...plain,
    padding: [
      [2, 0],
      [0, 0],
    ],
  },
};
