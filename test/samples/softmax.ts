import { logSoftmaxPrimitive, softmaxPrimitive } from "../../src/ops/reduce/softmax.ts";
import type { SampleCase, Samples } from "./support/sample.ts";

/** Large enough for eˣ to overflow in float32, and close together, so that the derivative is not zero. */
const large = { inputs: [{ shape: [2, 3], values: [100, 99, 98.5, -100, -101, -100.5] }], attributes: undefined };

const cases = (): SampleCase<void>[] => [
  ...[
    [1, 1],
    [3, 3],
    [5, 4],
    [4, 5],
    [2, 10],
    [3, 15],
    [3, 16],
    [3, 17],
    [0, 3],
    [3, 0],
    [2, 3, 5],
  ].map((shape) => ({ inputs: [{ shape, low: -3, high: 3 }], attributes: undefined })),
  large,
];

const refused = (
  name: string,
): { inputs: { shape: number[]; dtype: "int32" }[]; attributes: undefined; error: string } => ({
  inputs: [{ shape: [2, 2], dtype: "int32" }],
  attributes: undefined,
  error: `DTypeError: ${name}: operands must all be float32, or all float64, got int32. Convert with toFloat(...).`,
});

export const softmaxSamples: Samples = {
  primitive: softmaxPrimitive,
  cases: cases(),
  refused: [refused("softmax")],
};

export const logSoftmaxSamples: Samples = {
  primitive: logSoftmaxPrimitive,
  cases: cases(),
  refused: [refused("logSoftmax")],
};
