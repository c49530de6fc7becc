import { div } from "../ops/arithmetic.ts";
import { ShapeError, ValueError } from "../tensor/errors.ts";
import { formatShape } from "../tensor/shape.ts";
import { currentStep } from "../tensor/storage.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Regularizer, Variable } from "./variable.ts";

/**
 * Penalties stand between layers, which have regularizers, and optimizers, which add penalties to the loss; neither
 * imports the other. What a layer puts out under an activity regularizer is reported to whoever watches, and penalties
 * that `losses()` gives out are marked, so that nobody counts them twice.
 */

/** An output that is penalized. */
export interface Activity {
  /** The path of its layer. */
  readonly layer: string;
  readonly output: Tensor;
  readonly regularizer: Regularizer;
  /** The step in which it was computed; 0 outside of one. */
  readonly step: number;
}

/** What is told while a loss is computed. */
export interface PenaltyObserver {
  /** A layer put out something that is penalized. */
  readonly onActivity: (activity: Activity) => void;
  /** Somebody asked for a penalty, to add it to the loss. */
  readonly onListed: (penalty: Tensor) => void;
}

let observers: readonly PenaltyObserver[] = [];

/** Runs the body and tells of the activities and penalties in it. */
export const observePenalties = <T>(observer: PenaltyObserver, body: () => T): T => {
  const outer = observers;
  observers = [...outer, observer];
  try {
    return body();
  } finally {
    observers = outer;
  }
};

export const reportActivity = (activity: Activity): void => {
  for (const { onActivity } of observers) onActivity(activity);
};

/** Gives a penalty to somebody who will add it to the loss. */
export const listed = (penalty: Tensor): Tensor => {
  for (const { onListed } of observers) onListed(penalty);
  return penalty;
};

/** regularizer(variable), one number. */
export const variablePenalty = (variable: Variable, regularizer: Regularizer): Tensor =>
  checkPenalty(variable.name, regularizer(variable.read()));

/**
 * regularizer(output)/rows, one number: its weight beside the mean loss does not depend on the size of the batch.
 * @throws ValueError when the step in which it was computed is over.
 */
export const activityPenalty = ({ layer, output, regularizer, step }: Activity): Tensor => {
  if (step !== 0 && step !== currentStep()) {
    throw new ValueError(
      `${layer}: the penalty of an output can be asked for in the step that computed it, got losses() after its end. ` +
        "Ask in the loss function, or call the model before.",
    );
  }
  return div(checkPenalty(layer, regularizer(output)), Math.max(output.shape[0], 1));
};

const checkPenalty = (where: string, penalty: unknown): Tensor => {
  if (penalty instanceof Tensor && penalty.size === 1) return penalty;
  const got = penalty instanceof Tensor ? `shape ${formatShape(penalty.shape)}` : typeof penalty;
  throw new ShapeError(`${where}: a regularizer must give one number, got ${got}. Take its sum.`);
};
