import type { Differentiation } from "../autograd/grad.ts";
import { type Activity, activityPenalty, observePenalties, variablePenalty } from "../autograd/penalties.ts";
import { observeReads, type Variable } from "../autograd/variable.ts";
import { add } from "../ops/arithmetic.ts";
import { ValueError } from "../tensor/errors.ts";
import { Tensor } from "../tensor/tensor.ts";

/** What a loss is computed with. */
export interface LossOptions {
  /** Whether the step trains a variable. */
  readonly isTrained: (variable: Variable) => boolean;
  /** Told of each variable that the loss reads and the step trains, with the tensor that was read. */
  readonly onRead: (variable: Variable, value: Tensor) => void;
  /** Whether penalties are added. */
  readonly regularize: boolean;
}

/**
 * The loss, and the penalties that the step can change: those of the variables that it reads and trains, and those of
 * outputs that depend on one. Of the rest (frozen layers) penalties would be constants that cost time in every step.
 * @throws ValueError when the loss holds penalties already that `losses()` gave out.
 */
export const penalizedLoss = (
  where: string,
  differentiation: Differentiation,
  loss: () => Tensor,
  { isTrained, onRead, regularize }: LossOptions,
): Tensor => {
  const penalized = new Set<Variable>();
  const activities: Activity[] = [];
  const listed = new Set<Tensor>();
  const observed = (): Tensor =>
    observeReads((variable, value) => {
      if (!isTrained(variable)) return;
      onRead(variable, value);
      if (variable.regularizer) penalized.add(variable);
    }, loss);
  if (!regularize) return observed();
  const alone = observePenalties(
    {
      onActivity: (activity) => activities.push(activity),
      onListed: (penalty) => listed.add(penalty),
    },
    observed,
  );
  // What is no tensor is refused by whoever asked for the loss.
  if (!(alone instanceof Tensor)) return alone;
  if (listed.size > 0 && differentiation.dependsOn(alone, listed)) {
    throw new ValueError(
      `${where}: penalties must be counted once, got a loss that holds penalties of losses() beside those that are added ` +
        "by themselves. Pass { regularize: false } to minimize or fit, or leave losses() out of the loss.",
    );
  }
  let total = alone;
  for (const variable of penalized) total = add(total, variablePenalty(variable, variable.regularizer!));
  for (const activity of activities) {
    if (differentiation.isWatched(activity.output)) total = add(total, activityPenalty(activity));
  }
  return total;
};
