import { cosPrimitive, sinPrimitive } from "../../src/ops/elementwise/trigonometric.ts";
import type { Samples } from "./support/sample.ts";
import { samplesOfSmooth } from "./support/smooth.ts";

export const sinSamples: Samples = samplesOfSmooth(sinPrimitive, { low: -4, high: 4 });
export const cosSamples: Samples = samplesOfSmooth(cosPrimitive, { low: -4, high: 4 });
