import {
  type Alpha,
  eluGradientPrimitive,
  eluPrimitive,
  leakyReluGradientPrimitive,
  leakyReluPrimitive,
  reluGradientPrimitive,
  reluPrimitive,
  type Slope,
} from "../../src/ops/elementwise/rectifier.ts";
import { binaryCases, unaryCases } from "./support/elementwise.ts";
import { edgeSizes, refusesIntegers, type SampleCase, type SampleInput, type Samples } from "./support/sample.ts";

const kinked = { low: -4, high: 4, kinks: [0] };

/** Cases of a fused derivative: `count` inputs of one shape; the second is x. */
const gradientCases = <Attributes>(count: number, attributes: Attributes): SampleCase<Attributes>[] =>
  [...edgeSizes.map((size) => [size]), [2, 3, 4]].map((shape) => ({
    inputs: Array.from({ length: count }, (_, index): SampleInput => ({ ...(index === 1 ? kinked : {}), shape })),
    attributes,
  }));

const mismatch = (
  name: string,
  count: number,
  attributes: unknown,
): { inputs: SampleInput[]; attributes: never; error: string } => ({
  inputs: Array.from({ length: count }, (_, index) => ({ shape: [index === 0 ? 2 : 3] })),
  attributes: attributes as never,
  error: `ShapeError: ${name}: operands must have one shape, got ${Array.from({ length: count }, (_, index) => (index === 0 ? "[2]" : "[3]")).join(", ")}. Broadcast them first.`,
});

export const reluSamples: Samples = {
  primitive: reluPrimitive,
  cases: unaryCases(undefined, kinked),
  refused: [refusesIntegers("relu", 1, undefined)],
};

export const reluGradientSamples: Samples = {
  primitive: reluGradientPrimitive,
  cases: binaryCases(undefined, {}, kinked),
  refused: [refusesIntegers("reluGradient", 2, undefined)],
};

export const leakyReluSamples: Samples<Slope> = {
  primitive: leakyReluPrimitive,
  cases: [...unaryCases({ slope: 0.01 }, kinked), ...unaryCases({ slope: 0.2 }, kinked)],
  refused: [refusesIntegers("leakyRelu", 1, { slope: 0.01 })],
};

export const leakyReluGradientSamples: Samples<Slope> = {
  primitive: leakyReluGradientPrimitive,
  cases: gradientCases(2, { slope: 0.01 }),
  refused: [
    refusesIntegers("leakyReluGradient", 2, { slope: 0.01 }),
    mismatch("leakyReluGradient", 2, { slope: 0.01 }),
  ],
};

export const eluSamples: Samples<Alpha> = {
  primitive: eluPrimitive,
  cases: [...unaryCases({ alpha: 1 }, kinked), ...unaryCases({ alpha: 0.5 }, kinked)],
  refused: [refusesIntegers("elu", 1, { alpha: 1 })],
};

export const eluGradientSamples: Samples<Alpha> = {
  primitive: eluGradientPrimitive,
  cases: gradientCases(3, { alpha: 0.5 }),
  refused: [refusesIntegers("eluGradient", 3, { alpha: 1 }), mismatch("eluGradient", 3, { alpha: 1 })],
};
