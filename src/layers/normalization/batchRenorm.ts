import { updateVariables, type Variable } from "../../autograd/variable.ts";
import { add, div, maximum, minimum, mul, sub } from "../../ops/elementwise/arithmetic.ts";
import { sqrt, square } from "../../ops/elementwise/powers.ts";
import { stopGradient } from "../../ops/support/stopGradient.ts";
import { movingAveragePrimitive } from "../../ops/update/movingAverage.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { RenormClipping } from "./batchNormOptions.ts";

/** The variables that batch renormalization has beside those of batch normalization. */
export interface RenormVariables {
  readonly movingMean: Variable;
  readonly movingVariance: Variable;
  /** Follows √(variance + ε) with `momentum`; the moving variance is computed from it. */
  readonly movingStddev: Variable;
  /** Follow the mean and √(variance + ε) with `renormMomentum`; training is corrected towards them. */
  readonly renormMean: Variable;
  readonly renormStddev: Variable;
}

/** The statistics of a batch, in the shape of the parameters, as constants. */
export interface BatchStatistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/**
 * The factor and the shift of normalized values, after which they are as if they had been normalized by the moving
 * statistics: r = σ/σᵣ and d = (μ − μᵣ)/σᵣ, within their bounds, with σ = √(variance + ε); constants for gradients.
 */
export const renormCorrection = (
  { mean, variance }: BatchStatistics,
  { renormMean, renormStddev }: RenormVariables,
  epsilon: number,
  { rmin, rmax, dmax }: RenormClipping,
): { r: Tensor; d: Tensor } => {
  // The moving one begins at the root of its initializer, which may be 0.
  const stddev = maximum(renormStddev.read(), Math.sqrt(epsilon));
  let r = div(sqrt(add(variance, epsilon)), stddev);
  let d = div(sub(mean, renormMean.read()), stddev);
  if (rmin !== undefined) r = maximum(r, rmin);
  if (rmax !== undefined && rmax < Infinity) r = minimum(r, rmax);
  if (dmax !== undefined && dmax < Infinity) d = minimum(maximum(d, -dmax), dmax);
  return { r: stopGradient(r), d: stopGradient(d) };
};

/**
 * Moves all statistics, at the end of a step.
 * @param decay The decay of the moving statistics. @param renormDecay That of renormalization's statistics.
 * @param correction The factor of the variance on its way into the moving one.
 */
export const moveRenorm = (
  { mean, variance }: BatchStatistics,
  variables: RenormVariables,
  epsilon: number,
  { decay, renormDecay, correction }: { decay: number; renormDecay: number; correction: number },
): void => {
  const { movingMean, movingVariance, movingStddev, renormMean, renormStddev } = variables;
  const stddevOf = (value: Tensor): Tensor => sqrt(add(value, epsilon));
  const stddev = stddevOf(variance);
  const unbiased = correction === 1 ? stddev : stddevOf(mul(variance, correction));
  const move = (to: readonly [Variable, Variable], stddevs: Tensor, momentum: number): void => {
    const updates = [
      { states: [to[0]], by: mean },
      { states: [to[1]], by: stddevs },
    ];
    updateVariables(movingAveragePrimitive, updates, [], { kept: momentum, share: 1 - momentum });
  };
  move([renormMean, renormStddev], stddev, renormDecay);
  move([movingMean, movingStddev], unbiased, decay);
  // Rounding may make it negative.
  movingVariance.assign(maximum(sub(square(movingStddev.read()), epsilon), 0));
};
