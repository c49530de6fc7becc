import {
  expm1Primitive,
  expPrimitive,
  log1pPrimitive,
  logPrimitive,
  powPrimitive,
  sqrtPrimitive,
  squarePrimitive,
} from "../../src/ops/elementwise/powers.ts";
import { binaryCases, unaryCases } from "./support/elementwise.ts";
import { refusesIntegers, refusesPairs, type Samples } from "./support/sample.ts";

export const powSamples: Samples = {
  primitive: powPrimitive,
  cases: binaryCases(undefined, { low: 0.2, high: 3 }, { low: -2, high: 3 }),
  refused: refusesPairs("pow"),
};
export const squareSamples: Samples = {
  primitive: squarePrimitive,
  cases: unaryCases(undefined, { low: -2, high: 2 }),
  refused: [refusesIntegers("square", 1, undefined)],
};
export const sqrtSamples: Samples = {
  primitive: sqrtPrimitive,
  cases: unaryCases(undefined, { low: 0.2, high: 4 }),
  refused: [refusesIntegers("sqrt", 1, undefined)],
};
export const expSamples: Samples = {
  primitive: expPrimitive,
  cases: unaryCases(undefined, { low: -4, high: 4 }),
  refused: [refusesIntegers("exp", 1, undefined)],
};
export const logSamples: Samples = {
  primitive: logPrimitive,
  cases: unaryCases(undefined, { low: 0.2, high: 5 }),
  refused: [refusesIntegers("log", 1, undefined)],
};
export const expm1Samples: Samples = {
  primitive: expm1Primitive,
  cases: unaryCases(undefined, { low: -4, high: 4 }),
  refused: [refusesIntegers("expm1", 1, undefined)],
};
export const log1pSamples: Samples = {
  primitive: log1pPrimitive,
  cases: unaryCases(undefined, { low: -0.8, high: 5 }),
  refused: [refusesIntegers("log1p", 1, undefined)],
};
