import type { Variable } from "../../autograd/variable.ts";
import { checkOptions, flag, number, required, text, whole } from "../../base/options.ts";
import { checkVariableNames } from "../../layers/base/names.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { CallbackState } from "../batches/position.ts";
import type { EpochRecord, Monitor } from "../history/epochRecord.ts";
import { shortNumber } from "../history/numberText.ts";
import type { Callback, TrainingRun } from "./callback.ts";
import { Watched } from "./monitor.ts";

/** What the reason of a stop says when this callback was it. */
export const stoppedEarly = "did not improve for";

/** Options of `earlyStopping`. */
export interface EarlyStoppingOptions {
  /** How many epochs in a row may bring nothing better before training stops. */
  readonly patience: number;
  /** Whether the model ends with the variables of the best epoch, moving statistics included. Default: false. */
  readonly restoreBest?: boolean;
  /**
   * What is watched: losses are to fall, accuracies to rise; metrics that were passed to `fit` say it themselves
   * (`"validationRSquared"`). Default: "validationLoss".
   */
  readonly monitor?: Monitor;
  /** By how much an epoch must be better to count. Default: 0. */
  readonly minDelta?: number;
}

/**
 * A callback that stops training when it brings nothing better any more: after `patience` epochs in a row that do not
 * improve on the best by more than `minDelta`. With `restoreBest` the model ends with what it was after the best epoch,
 * also when all epochs were run, or training was aborted or failed; the optimizer's slots stay as they are. A value that is
 * NaN or infinite is worse than any other.
 *
 * In a checkpoint it keeps the best epoch and its variables, so that a resumed run stops where it would have stopped,
 * and one that it has stopped stays so.
 *
 * Source: Prechelt, "Early stopping - but when?", 1998; `keras.callbacks.EarlyStopping`, whose counting it has.
 * @throws ValueError for options out of range; when training begins, unless what is watched is measured.
 * @example
 * const { train, validation } = await loadDigits();
 * const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
 * const history = await fit(model, train, {
 *   optimizer: new SGD({ learningRate: 2 }),
 *   epochs: 50,
 *   validation,
 *   callbacks: [earlyStopping({ patience: 3, restoreBest: true })],
 * });
 * console.log(history.stopped); // says which epoch was the best
 */
export const earlyStopping = (options: EarlyStoppingOptions): Callback => {
  checkOptions("earlyStopping", options, {
    patience: required(whole({ from: 1 })),
    restoreBest: flag,
    monitor: text,
    minDelta: number({ from: 0 }),
  });
  const { patience, restoreBest = false, monitor = "validationLoss", minDelta = 0 } = options;
  return new EarlyStopping(patience, restoreBest, monitor, minDelta);
};

/** The best epoch so far. */
interface Best {
  readonly epoch: number;
  readonly value: number;
  /** The variables after it, by name; only where they are to be restored. */
  readonly variables: ReadonlyMap<string, Tensor>;
}

class EarlyStopping implements Callback {
  readonly name: string;
  readonly #patience: number;
  readonly #restoreBest: boolean;
  readonly #monitor: Monitor;
  readonly #minDelta: number;
  readonly #watched: Watched;
  #best: Best | undefined;
  /** How many epochs ago that was. */
  #waited = 0;
  #run: TrainingRun | undefined;

  constructor(patience: number, restoreBest: boolean, monitor: Monitor, minDelta: number) {
    this.name = `earlyStopping/${monitor}`;
    this.#patience = patience;
    this.#restoreBest = restoreBest;
    this.#monitor = monitor;
    this.#minDelta = minDelta;
    this.#watched = new Watched("earlyStopping", monitor);
  }

  onTrainBegin(run: TrainingRun): void {
    this.#best = undefined;
    this.#waited = 0;
    this.#run = run;
    this.#watched.begin(run);
    if (this.#restoreBest) checkVariableNames("earlyStopping", run.model);
  }

  onEpochEnd(run: TrainingRun, record: EpochRecord): void {
    const value = this.#watched.valueIn(record);
    if (this.#watched.gain(value, this.#best?.value) > this.#minDelta) {
      this.#best = {
        epoch: record.epoch,
        value,
        variables: this.#restoreBest ? valuesOf(run.model.variables) : new Map(),
      };
      this.#waited = 0;
      return;
    }
    this.#waited++;
    this.#stopIfDue(run);
  }

  #stopIfDue(run: TrainingRun): void {
    if (this.#waited < this.#patience) return;
    const best = this.#best;
    // Counted from 1, as the progress that is printed beside it.
    const reason = best ? `the best was ${shortNumber(best.value)} in epoch ${best.epoch + 1}` : "it never was finite";
    run.stop(`${this.#monitor} ${stoppedEarly} ${this.#waited} epochs: ${reason}`);
  }

  onTrainEnd({ model }: TrainingRun): void {
    this.#run = undefined;
    for (const variable of model.variables) {
      const value = this.#best?.variables.get(variable.name);
      if (value) variable.assign(value);
    }
  }

  state(): CallbackState {
    const { epoch, value, variables } = this.#best ?? {};
    return {
      values: { waited: this.#waited, ...(epoch === undefined ? {} : { epoch, value }) },
      tensors: Object.fromEntries(variables ?? []),
    };
  }

  restoreState({ values, tensors }: CallbackState): void {
    this.#waited = Number(values.waited ?? 0);
    this.#best =
      typeof values.epoch === "number" && typeof values.value === "number"
        ? { epoch: values.epoch, value: values.value, variables: new Map(Object.entries(tensors)) }
        : undefined;
    // A run that was stopped stays stopped when its program runs again.
    if (this.#run) this.#stopIfDue(this.#run);
  }
}

/** Copies of the values. */
const valuesOf = (variables: readonly Variable[]): ReadonlyMap<string, Tensor> =>
  new Map(variables.map((variable) => [variable.name, variable.read()]));
