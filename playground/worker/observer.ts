import { type Callback, type Dataset, fit, History, type TrainingRun } from "gradus";
import { inspector } from "gradus/report";

/** The fewest inspections of a long run; it has at most twice as many. */
const looks = 200;
/** The steps between two inspections at the beginning, where the network changes most. */
const firstSteps = 5;

/** The steps between two inspections: they double when the run has doubled, because its length is not known. */
const stepsBetween = ({ history, batches = 1 }: TrainingRun): number => {
  const longer = (history.epochs.length * batches) / (looks * firstSteps);
  return firstSteps * 2 ** Math.max(0, Math.ceil(Math.log2(longer)));
};

/** Inspects the model for a report, more rarely as the run gets longer. */
export class Observer implements Callback {
  readonly #data: Dataset;
  #everySteps = 0;
  #inspector: Callback = {};

  /** @param data The examples that the inspector reads. */
  constructor(data: Dataset) {
    this.#data = data;
  }

  onTrainBegin(run: TrainingRun): void {
    this.#adapt(run);
  }

  onStep(run: TrainingRun): void | Promise<void> {
    return this.#inspector.onStep?.(run);
  }

  onEpochEnd(run: TrainingRun): void {
    this.#adapt(run);
  }

  onTrainEnd(run: TrainingRun): void | Promise<void> {
    return this.#inspector.onTrainEnd?.(run);
  }

  #adapt(run: TrainingRun): void {
    const everySteps = stepsBetween(run);
    if (everySteps === this.#everySteps) return;
    this.#everySteps = everySteps;
    this.#inspector.onTrainEnd?.(run);
    this.#inspector = inspector({ data: this.#data, everySteps });
    this.#inspector.onTrainBegin?.(run);
  }
}

/** The history of a run up to now, with an inspection of the current model. */
export const seenUntilNow = async (run: TrainingRun, data: Dataset): Promise<History> => {
  const { model, optimizer, train, batches = 1 } = run;
  const { epochs, place } = run.history;
  // Copied: the run may go on and inspect while this inspection is made.
  const inspections = [...run.history.inspections];
  // It trains for 0 epochs, so that an inspector begins and ends. With a seed, it does not draw from the stream of the model.
  const { inspections: all } = await fit(model, train, {
    optimizer,
    epochs: epochs.length,
    seed: 0,
    history: new History(epochs, inspections),
    callbacks: [inspector({ data })],
  });
  const epoch = epochs.length + (place.progress?.batch ?? 0) / batches;
  return new History(epochs, [
    ...inspections,
    ...all.slice(inspections.length).map((inspection) => ({ ...inspection, epoch })),
  ]);
};
