import { type Activity, activityPenalty, observePenalties, variablePenalty } from "../autograd/penalties.ts";
import { dependsOn, type Tape } from "../autograd/tape.ts";
import { observeReads, type Variable } from "../autograd/variable.ts";
import { add } from "../ops/arithmetic.ts";
import { ValueError } from "../tensor/errors.ts";
import { Tensor } from "../tensor/tensor.ts";

/** What a loss is computed with. */
export interface LossOptions {
  /** The variables that the step is to train; undefined for all trainable ones that the loss reads. */
  readonly listed: ReadonlySet<Variable> | undefined;
  /** Takes what is read and trained, with the tensor that was read, which is watched. */
  readonly sources: Map<Variable, Tensor>;
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
  tape: Tape,
  loss: () => Tensor,
  { listed, sources, regularize }: LossOptions,
): Tensor => {
  // Most losses have no penalties, and most steps of small networks are short: nothing is made before it is needed.
  let penalized: Set<Variable> | undefined;
  let activities: Activity[] | undefined;
  let counted: Set<Tensor> | undefined;
  const observed = (): Tensor =>
    observeReads((variable, value) => {
      if (!variable.trainable || (listed && !listed.has(variable))) return;
      tape.watch(value);
      sources.set(variable, value);
      if (!variable.regularizer) return;
      penalized ??= new Set();
      penalized.add(variable);
    }, loss);
  if (!regularize) return observed();
  const alone = observePenalties(
    {
      onActivity: (activity) => {
        activities ??= [];
        activities.push(activity);
      },
      onListed: (penalty) => {
        counted ??= new Set();
        counted.add(penalty);
      },
    },
    observed,
  );
  // What is no tensor is refused by whoever asked for the loss.
  if (!(alone instanceof Tensor)) return alone;
  if (counted && dependsOn(tape, alone, counted)) {
    throw new ValueError(
      `${where}: penalties must be counted once, got a loss that holds penalties of losses() beside those that are added ` +
        "by themselves. Pass { regularize: false } to minimize or fit, or leave losses() out of the loss.",
    );
  }
  let total = alone;
  for (const variable of penalized ?? []) total = add(total, variablePenalty(variable, variable.regularizer!));
  for (const activity of activities ?? []) {
    if (tape.isWatched(activity.output)) total = add(total, activityPenalty(activity));
  }
  return total;
};
