import { ceilPrimitive, floorPrimitive, roundPrimitive, signPrimitive } from "../../src/ops/elementwise/rounding.ts";
import type { Primitive } from "../../src/tensor/interpret/primitive.ts";
import { unaryCases } from "./support/elementwise.ts";
import { refusesIntegers, type Samples } from "./support/sample.ts";

/** Halves, zeros of both signs, numbers next to halves, and those from which on floats are whole. */
const values = [
  0, -0, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 0.49999997, -0.49999997, 3, -3, 8388607.5, 16777216, -1e30, 1e-40,
];

const roundingSamples = (primitive: Primitive): Samples => ({
  primitive,
  cases: [...unaryCases(undefined, { values }), ...unaryCases(undefined, { low: -5, high: 5 })],
  refused: [refusesIntegers(primitive.name, 1, undefined)],
  differentiable: false,
});

export const signSamples: Samples = roundingSamples(signPrimitive);
export const floorSamples: Samples = roundingSamples(floorPrimitive);
export const ceilSamples: Samples = roundingSamples(ceilPrimitive);
export const roundSamples: Samples = roundingSamples(roundPrimitive);
