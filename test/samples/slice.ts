import { type Box, padPrimitive, slicePrimitive } from "../../src/ops/shape/slice.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import type { Samples } from "./support/sample.ts";

const boxes: readonly (readonly [shape: Shape, begin: readonly number[], size: Shape])[] = [
  [[5], [1], [3]],
  [[17], [0], [17]],
  [[17], [4], [5]],
  [
    [4, 5],
    [1, 2],
    [2, 3],
  ],
  [
    [4, 5],
    [4, 0],
    [0, 5],
  ],
  [
    [2, 3, 4],
    [0, 1, 1],
    [2, 2, 3],
  ],
];

export const sliceSamples: Samples<Box> = {
  primitive: slicePrimitive,
  cases: boxes.map(([shape, begin, size]) => ({ inputs: [{ shape }], attributes: { begin, size } })),
  refused: [
    {
      inputs: [{ shape: [3] }],
      attributes: { begin: [2], size: [2] },
      error:
        "ShapeError: slice: the box must lie inside the tensor, got begin=[2], size=[2] for shape [3]. Give a begin and a size for every axis.",
    },
  ],
};

export const padSamples: Samples<{ readonly begin: readonly number[]; readonly shape: Shape }> = {
  primitive: padPrimitive,
  cases: boxes.map(([shape, begin, size]) => ({ inputs: [{ shape: size }], attributes: { begin, shape } })),
  refused: [
    {
      inputs: [{ shape: [2] }],
      attributes: { begin: [2], shape: [3] },
      error:
        "ShapeError: pad: the box must lie inside the tensor, got begin=[2], size=[2] for shape [3]. Give a begin and a size for every axis.",
    },
  ],
};
