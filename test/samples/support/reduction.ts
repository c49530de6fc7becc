import type { ReduceAttributes } from "../../../src/ops/shape/reduction.ts";
import { type Refusal, refusesIntegers, type SampleCase, type SampleInput } from "./sample.ts";

/** Sample cases of a reduction: runs of axes at the beginning, in the middle and at the end. */
export const reductionCases = (input: Omit<SampleInput, "shape">): SampleCase<ReduceAttributes>[] =>
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

/** The refusal of an int32 operand by a reduction. */
export const refusesIntegerReduction = (name: string): Refusal<ReduceAttributes> =>
  refusesIntegers(name, 1, { axis: 0, count: 1 });
