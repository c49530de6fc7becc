import {
  erfGradientPrimitive,
  erfPrimitive,
  sigmoidGradientPrimitive,
  sigmoidPrimitive,
  siluGradientPrimitive,
  siluPrimitive,
  softplusGradientPrimitive,
  softplusPrimitive,
  tanhGradientPrimitive,
  tanhPrimitive,
} from "../../src/ops/elementwise/smooth.ts";
import type { Samples } from "./support/sample.ts";
import { samplesOfSmooth, samplesOfSmoothGradient } from "./support/smooth.ts";

const wide = { low: -4, high: 4 };

const narrow = { low: -2, high: 2 };

export const sigmoidSamples: Samples = samplesOfSmooth(sigmoidPrimitive, wide);
export const sigmoidGradientSamples: Samples = samplesOfSmoothGradient(sigmoidGradientPrimitive, {
  low: 0,
  high: 1,
});
export const tanhSamples: Samples = samplesOfSmooth(tanhPrimitive, narrow);
export const tanhGradientSamples: Samples = samplesOfSmoothGradient(tanhGradientPrimitive, {});
export const softplusSamples: Samples = samplesOfSmooth(softplusPrimitive, wide);
export const softplusGradientSamples: Samples = samplesOfSmoothGradient(softplusGradientPrimitive, wide);
export const erfSamples: Samples = samplesOfSmooth(erfPrimitive, narrow);
export const erfGradientSamples: Samples = samplesOfSmoothGradient(erfGradientPrimitive, narrow);
export const siluSamples: Samples = samplesOfSmooth(siluPrimitive, wide);
export const siluGradientSamples: Samples = samplesOfSmoothGradient(siluGradientPrimitive, wide);
