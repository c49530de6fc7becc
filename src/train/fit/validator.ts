import { isDataset } from "../../data/dataset.ts";
import { SourceBatches } from "../batches/sourceBatches.ts";
import type { TrainingRun } from "../callbacks/callback.ts";
import { evaluateInChunks, evaluateSource } from "../evaluate/evaluate.ts";
import { Evaluator, type Totals } from "../evaluate/evaluator.ts";
import type { EpochRecord } from "../history/epochRecord.ts";
import type { Objective } from "../metrics/objective.ts";
import type { FitOptions } from "./fitOptions.ts";
import type { StopSignal } from "./stopSignal.ts";

/** Evaluates the model of a run on its validation data, after every epoch. */
export class Validator {
  readonly #run: TrainingRun;
  readonly #options: FitOptions;
  readonly #objective: Objective;
  readonly #stopSignal: StopSignal;
  #batches: SourceBatches | undefined;

  constructor(run: TrainingRun, options: FitOptions, objective: Objective, stopSignal: StopSignal) {
    this.#run = run;
    this.#options = options;
    this.#objective = objective;
    this.#stopSignal = stopSignal;
  }

  /** @returns undefined without validation data. */
  async evaluate(): Promise<Totals | undefined> {
    const { model, validation, epoch } = this.#run;
    if (!validation) return undefined;
    const data = (isDataset(validation) ? validation.name : undefined) ?? "the validation data";
    const evaluator = new Evaluator("fit", model, { objective: this.#objective, data });
    const { between, wait } = this.#stopSignal;
    if (!isDataset(validation)) {
      this.#batches ??= new SourceBatches(validation, { operation: "fit", what: "validation", wait });
      return evaluateSource(evaluator, this.#batches, epoch, between);
    }
    // No more examples at once than in a step, so that the event loop does not wait longer.
    const { batchSize = 50 } = this.#options;
    for (const _ of evaluateInChunks(evaluator, validation, undefined, batchSize)) await between();
    return evaluator.totals();
  }

  /** A loss that is not finite, in the epoch where that begins. */
  warningOf({ loss, nonFinite }: Totals): Pick<EpochRecord, "warning"> {
    const before = this.#run.history.epochs.at(-1)?.validationLoss ?? 0;
    if (Number.isFinite(loss) || !Number.isFinite(before)) return {};
    return {
      warning: `the validation loss is ${loss}, ${nonFinite ? `first for ${nonFinite}` : "for no single example"}`,
    };
  }
}
