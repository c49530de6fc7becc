import { descriptionOf } from "../../base/describe.ts";
import { ValueError } from "../../base/errors.ts";
import type { Optimizer } from "../../optim/optimizer/optimizer.ts";
import type { Schedule } from "../../optim/schedules/schedule.ts";
import {
  type PlateauSchedule,
  plateauMonitor,
  plateauName,
  plateauSchedule,
  type ReduceOnPlateauOptions,
} from "../../optim/schedules/schedulePlateau.ts";
import type { EpochRecord } from "../history/epochRecord.ts";
import type { TrainingRun } from "./callback.ts";
import { Watched } from "./monitor.ts";

/** A schedule that watches training: the learning rate of the optimizer and a callback of `fit` at once. */
export interface Plateau extends PlateauSchedule {
  /** Hook of the callback: checks that the optimizer has this schedule. */
  onTrainBegin(run: Pick<TrainingRun, "optimizer" | "validation" | "metrics">): void;
  /** Hook of the callback: observes what is monitored. */
  onEpochEnd(run: unknown, record: EpochRecord): void;
}

/**
 * A learning rate that is reduced when training no longer improves: η = max(schedule(step) · factorⁿ, minimum) after n
 * reductions. An epoch is an improvement when it is better than the best so far by more than `minDelta`, or with `relative`
 * by more than minDelta · best. After `patience` epochs in a row without one ("pytorch": after one more) the rate is
 * reduced, and the next `cooldown` epochs are not counted. The result is passed to the optimizer as its learning rate and to
 * `fit` as a callback: one object, whose state checkpoints of the run hold. It replaces the plateau of a loaded optimizer.
 *
 * Source: `tf.keras.callbacks.ReduceLROnPlateau` of TensorFlow 1; `torch.optim.lr_scheduler.ReduceLROnPlateau` (whose eps,
 * below which a reduction is left out, is 0 here).
 * @throws ValueError for options out of range or unknown; when training begins, for an optimizer with another learning rate,
 * or unless the monitored value is measured.
 * @example
 * const rate = reduceOnPlateau({ schedule: 0.1, factor: 0.5, patience: 2, monitor: "loss" });
 * const optimizer = new SGD({ learningRate: rate });
 * for (const loss of [3, 2, 2, 2]) rate.observe(loss);
 * optimizer.learningRate; // 0.05
 * const { train } = await loadDigits();
 * const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
 * await fit(model, train, { optimizer, epochs: 2, callbacks: [rate] });
 */
export const reduceOnPlateau = (options: ReduceOnPlateauOptions): Plateau => asCallback(plateauSchedule(options));

/** Adds the hooks of `fit` to the plateau of an optimizer that was loaded; other schedules stay as they are. */
export const reviveCallback = (schedule: Schedule | undefined): void => {
  if (schedule && plateauMonitor(schedule)) asCallback(schedule as PlateauSchedule);
};

const asCallback = (schedule: PlateauSchedule): Plateau => {
  const watched = new Watched(plateauName, plateauMonitor(schedule)!);
  const hooks: Pick<Plateau, "onTrainBegin" | "onEpochEnd"> = {
    onTrainBegin: (run) => {
      takePlace(run.optimizer, schedule);
      watched.begin(run);
    },
    onEpochEnd: (_, record) => {
      schedule.observe(watched.valueIn(record));
    },
  };
  return Object.assign(schedule, hooks);
};

/** The optimizer must ask the schedule that watches; one that was loaded asks another one, made from the file. */
const takePlace = (optimizer: Optimizer, plateau: PlateauSchedule): void => {
  const { schedule } = optimizer;
  if (schedule === plateau) return;
  if (descriptionOf(schedule)?.name === plateauName) {
    optimizer.learningRate = plateau;
    return;
  }
  throw new ValueError(
    `${plateauName}: the optimizer must have it as its learning rate, got ${schedule ? "another schedule" : optimizer.learningRate}. ` +
      "Pass { learningRate: plateau } to the optimizer; a schedule that is reduced goes into { schedule }.",
  );
};
