import {
  type LayerNormAttributes,
  layerNormGradientPrimitive,
  layerNormPrimitive,
} from "../../src/ops/network/layerNorm.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import type { SampleCase, SampleInput, Samples } from "./support/sample.ts";

/** Shapes, and how many axes at their end are normalized together. */
const shapes: readonly (readonly [Shape, number])[] = [
  [[5, 1], 1],
  [[3, 3], 1],
  [[1, 4], 1],
  [[4, 5], 1],
  [[3, 8], 1],
  [[2, 15], 1],
  [[3, 16], 1],
  [[4, 17], 1],
  [[2, 3, 5], 1],
  [[2, 3, 2], 2],
  [[3, 4], 2],
  [[0, 3], 1],
  [[3, 0], 1],
];

const rowOf = (shape: Shape, axes: number, low: number, high: number): SampleInput => ({
  shape: shape.slice(shape.length - axes),
  low,
  high,
});

const mixed = (name: string, dtypes: string): string =>
  `DTypeError: ${name}: operands must all be float32, or all float64, got ${dtypes}. Convert with toFloat(...).`;

export const layerNormSamples: Samples<LayerNormAttributes> = {
  primitive: layerNormPrimitive,
  cases: shapes.map(
    ([shape, axes]): SampleCase<LayerNormAttributes> => ({
      inputs: [{ shape, low: -2, high: 2 }, rowOf(shape, axes, 0.5, 2), rowOf(shape, axes, -1, 1)],
      attributes: { axes, epsilon: 1e-3 },
    }),
  ),
  refused: [
    {
      inputs: [{ shape: [2, 3] }, { shape: [4] }, { shape: [3] }],
      attributes: { axes: 1, epsilon: 1e-3 },
      error:
        "ShapeError: layerNorm: gamma and beta must have the shape [3] of what is normalized together, got [4] for x=[2, 3]. Choose the axis, or reshape them.",
    },
    {
      inputs: [{ shape: [2, 3, 4] }, { shape: [3, 4] }, { shape: [4] }],
      attributes: { axes: 2, epsilon: 1e-3 },
      error:
        "ShapeError: layerNorm: gamma and beta must have the shape [3, 4] of what is normalized together, got [4] for x=[2, 3, 4]. Choose the axis, or reshape them.",
    },
    {
      inputs: [{ shape: [2, 3] }, { shape: [3] }, { shape: [3], dtype: "int32" }],
      attributes: { axes: 1, epsilon: 1e-3 },
      error: mixed("layerNorm", "float32, float32, int32"),
    },
  ],
  tolerance: 1e-6,
};

export const layerNormGradientSamples: Samples<LayerNormAttributes> = {
  primitive: layerNormGradientPrimitive,
  cases: shapes.map(
    ([shape, axes]): SampleCase<LayerNormAttributes> => ({
      inputs: [{ shape }, { shape, low: -2, high: 2 }, rowOf(shape, axes, 0.5, 2)],
      attributes: { axes, epsilon: 1e-3 },
    }),
  ),
  refused: [
    {
      inputs: [{ shape: [2, 4] }, { shape: [2, 3] }, { shape: [3] }],
      attributes: { axes: 1, epsilon: 1e-3 },
      error: "ShapeError: layerNormGradient: dy must have the shape of x, got [2, 4] and [2, 3]. Broadcast it first.",
    },
    {
      inputs: [{ shape: [2, 3] }, { shape: [2, 3] }, { shape: [2] }],
      attributes: { axes: 1, epsilon: 1e-3 },
      error:
        "ShapeError: layerNormGradient: gamma and beta must have the shape [3] of what is normalized together, got [2] for x=[2, 3]. Choose the axis, or reshape them.",
    },
    {
      inputs: [{ shape: [2, 3], dtype: "int32" }, { shape: [2, 3] }, { shape: [3] }],
      attributes: { axes: 1, epsilon: 1e-3 },
      error: mixed("layerNormGradient", "int32, float32, float32"),
    },
  ],
  tolerance: 1e-5,
};
