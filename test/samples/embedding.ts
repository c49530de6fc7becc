import {
  embeddingGradientPrimitive,
  embeddingPrimitive,
  replaceRowsPrimitive,
  sumRowsPrimitive,
} from "../../src/ops/network/embedding.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import { indexInput, type SampleInput, type Samples } from "./support/sample.ts";

/** Tables, and the shapes of indices; few categories, so that indices are there several times. */
const tables: readonly (readonly [table: Shape, indices: Shape])[] = [
  [[5, 1], [3]],
  [[4, 3], [17]],
  [[4, 4], [0]],
  [
    [3, 5],
    [2, 3],
  ],
  [[40, 16], [15]],
  [[6, 17], []],
  [[3, 0], [4]],
];

const notInts = (name: string): string =>
  `DTypeError: ${name}: indices must have dtype int32, got float32. Make them with tensor(values, { dtype: "int32" }).`;

export const embeddingSamples: Samples<{ readonly axis: number }> = {
  primitive: embeddingPrimitive,
  cases: tables.map(([table, indices]) => ({
    inputs: [{ shape: table }, indexInput(indices, table[0])],
    attributes: { axis: 0 },
  })),
  refused: [
    {
      inputs: [{ shape: [3, 2] }, { shape: [2], dtype: "int32", values: [0, 3] }],
      attributes: { axis: 0 },
      error:
        "ValueError: embedding: an index must lie from 0 to 2, got 3 at position 1. Correct it, or the number of categories.",
    },
    { inputs: [{ shape: [3, 2] }, { shape: [2] }], attributes: { axis: 0 }, error: notInts("embedding") },
    {
      inputs: [{ shape: [3, 2], dtype: "int32" }, indexInput([2], 3)],
      attributes: { axis: 0 },
      error:
        "DTypeError: embedding: operands must all be float32, or all float64, got int32. Convert with toFloat(...).",
    },
    {
      inputs: [{ shape: [3, 2, 2] }, indexInput([2], 3)],
      attributes: { axis: 0 },
      error: "ShapeError: embedding: the table must be [categories, width], got [3, 2, 2]. Reshape it, or use gather.",
    },
  ],
};

export const embeddingGradientSamples: Samples<{ readonly axis: number; readonly shape: Shape }> = {
  primitive: embeddingGradientPrimitive,
  cases: tables.map(([shape, indices]) => ({
    inputs: [{ shape: [...indices, shape[1]] }, indexInput(indices, shape[0])],
    attributes: { axis: 0, shape },
  })),
  refused: [
    {
      inputs: [{ shape: [2, 2] }, { shape: [2] }],
      attributes: { axis: 0, shape: [3, 2] },
      error: notInts("embeddingGradient"),
    },
  ],
};

/** Rows, the number of their columns, and the number of categories. */
const rowSizes: readonly (readonly [rows: number, columns: number, size: number])[] = [
  [0, 3, 4],
  [1, 1, 1],
  [7, 3, 4],
  [5, 4, 2],
  [9, 5, 20],
  [3, 16, 2],
  [6, 17, 3],
  [4, 0, 3],
];

export const sumRowsSamples: Samples<{ readonly size: number }> = {
  primitive: sumRowsPrimitive,
  cases: rowSizes.map(([rows, columns, size]) => ({
    inputs: [{ shape: [rows, columns] }, indexInput([rows], size)],
    attributes: { size },
  })),
  refused: [
    {
      inputs: [{ shape: [3, 2] }, indexInput([2], 3)],
      attributes: { size: 3 },
      error:
        "ShapeError: sumRows: the rows must be [count, width] and the indices [count], got [3, 2] and [2]. Reshape them.",
    },
    { inputs: [{ shape: [2, 2] }, { shape: [2] }], attributes: { size: 3 }, error: notInts("sumRows") },
  ],
};

/** The last of several rows with one index stays. */
const rowsFor = (rows: number, columns: number): SampleInput => ({ shape: [rows, columns], low: 3, high: 3.5 });

export const replaceRowsSamples: Samples = {
  primitive: replaceRowsPrimitive,
  cases: rowSizes.map(([rows, columns, size]) => ({
    inputs: [{ shape: [size, columns] }, rowsFor(rows, columns), indexInput([rows], size)],
    attributes: undefined,
  })),
  refused: [
    {
      inputs: [{ shape: [4, 2] }, { shape: [3, 2] }, indexInput([2], 3)],
      attributes: undefined,
      error:
        "ShapeError: replaceRows: the rows must be [count, width] and the indices [count], got [3, 2] and [2]. Reshape them.",
    },
    {
      inputs: [{ shape: [4, 2] }, { shape: [2, 2] }, { shape: [2] }],
      attributes: undefined,
      error: notInts("replaceRows"),
    },
  ],
};
