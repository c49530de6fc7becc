import { type Box, type PadAttributes, padPrimitive, slicePrimitive } from "../../src/ops/shape/slice.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import type { Samples } from "./support/sample.ts";

type Case = readonly [shape: Shape, begin: readonly number[], size: Shape, strides?: readonly number[]];

const boxes: readonly Case[] = [
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

const forwards: readonly Case[] = [
  ...[0, 1, 3, 4, 5, 17].map((length): Case => [[length], [0], [Math.ceil(length / 2)], [2]]),
  [
    [17, 5],
    [1, 0],
    [4, 2],
    [4, 3],
  ],
  [
    [2, 3, 4],
    [1, 0, 1],
    [1, 3, 2],
    [1, 1, 2],
  ],
];

const backwards: readonly Case[] = [
  ...[1, 3, 4, 5, 17].map((length): Case => [[length], [length - 1], [length], [-1]]),
  [
    [17, 5],
    [16, 0],
    [4, 2],
    [-4, 3],
  ],
  [
    [0, 3],
    [0, 2],
    [0, 2],
    [-1, -2],
  ],
];

const ones = (shape: Shape): number[] => shape.map(() => 1);

export const sliceSamples: Samples<Box> = {
  primitive: slicePrimitive,
  cases: [...boxes, ...forwards, ...backwards].map(([shape, begin, size, strides = ones(shape)]) => ({
    inputs: [{ shape }],
    attributes: { begin, size, strides },
  })),
  refused: [
    {
      inputs: [{ shape: [3] }],
      attributes: { begin: [2], size: [2], strides: [1] },
      error:
        "ShapeError: slice: the box must lie inside the tensor, got begin=[2], size=[2] for shape [3]. Give a begin and a size for every axis.",
    },
    {
      inputs: [{ shape: [3] }],
      attributes: { begin: [1], size: [2], strides: [-2] },
      error:
        "ShapeError: slice: the box must lie inside the tensor, got begin=[1], size=[2], strides=[-2] for shape [3]. Give a begin and a size for every axis.",
    },
  ],
};

export const padSamples: Samples<PadAttributes> = {
  primitive: padPrimitive,
  cases: [
    ...[...boxes, ...forwards].map(([shape, begin, size, strides = ones(shape)]) => ({
      inputs: [{ shape: size }],
      attributes: { begin, shape, strides },
    })),
    ...boxes.map(([shape, begin, size]) => ({
      inputs: [{ shape: size }],
      attributes: { begin, shape, strides: ones(shape), value: -2.5 },
    })),
  ],
  refused: [
    {
      inputs: [{ shape: [2] }],
      attributes: { begin: [2], strides: [1], shape: [3] },
      error:
        "ShapeError: pad: the box must lie inside the tensor, got begin=[2], size=[2] for shape [3]. Give a begin and a size for every axis.",
    },
  ],
};
