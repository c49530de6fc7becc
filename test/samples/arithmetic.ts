import {
  absPrimitive,
  addPrimitive,
  divPrimitive,
  maximumPrimitive,
  minimumPrimitive,
  mulPrimitive,
  negPrimitive,
  subPrimitive,
} from "../../src/ops/elementwise/arithmetic.ts";
import { binaryCases, unaryCases } from "./support/elementwise.ts";
import { refusesIntegers, refusesPairs, type SampleCase, type Samples } from "./support/sample.ts";

const pair = { low: -2, high: 2 };

export const addSamples: Samples = {
  primitive: addPrimitive,
  cases: binaryCases(undefined, pair, pair),
  refused: refusesPairs("add"),
};
export const subSamples: Samples = {
  primitive: subPrimitive,
  cases: binaryCases(undefined, pair, pair),
  refused: refusesPairs("sub"),
};
export const mulSamples: Samples = {
  primitive: mulPrimitive,
  cases: binaryCases(undefined, pair, pair),
  refused: refusesPairs("mul"),
};
export const divSamples: Samples = {
  primitive: divPrimitive,
  cases: [
    ...binaryCases(undefined, pair, { low: 0.5, high: 2 }),
    ...binaryCases(undefined, pair, { low: -2, high: -0.5 }),
  ],
  refused: refusesPairs("div"),
};

/** Operands that lie apart, so that no pair is near the kink; each side is the larger somewhere. */
const apart = (): SampleCase<void>[] => [
  ...binaryCases(undefined, { low: 0.1, high: 1 }, { low: -1, high: -0.1 }),
  ...binaryCases(undefined, { low: -1, high: -0.1 }, { low: 0.1, high: 1 }),
];

export const maximumSamples: Samples = {
  primitive: maximumPrimitive,
  cases: apart(),
  refused: refusesPairs("maximum"),
};
export const minimumSamples: Samples = {
  primitive: minimumPrimitive,
  cases: apart(),
  refused: refusesPairs("minimum"),
};
export const negSamples: Samples = {
  primitive: negPrimitive,
  cases: unaryCases(undefined, pair),
  refused: [refusesIntegers("neg", 1, undefined)],
};
export const absSamples: Samples = {
  primitive: absPrimitive,
  cases: unaryCases(undefined, { ...pair, kinks: [0] }),
  refused: [refusesIntegers("abs", 1, undefined)],
};
