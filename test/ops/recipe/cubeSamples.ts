import { unaryCases } from "../../samples/support/elementwise.ts";
import { refusesIntegers, type Samples } from "../../samples/support/sample.ts";
import { cubePrimitive } from "./cube.ts";

export const cubeSamples: Samples = {
  primitive: cubePrimitive,
  // The sizes where loops go wrong.
  cases: unaryCases(undefined, { low: -2, high: 2 }),
  // The inputs that must throw, with the full text.
  refused: [refusesIntegers("cube", 1, undefined)],
};
