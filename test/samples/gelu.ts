import {
  geluGradientPrimitive,
  geluPrimitive,
  geluTanhGradientPrimitive,
  geluTanhPrimitive,
} from "../../src/ops/elementwise/gelu.ts";
import type { Samples } from "./support/sample.ts";
import { samplesOfSmooth, samplesOfSmoothGradient } from "./support/smooth.ts";

const narrow = { low: -2, high: 2 };

export const geluSamples: Samples = samplesOfSmooth(geluPrimitive, narrow);
export const geluGradientSamples: Samples = samplesOfSmoothGradient(geluGradientPrimitive, narrow);
export const geluTanhSamples: Samples = samplesOfSmooth(geluTanhPrimitive, narrow);
export const geluTanhGradientSamples: Samples = samplesOfSmoothGradient(geluTanhGradientPrimitive, narrow);
