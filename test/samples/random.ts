import {
  type Attributes,
  randomBernoulliPrimitive,
  randomNormalPrimitive,
  randomTruncatedNormalPrimitive,
  randomUniformPrimitive,
} from "../../src/ops/random.ts";
import type { Primitive } from "../../src/tensor/primitive.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import { edgeSizes, type Samples } from "./support/sample.ts";

const randomSamples = (primitive: Primitive<Attributes>, first: number, second: number): Samples<Attributes> => {
  const state = { shape: [4], dtype: "int32" as const, values: [42, 7, -2, 3] };
  const attributes = (shape: Shape): Attributes => ({ shape, dtype: "float32", first, second });
  return {
    primitive,
    cases: [...edgeSizes.map((size) => [size]), [], [3, 5]].map((shape) => ({
      inputs: [state],
      attributes: attributes(shape),
    })),
    refused: [
      {
        inputs: [{ shape: [3], dtype: "int32" }],
        attributes: attributes([2]),
        error: `ShapeError: ${primitive.name}: the state must be [4] (key and counter), got [3]. Draw it from a Random.`,
      },
    ],
    tolerance: 0,
    nonFinite: false,
    differentiable: false,
  };
};

export const randomUniformSamples: Samples<Attributes> = randomSamples(randomUniformPrimitive, -1, 2);
export const randomNormalSamples: Samples<Attributes> = randomSamples(randomNormalPrimitive, 1, 2);
export const randomTruncatedNormalSamples: Samples<Attributes> = randomSamples(randomTruncatedNormalPrimitive, 0, 0.1);
export const randomBernoulliSamples: Samples<Attributes> = randomSamples(randomBernoulliPrimitive, 0.75, 4);
