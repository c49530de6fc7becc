import {
  type BernoulliAttributes,
  type NormalAttributes,
  randomBernoulliPrimitive,
  randomNormalPrimitive,
  randomTruncatedNormalPrimitive,
  randomUniformPrimitive,
  type UniformAttributes,
} from "../../src/ops/random/distributions.ts";
import type { Primitive } from "../../src/tensor/interpret/primitive.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import { edgeSizes, type Samples } from "./support/sample.ts";

type Drawn = Pick<UniformAttributes, "shape" | "dtype">;

const randomSamples = <Attributes extends Drawn>(
  primitive: Primitive<Attributes>,
  parameters: Omit<Attributes, keyof Drawn>,
): Samples<Attributes> => {
  const state = { shape: [4], dtype: "int32" as const, values: [42, 7, -2, 3] };
  const attributes = (shape: Shape): Attributes =>
    ({ ...parameters, shape, dtype: "float32" }) as unknown as Attributes;
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

export const randomUniformSamples: Samples<UniformAttributes> = randomSamples(randomUniformPrimitive, {
  min: -1,
  max: 2,
});
export const randomNormalSamples: Samples<NormalAttributes> = randomSamples(randomNormalPrimitive, {
  mean: 1,
  stddev: 2,
});
export const randomTruncatedNormalSamples: Samples<NormalAttributes> = randomSamples(randomTruncatedNormalPrimitive, {
  mean: 0,
  stddev: 0.1,
});
export const randomBernoulliSamples: Samples<BernoulliAttributes> = randomSamples(randomBernoulliPrimitive, {
  probability: 0.75,
  value: 4,
});
