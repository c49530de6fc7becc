import { ShapeError, ValueError } from "../base/errors.ts";
import { showValue } from "../base/showValue.ts";
import { add, div } from "../ops/elementwise/arithmetic.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type Activity, recorders, type Variable } from "./variable.ts";
import type { Regularizer } from "./variableOptions.ts";

/** Reports an output that is penalized to the losses that are being recorded. */
export const reportActivity = (activity: Activity): void => {
  for (const recorder of recorders.get()) recorder.onActivity(activity);
};

/** Returns a penalty and marks it as handed out, so that it is not counted twice. */
export const listed = (penalty: Tensor): Tensor => {
  for (const recorder of recorders.get()) recorder.onListed(penalty);
  return penalty;
};

/** A loss and the penalties of variables and outputs: a sum, in this order. */
export const addPenalties = (loss: Tensor, variables: Iterable<Variable>, activities: readonly Activity[]): Tensor => {
  let total = loss;
  for (const variable of variables) total = add(total, variablePenalty(variable, variable.regularizer!));
  for (const activity of activities) total = add(total, activityPenalty(activity));
  return total;
};

/** regularizer(variable), one number. */
export const variablePenalty = (variable: Variable, regularizer: Regularizer): Tensor =>
  checkPenalty(variable.name, regularizer(variable.read()));

/**
 * regularizer(output)/rows, one number: its weight beside the mean loss does not depend on the size of the batch.
 * @throws ValueError when the step that computed it is over.
 */
export const activityPenalty = ({ layer, output, regularizer, step }: Activity): Tensor => {
  if (step && !step.isRunning) {
    throw new ValueError(
      `${layer}: the penalty of an output can be asked for in the step that computed it, got losses() after its end. ` +
        "Ask in the loss function, or call the model before.",
    );
  }
  return div(checkPenalty(layer, regularizer(output)), Math.max(output.axes[0], 1));
};

const checkPenalty = (where: string, penalty: unknown): Tensor => {
  if (penalty instanceof Tensor && penalty.size === 1) return penalty;
  throw new ShapeError(`${where}: a regularizer must give one number, got ${showValue(penalty)}. Take its sum.`);
};
