import { type Attributes, maxPrimitive, minPrimitive, sumPrimitive } from "../../src/ops/reduce.ts";
import type { SampleCase, SampleInput, Samples } from "./support/sample.ts";

const cases = (input: Omit<SampleInput, "shape">): SampleCase<Attributes>[] =>
  (
    [
      [[1], 0, 1],
      [[3], 0, 1],
      [[4], 0, 1],
      [[5], 0, 1],
      [[17], 0, 1],
      [[3, 5], 1, 1],
      [[5, 16], 1, 1],
      [[5, 4], 0, 1],
      [[17, 3], 0, 1],
      [[2, 3, 4], 1, 1],
      [[2, 3, 4], 0, 2],
      [[2, 3, 4], 0, 3],
      [[2, 3, 1, 4, 1, 2], 2, 3],
      [[0, 3], 1, 1],
    ] as const
  ).map(([shape, axis, count]) => ({ inputs: [{ ...input, shape }], attributes: { axis, count } }));

const refusedDType = (name: string): string =>
  `DTypeError: ${name}: operands must all be float32, or all float64, got int32. Convert with toFloat(...).`;

const integer = {
  inputs: [{ shape: [3], dtype: "int32" as const, low: 0, high: 5 }],
  attributes: { axis: 0, count: 1 },
};
const nothing = (name: string): { inputs: SampleInput[]; attributes: Attributes; error: string } => ({
  inputs: [{ shape: [2, 0] }],
  attributes: { axis: 1, count: 1 },
  error: `ShapeError: ${name}: there must be something to reduce, got shape [2, 0]. Check for an empty batch first.`,
});

export const sumSamples: Samples<Attributes> = {
  primitive: sumPrimitive,
  cases: [...cases({}), { inputs: [{ shape: [3, 0] }], attributes: { axis: 1, count: 1 } }],
  refused: [{ ...integer, error: refusedDType("sum") }],
};

export const maxSamples: Samples<Attributes> = {
  primitive: maxPrimitive,
  cases: cases({}),
  refused: [{ ...integer, error: refusedDType("max") }, nothing("max")],
};

export const minSamples: Samples<Attributes> = {
  primitive: minPrimitive,
  cases: cases({}),
  refused: [{ ...integer, error: refusedDType("min") }, nothing("min")],
};
