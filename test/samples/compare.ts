import {
  equalPrimitive,
  greaterEqualPrimitive,
  greaterPrimitive,
  lessEqualPrimitive,
  lessPrimitive,
  notEqualPrimitive,
  wherePrimitive,
} from "../../src/ops/elementwise/compare.ts";
import type { Primitive } from "../../src/tensor/interpret/primitive.ts";
import { binaryCases } from "./support/elementwise.ts";
import { edgeSizes, type Samples } from "./support/sample.ts";

/** Whole numbers, so that equal operands occur. */
const whole = { values: [0, 1, 2, 1, 0, 2, 2, 1] };

const compareSamples = (primitive: Primitive): Samples => ({
  primitive,
  cases: binaryCases(undefined, whole, { values: [1, 1, 0, 2, 0, 2, 1, 0] }),
  refused: [
    {
      inputs: [{ shape: [2, 3] }, { shape: [2, 4] }],
      attributes: undefined,
      error:
        `ShapeError: ${primitive.name}: shapes must broadcast (equal lengths, or 1, from the last axis), got a=[2, 3], b=[2, 4] (3 against 4). ` +
        "Reshape one of them.",
    },
    {
      inputs: [{ shape: [2] }, { shape: [2], dtype: "int32", low: 0, high: 5 }],
      attributes: undefined,
      error: `DTypeError: ${primitive.name}: operands must have one dtype, float32, float64 or int32, got float32, int32. Convert with toFloat(...).`,
    },
  ],
  differentiable: false,
});

export const equalSamples: Samples = compareSamples(equalPrimitive);
export const notEqualSamples: Samples = compareSamples(notEqualPrimitive);
export const lessSamples: Samples = compareSamples(lessPrimitive);
export const lessEqualSamples: Samples = compareSamples(lessEqualPrimitive);
export const greaterSamples: Samples = compareSamples(greaterPrimitive);
export const greaterEqualSamples: Samples = compareSamples(greaterEqualPrimitive);

export const whereSamples: Samples = {
  primitive: wherePrimitive,
  cases: [...edgeSizes.map((size) => [size]), [], [2, 3, 4]].map((shape) => ({
    inputs: [{ shape, dtype: "bool" as const, low: 0, high: 2 }, { shape }, { shape }],
    attributes: undefined,
  })),
  refused: [
    {
      inputs: [{ shape: [2] }, { shape: [2] }, { shape: [2] }],
      attributes: undefined,
      error:
        'DTypeError: where: the condition must have dtype bool, got float32. Make them with tensor(values, { dtype: "bool" }).',
    },
    {
      inputs: [{ shape: [2], dtype: "bool", low: 0, high: 2 }, { shape: [3] }, { shape: [2] }],
      attributes: undefined,
      error: "ShapeError: where: condition, a and b must have one shape, got [2], [3], [2]. Broadcast them first.",
    },
  ],
};
