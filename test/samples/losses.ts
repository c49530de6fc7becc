import { softmaxCrossEntropyGradientPrimitive, softmaxCrossEntropyPrimitive } from "../../src/ops/network/losses.ts";
import { indexInput, type SampleCase, type Samples } from "./support/sample.ts";

const rows: readonly (readonly [number, number])[] = [
  [1, 1],
  [3, 3],
  [4, 5],
  [5, 4],
  [2, 10],
  [3, 16],
  [17, 3],
  [0, 3],
];

const crossEntropyCases = (): SampleCase<void>[] =>
  rows.map(([count, classes]) => ({
    inputs: [{ shape: [count, classes], low: -3, high: 3 }, indexInput([count], classes)],
    attributes: undefined,
  }));

export const softmaxCrossEntropySamples: Samples = {
  primitive: softmaxCrossEntropyPrimitive,
  cases: [
    ...crossEntropyCases(),
    { inputs: [{ shape: [2, 2], values: [1000, -1000, -1000, 1000] }, indexInput([2], 2)], attributes: undefined },
  ],
  refused: [
    {
      inputs: [{ shape: [2, 3] }, { shape: [2], dtype: "int32", values: [0, 3] }],
      attributes: undefined,
      error:
        "ValueError: softmaxCrossEntropy: a label must lie from 0 to 2, got 3 at position 1. Correct it, or the number of classes.",
    },
    {
      inputs: [{ shape: [2, 3] }, { shape: [3], dtype: "int32", values: [0] }],
      attributes: undefined,
      error:
        "ShapeError: softmaxCrossEntropy: predictions must be [rows, classes] and labels [rows], got [2, 3] and [3]. Reshape them, or check that both come from the same batch.",
    },
    {
      inputs: [{ shape: [2, 3] }, { shape: [2] }],
      attributes: undefined,
      error:
        'DTypeError: softmaxCrossEntropy: labels must have dtype int32, got float32. Make them with tensor(values, { dtype: "int32" }).',
    },
  ],
};

export const softmaxCrossEntropyGradientSamples: Samples = {
  primitive: softmaxCrossEntropyGradientPrimitive,
  cases: rows.map(([count, classes]) => ({
    inputs: [{ shape: [count] }, { shape: [count, classes], low: -3, high: 3 }, indexInput([count], classes)],
    attributes: undefined,
  })),
  refused: [
    {
      inputs: [{ shape: [2] }, { shape: [2, 3] }, { shape: [2], dtype: "int32", values: [-1, 0] }],
      attributes: undefined,
      error:
        "ValueError: softmaxCrossEntropyGradient: a label must lie from 0 to 2, got -1 at position 0. Correct it, or the number of classes.",
    },
  ],
};
