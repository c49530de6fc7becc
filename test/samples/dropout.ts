import { type Attributes, dropoutPrimitive } from "../../src/ops/network/dropout.ts";
import { edgeSizes, type SampleCase, type Samples } from "./support/sample.ts";

const state = { shape: [4], dtype: "int32" as const, values: [42, 7, -2, 3] };
const caseOf = (shape: readonly number[], keepProbability: number): SampleCase<Attributes> => ({
  inputs: [{ shape }, state],
  attributes: { keepProbability },
});

export const dropoutSamples: Samples<Attributes> = {
  primitive: dropoutPrimitive,
  cases: [
    // The kernel draws eight at a time, and uses 2048 before it draws on.
    ...[...edgeSizes, 7, 8, 9, 2047, 2048, 2049].map((size) => caseOf([size], 0.75)),
    caseOf([], 1),
    caseOf([3, 5], 0.5),
    caseOf([2, 3, 4], 0.9),
  ],
  refused: [
    {
      inputs: [{ shape: [2] }, { shape: [3], dtype: "int32" }],
      attributes: { keepProbability: 0.5 },
      error: "ShapeError: dropout: the state must be [4] (key and counter), got [3]. Draw it from a Random.",
    },
    {
      inputs: [{ shape: [2], dtype: "int32" }, state],
      attributes: { keepProbability: 0.5 },
      error: "DTypeError: dropout: operands must all be float32, or all float64, got int32. Convert with toFloat(...).",
    },
  ],
};
