import {
  rmsPropCenteredMomentumPrimitive,
  rmsPropCenteredPrimitive,
  rmsPropMomentumPrimitive,
  rmsPropPrimitive,
} from "../../src/optim/rmsProp.ts";
import { ranges, type UpdateSamples, updateSamples } from "./support/update.ts";

const slots = { mean_square: ranges.squares, mean_gradient: ranges.means, momentum: ranges.buffers };
const cases = [
  [
    { weight: 0.1, momentumDecay: 0.8, inside: 0.01, outside: 0 },
    { gradientRate: 0.1, stepRate: 1 },
  ],
  [
    { weight: 0.01, momentumDecay: 0.5, inside: 0, outside: 0.1 },
    { gradientRate: 1, stepRate: 0.1 },
  ],
] as const;

/** A difference, and its root in the denominator, carry a few more roundings than other updates. */
const options = { tolerance: 3e-6 };

export const rmsPropSamples: UpdateSamples<typeof rmsPropPrimitive> = updateSamples(
  rmsPropPrimitive,
  slots,
  cases,
  options,
);

export const rmsPropMomentumSamples: UpdateSamples<typeof rmsPropMomentumPrimitive> = updateSamples(
  rmsPropMomentumPrimitive,
  slots,
  cases,
  options,
);

export const rmsPropCenteredSamples: UpdateSamples<typeof rmsPropCenteredPrimitive> = updateSamples(
  rmsPropCenteredPrimitive,
  slots,
  cases,
  options,
);

export const rmsPropCenteredMomentumSamples: UpdateSamples<typeof rmsPropCenteredMomentumPrimitive> = updateSamples(
  rmsPropCenteredMomentumPrimitive,
  slots,
  cases,
  options,
);
