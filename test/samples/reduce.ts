import { maxPrimitive, minPrimitive } from "../../src/ops/reduce/reduce.ts";
import type { ReduceAttributes } from "../../src/ops/shape/reduction.ts";
import { reductionCases, refusesIntegerReduction } from "./support/reduction.ts";
import type { Refusal, Samples } from "./support/sample.ts";

const refusesEmpty = (name: string): Refusal<ReduceAttributes> => ({
  inputs: [{ shape: [2, 0] }],
  attributes: { axis: 1, count: 1 },
  error: `ShapeError: ${name}: the reduced axes must not be empty, got shape [2, 0]. Check for an empty batch first.`,
});

export const maxSamples: Samples<ReduceAttributes> = {
  primitive: maxPrimitive,
  cases: reductionCases({}),
  refused: [refusesIntegerReduction("max"), refusesEmpty("max")],
};

export const minSamples: Samples<ReduceAttributes> = {
  primitive: minPrimitive,
  cases: reductionCases({}),
  refused: [refusesIntegerReduction("min"), refusesEmpty("min")],
};
