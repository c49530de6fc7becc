import { firstNonFinitePrimitive } from "../../src/ops/reduce/firstNonFinite.ts";
import { edgeSizes, type SampleCase, type Samples } from "./support/sample.ts";

const ones = (size: number): number[] => new Array<number>(size).fill(1);
const attributes: { readonly limit: number } = { limit: Number.POSITIVE_INFINITY };
const caseOf = (...inputs: readonly (readonly number[])[]): SampleCase<typeof attributes> => ({
  inputs: inputs.map((values) => ({ shape: [values.length], values })),
  attributes,
});

export const firstNonFiniteSamples: Samples<typeof attributes> = {
  primitive: firstNonFinitePrimitive,
  cases: [
    ...edgeSizes.map((size) => ({ inputs: [{ shape: [size], low: -1e38, high: 1e38 }], attributes })),
    ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].flatMap((bad) =>
      [0, 3, 4, 15, 16, 18].map((at) => caseOf(new Array<number>(19).fill(-3e38).with(at, bad))),
    ),
    // The kernel looks at 32 elements at once, then at 4, then at one after the other.
    ...[0, 31, 32, 63, 64, 69].map((at) => caseOf(ones(70).with(at, Number.NaN))),
    // Of several finds the first; an input of no elements in between.
    caseOf(ones(3), ones(40), [], ones(5)),
    caseOf(ones(3), ones(40).with(39, Number.NaN), [], ones(5).with(0, Number.NaN)),
    caseOf(ones(3), [], ones(5).with(4, Number.POSITIVE_INFINITY)),
    { inputs: [{ shape: [2, 2], values: [1, Number.NaN, 2, Number.NaN] }], attributes },
    { inputs: [{ shape: [], values: [Number.NaN] }], attributes },
    // A finite limit: numbers from it on count.
    ...[-64, 63.99, Number.NaN].map((last) => ({ ...caseOf(ones(70), [0, last, 1]), attributes: { limit: 64 } })),
  ],
  refused: [
    {
      inputs: [{ shape: [3] }, { shape: [3], dtype: "int32", values: [1, 2, 3] }],
      attributes,
      error: "DTypeError: firstNonFinite: operands must all be float, got int32. Convert with toFloat(...).",
    },
  ],
  nonFinite: false,
  differentiable: false,
};
