import { identityPrimitive, stopGradientPrimitive } from "../../src/ops/support/stopGradient.ts";
import type { SampleCase, Samples } from "./support/sample.ts";

/** Every tensor is taken as it is: there is nothing to refuse. */
const refused: readonly [] = [];

const cases = (): SampleCase<void>[] => [[0], [5], []].map((shape) => ({ inputs: [{ shape }], attributes: undefined }));

export const identitySamples: Samples = {
  primitive: identityPrimitive,
  cases: cases(),
  refused,
};
export const stopGradientSamples: Samples = {
  primitive: stopGradientPrimitive,
  cases: cases(),
  refused,
  differentiable: false,
};
