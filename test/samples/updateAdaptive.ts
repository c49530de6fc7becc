import {
  type AdamAttributes,
  adamPrimitive,
  adamWPrimitive,
  type RMSPropAttributes,
  rmsPropCenteredMomentumPrimitive,
  rmsPropCenteredPrimitive,
  rmsPropMomentumPrimitive,
  rmsPropPrimitive,
} from "../../src/ops/updateAdaptive.ts";
import type { Primitive } from "../../src/tensor/primitive.ts";
import type { Samples } from "./support/sample.ts";
import { type SlotRange, updateCases, updateRefusals } from "./support/update.ts";

const inside: RMSPropAttributes = { decay: 0.9, momentum: 0.8, inside: 0.01, outside: 0 };
const outside: RMSPropAttributes = { decay: 0.99, momentum: 0.5, inside: 0, outside: 0.1 };

/** The ranges from which slots are drawn. */
const ranges = {
  // From where the difference of a centered update does not cancel: closer to it, float32 and double rightly differ.
  meanSquare: { low: 0.1, high: 1 },
  meanGradient: { low: -0.1, high: 0.1 },
  buffer: { low: -1, high: 1 },
} satisfies Record<string, SlotRange>;

const rmsPropSamplesOf = (
  primitive: Primitive<RMSPropAttributes>,
  slots: readonly (keyof typeof ranges)[],
): Samples<RMSPropAttributes> => {
  const drawn = slots.map((slot) => ranges[slot]);
  return {
    primitive,
    cases: [...updateCases(inside, drawn, [0.1, 1]), ...updateCases(outside, drawn, [1, 0.1])],
    refused: updateRefusals({ name: primitive.name, slots, rates: ["gradientRate", "stepRate"] }, inside),
    // A difference, and its root in the denominator, carry a few more roundings than other updates.
    tolerance: 3e-6,
    differentiable: false,
  };
};

export const rmsPropSamples: Samples<RMSPropAttributes> = rmsPropSamplesOf(rmsPropPrimitive, ["meanSquare"]);

export const rmsPropMomentumSamples: Samples<RMSPropAttributes> = rmsPropSamplesOf(rmsPropMomentumPrimitive, [
  "meanSquare",
  "buffer",
]);

export const rmsPropCenteredSamples: Samples<RMSPropAttributes> = rmsPropSamplesOf(rmsPropCenteredPrimitive, [
  "meanSquare",
  "meanGradient",
]);

export const rmsPropCenteredMomentumSamples: Samples<RMSPropAttributes> = rmsPropSamplesOf(
  rmsPropCenteredMomentumPrimitive,
  ["meanSquare", "meanGradient", "buffer"],
);

const moments = [ranges.buffer, ranges.meanSquare];

export const adamSamples: Samples<AdamAttributes> = {
  primitive: adamPrimitive,
  cases: updateCases({ beta1: 0.9, beta2: 0.99 }, moments, [0.1, 0.01]),
  refused: updateRefusals(
    { name: "adam", slots: ["m", "v"], rates: ["rate", "epsilon"] },
    { beta1: 0.9, beta2: 0.999 },
  ),
  differentiable: false,
};

export const adamWSamples: Samples<AdamAttributes> = {
  primitive: adamWPrimitive,
  cases: updateCases({ beta1: 0.9, beta2: 0.99 }, moments, [0.1, 0.01, 0.02]),
  refused: updateRefusals(
    { name: "adamW", slots: ["m", "v"], rates: ["rate", "epsilon", "decay"] },
    { beta1: 0.9, beta2: 0.999 },
  ),
  differentiable: false,
};
