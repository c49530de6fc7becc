import { gatherPrimitive, scatterAddPrimitive } from "../../src/ops/shape/gather.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import { indexInput, type Samples } from "./support/sample.ts";

const gathers: readonly (readonly [x: Shape, indices: Shape, axis: number])[] = [
  [[5], [3], 0],
  [[5], [0], 0],
  [[4, 3], [17], 0],
  [[4, 5], [2, 3], 0],
  [[3, 4], [5], 1],
  [[2, 3, 4], [], 1],
  [[6, 16], [5], 0],
  [[6, 17], [4], 0],
  [[6, 15], [1], 0],
];

export const gatherSamples: Samples<{ readonly axis: number }> = {
  primitive: gatherPrimitive,
  cases: gathers.map(([x, indices, axis]) => ({
    inputs: [{ shape: x }, indexInput(indices, x[axis])],
    attributes: { axis },
  })),
  refused: [
    {
      inputs: [{ shape: [3, 2] }, { shape: [2], dtype: "int32", values: [0, 3] }],
      attributes: { axis: 0 },
      error:
        "ValueError: gather: an index must lie from 0 to 2, got 3 at position 1. Correct it, or the number of classes.",
    },
    {
      inputs: [{ shape: [3, 2] }, { shape: [2], dtype: "int32", values: [-1, 0] }],
      attributes: { axis: 0 },
      error:
        "ValueError: gather: an index must lie from 0 to 2, got -1 at position 0. Correct it, or the number of classes.",
    },
    {
      inputs: [{ shape: [3] }, { shape: [2] }],
      attributes: { axis: 0 },
      error:
        'DTypeError: gather: indices must have dtype int32, got float32. Make them with tensor(values, { dtype: "int32" }).',
    },
  ],
};

export const scatterAddSamples: Samples<{ readonly axis: number; readonly shape: Shape }> = {
  primitive: scatterAddPrimitive,
  cases: gathers.map(([shape, indices, axis]) => ({
    inputs: [
      { shape: [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)] },
      indexInput(indices, shape[axis]),
    ],
    attributes: { axis, shape },
  })),
  refused: [
    {
      inputs: [{ shape: [2] }, { shape: [2], dtype: "int32", values: [0, 3] }],
      attributes: { axis: 0, shape: [3] },
      error:
        "ValueError: scatterAdd: an index must lie from 0 to 2, got 3 at position 1. Correct it, or the number of classes.",
    },
  ],
};
