import type { Primitive } from "../../../src/tensor/interpret/primitive.ts";
import { unaryCases } from "./elementwise.ts";
import { edgeSizes, refusesIntegers, type SampleInput, type Samples } from "./sample.ts";

/** Samples of the derivative of a smooth function: dy and what it is computed from, in a range. */
export const samplesOfSmoothGradient = (primitive: Primitive, range: Pick<SampleInput, "low" | "high">): Samples => ({
  primitive,
  cases: [...edgeSizes.map((size) => [size]), [2, 3, 4]].map((shape) => ({
    inputs: [{ shape }, { ...range, shape }],
    attributes: undefined,
  })),
  refused: [
    refusesIntegers(primitive.name, 2, undefined),
    {
      inputs: [{ shape: [2] }, { shape: [3] }],
      attributes: undefined,
      error: `ShapeError: ${primitive.name}: operands must have one shape, got [2], [3]. Broadcast them first.`,
    },
  ],
});

/** Samples of a smooth function, in a range. */
export const samplesOfSmooth = (primitive: Primitive, range: Pick<SampleInput, "low" | "high">): Samples => ({
  primitive,
  cases: unaryCases(undefined, range),
  refused: [refusesIntegers(primitive.name, 1, undefined)],
});
