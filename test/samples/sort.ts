import { argSortPrimitive } from "../../src/ops/reduce/sort.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import type { Samples } from "./support/sample.ts";

const shapes: readonly Shape[] = [
  [1, 0],
  [0, 3],
  [2, 1],
  [3, 2],
  [2, 5],
  [3, 16],
  [2, 17],
];

/** Whole numbers, so that equal elements occur. */
const values = [3, 1, 2, 1, 0, -2, 3, 3, -1, 0];

export const argSortSamples: Samples<{ readonly count: number; readonly descending: boolean }> = {
  primitive: argSortPrimitive,
  cases: shapes.flatMap((shape) => [
    { inputs: [{ shape }], attributes: { count: shape[1], descending: false } },
    { inputs: [{ shape, values }], attributes: { count: shape[1], descending: true } },
    { inputs: [{ shape, values, dtype: "int32" as const }], attributes: { count: shape[1] >> 1, descending: true } },
  ]),
  refused: [
    {
      inputs: [{ shape: [2, 2], dtype: "bool", low: 0, high: 2 }],
      attributes: { count: 2, descending: false },
      error: "DTypeError: argSort: x must be float32, float64 or int32, got bool. Convert with toFloat(...).",
    },
    {
      inputs: [{ shape: [2, 2] }],
      attributes: { count: 3, descending: true },
      error: "ShapeError: argSort: x must be [rows, length] with a length from 3, got [2, 2].",
    },
  ],
  differentiable: false,
};
