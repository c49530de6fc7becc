import { updateVariables, type Variable } from "../autograd/variable.ts";
import { add, div, maximum, minimum, mul, sub } from "../ops/arithmetic.ts";
import { movingAveragePrimitive } from "../ops/movingAverage.ts";
import { sqrt, square } from "../ops/powers.ts";
import { stopGradient } from "../ops/stopGradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { RenormClipping } from "./batchNormOptions.ts";

/** The variables that batch renormalization has beside those of batch normalization. */
export interface RenormVariables {
  readonly movingMean: Variable;
  readonly movingVariance: Variable;
  /** Follows √(variance + ε) with `momentum`; the moving variance is what it stands for. */
  readonly movingStddev: Variable;
  /** Follow the mean and √(variance + ε) with `renormMomentum`: what training is corrected towards. */
  readonly renormMean: Variable;
  readonly renormStddev: Variable;
}

/** The statistics of a batch, of the parameters' shape, as constants. */
export interface BatchStatistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/**
 * What normalized values are multiplied by, and what is added then, so that they are as if they had been normalized by the
 * moving statistics: r = σ/σᵣ and d = (μ − μᵣ)/σᵣ, within their bounds, with σ = √(variance + ε); constants for gradients.
 */
export const renormCorrection = (
  { mean, variance }: BatchStatistics,
  { renormMean, renormStddev }: RenormVariables,
  epsilon: number,
  { rmin, rmax, dmax }: RenormClipping,
): { r: Tensor; d: Tensor } => {
  // The moving one begins at the root of its initializer, which may be 0.
  const deviation = maximum(renormStddev.read(), Math.sqrt(epsilon));
  let r = div(sqrt(add(variance, epsilon)), deviation);
  let d = div(sub(mean, renormMean.read()), deviation);
  if (rmin !== undefined) r = maximum(r, rmin);
  if (rmax !== undefined && rmax < Infinity) r = minimum(r, rmax);
  if (dmax !== undefined && dmax < Infinity) d = minimum(maximum(d, -dmax), dmax);
  return { r: stopGradient(r), d: stopGradient(d) };
};

/**
 * Moves all statistics, at the end of a step.
 * @param kept The part of the moving statistics that stays. @param renormKept The same of those of renormalization.
 * @param correction What the variance is multiplied by on its way into the moving one.
 */
export const moveRenorm = (
  { mean, variance }: BatchStatistics,
  variables: RenormVariables,
  epsilon: number,
  { kept, renormKept, correction }: { kept: number; renormKept: number; correction: number },
): void => {
  const { movingMean, movingVariance, movingStddev, renormMean, renormStddev } = variables;
  const deviationOf = (value: Tensor): Tensor => sqrt(add(value, epsilon));
  const deviation = deviationOf(variance);
  const unbiased = correction === 1 ? deviation : deviationOf(mul(variance, correction));
  const move = (to: readonly [Variable, Variable], deviations: Tensor, part: number): void => {
    const updates = [
      { states: [to[0]], by: mean },
      { states: [to[1]], by: deviations },
    ];
    updateVariables(movingAveragePrimitive, updates, [], { kept: part, share: 1 - part });
  };
  move([renormMean, renormStddev], deviation, renormKept);
  move([movingMean, movingStddev], unbiased, kept);
  // Rounding may take it below 0.
  movingVariance.assign(maximum(sub(square(movingStddev.read()), epsilon), 0));
};
