import { matmulPrimitive, type Transposition } from "../../src/ops/matmul/matrixProduct.ts";
import type { SampleCase, Samples } from "./support/sample.ts";

const flags = [false, true];

const cases = (sizes: readonly (readonly [m: number, n: number, k: number])[]): SampleCase<Transposition>[] =>
  sizes.flatMap(([m, n, k]) =>
    flags.flatMap((transposeA) =>
      flags.map((transposeB) => ({
        inputs: [
          { shape: transposeA ? [k, m] : [m, k], low: -1, high: 1 },
          { shape: transposeB ? [n, k] : [k, n], low: -1, high: 1 },
        ],
        attributes: { transposeA, transposeB },
      })),
    ),
  );

const plain: Transposition = { transposeA: false, transposeB: false };

export const matmulSamples: Samples<Transposition> = {
  primitive: matmulPrimitive,
  cases: cases([
    [1, 1, 1],
    [2, 3, 4],
    [4, 8, 5],
    [5, 7, 3],
    [6, 9, 17],
    [7, 17, 1],
    [1, 17, 5],
    [17, 1, 4],
    [0, 3, 2],
    [3, 0, 2],
    [3, 2, 0],
  ]),
  refused: [
    {
      inputs: [{ shape: [64, 784] }, { shape: [128, 784] }],
      attributes: plain,
      error:
        "ShapeError: matmul: inner sizes must match, got a=[64, 784] (inner 784), b=[128, 784] (inner 128). Pass { transposeB: true } to use bᵀ.",
    },
    {
      inputs: [{ shape: [3] }, { shape: [3, 2] }],
      attributes: plain,
      error:
        "ShapeError: matmul: operands must have at least two axes, got a=[3], b=[3, 2]. Reshape them, or use mul(a, b).",
    },
    {
      inputs: [{ shape: [2, 3] }, { shape: [3, 2], dtype: "int32", low: 0, high: 3 }],
      attributes: plain,
      error:
        "DTypeError: matmul: operands must all be float32, or all float64, got float32, int32. Convert with toFloat(...).",
    },
  ],
};
