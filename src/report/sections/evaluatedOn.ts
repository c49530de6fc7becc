import { stoppedEarly } from "../../train/callbacks/earlyStopping.ts";
import type { History } from "../../train/history/history.ts";
import type { ClassInspection, Inspection, ValueInspection } from "../../train/history/inspection.ts";
import { counted } from "../page/words.ts";

/** On what a model was evaluated, and after which epoch: at the end `earlyStopping` may have restored an earlier one. */
export const evaluatedOn = (
  { data, examples }: ClassInspection | ValueInspection,
  { epoch, variables }: Pick<Inspection, "epoch" | "variables">,
  { stopped }: History,
): string => {
  const of = `Of ${counted(examples, "example")} of ${data}`;
  const after = `after ${counted(epoch, "epoch")}`;
  // Only when training has ended both are looked at together.
  if (!variables) return `${of}, ${after}.`;
  const restored = stopped?.includes(stoppedEarly) ? "; with restoreBest that is the model of the best epoch" : "";
  return `${of}, by the model as training left it ${after}${restored}.`;
};
