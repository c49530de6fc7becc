import { affineGradientPrimitive, affinePrimitive } from "../../src/ops/matmul/affine.ts";
import type { SampleCase, SampleInput, Samples } from "./support/sample.ts";

/** Rows of x (with axes between), inputs, units. */
const sizes: readonly (readonly [rows: readonly number[], inputs: number, units: number])[] = [
  [[1], 1, 1],
  [[1], 3, 5],
  [[3], 2, 4],
  [[5], 4, 3],
  [[7], 5, 1],
  [[4], 1, 10],
  [[17], 6, 10],
  [[3], 4, 13],
  [[18], 3, 17],
  [[2, 3], 4, 2],
  [[0], 3, 2],
  [[2], 0, 3],
  [[2], 3, 0],
];

const inputOf = (shape: readonly number[]): SampleInput => ({ shape, low: -1, high: 1 });

export const affineSamples: Samples = {
  primitive: affinePrimitive,
  cases: sizes.map(
    ([rows, inputs, units]): SampleCase<void> => ({
      inputs: [inputOf([...rows, inputs]), inputOf([inputs, units]), inputOf([units])],
      attributes: undefined,
    }),
  ),
  refused: [
    {
      inputs: [{ shape: [2, 3] }, { shape: [4, 5] }, { shape: [5] }],
      attributes: undefined,
      error:
        "ShapeError: affine: x must be [rows, ..., inputs], the kernel [inputs, units] and the bias [units], got x=[2, 3], kernel=[4, 5], bias=[5]. Reshape them, or check which layer they belong to.",
    },
    {
      inputs: [{ shape: [2, 3] }, { shape: [3, 5] }, { shape: [1, 5] }],
      attributes: undefined,
      error:
        "ShapeError: affine: x must be [rows, ..., inputs], the kernel [inputs, units] and the bias [units], got x=[2, 3], kernel=[3, 5], bias=[1, 5]. Reshape them, or check which layer they belong to.",
    },
    {
      inputs: [{ shape: [2, 3] }, { shape: [3, 5] }, { shape: [5], dtype: "int32", low: 0, high: 3 }],
      attributes: undefined,
      error:
        "DTypeError: affine: operands must all be float32, or all float64, got float32, float32, int32. Convert with toFloat(...).",
    },
  ],
};

export const affineGradientSamples: Samples = {
  primitive: affineGradientPrimitive,
  cases: sizes.map(
    ([rows, inputs, units]): SampleCase<void> => ({
      inputs: [inputOf([...rows, inputs]), inputOf([...rows, units])],
      attributes: undefined,
    }),
  ),
  refused: [
    {
      inputs: [{ shape: [2, 3] }, { shape: [4, 5] }],
      attributes: undefined,
      error:
        "ShapeError: affineGradient: x and dy must have the same rows, got x=[2, 3], dy=[4, 5]. Pass the gradient of affine's result.",
    },
  ],
};
