import { activityPenalty, listed, reportActivity } from "../../autograd/penalties.ts";
import type { Activity } from "../../autograd/variable.ts";
import type { Regularizer } from "../../autograd/variableOptions.ts";
import { onShapesAlone } from "../../tensor/interpret/shapeInterpreter.ts";
import { currentStep } from "../../tensor/memory/step.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** The penalized outputs of a layer in the running step; outside of a step, that of the last call. */
export class PenalizedOutputs {
  #activities: readonly Activity[] = [];

  /** Reports the output of a call to the loss that is being recorded. */
  add(layer: string, output: Tensor, regularizer: Regularizer): void {
    if (onShapesAlone()) return;
    const step = currentStep();
    const activity: Activity = { layer, output, regularizer, step };
    const isSameStep = step !== undefined && this.#activities[0]?.step === step;
    this.#activities = isSameStep ? [...this.#activities, activity] : [activity];
    reportActivity(activity);
  }

  /** The penalties, each one number. @throws ValueError for outputs of a step that is over. */
  penalties(): readonly Tensor[] {
    return this.#activities.map((activity) => listed(activityPenalty(activity)));
  }
}
