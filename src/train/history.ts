import { asList, asRecord, asText, plainNumbers, revivedNumbers } from "../io/json.ts";
import { ValueError } from "../tensor/errors.ts";
import { showAsText } from "../tensor/showAsText.ts";
import { type EpochRecord, epochOf, type Monitor, measureOf, measuresOf } from "./epochRecord.ts";
import { formatNumber } from "./format.ts";
import type { Inspection } from "./inspection.ts";
import { inspectionsOf } from "./inspectionFile.ts";
import type { TrainingPlace } from "./position.ts";

/** A history as JSON holds it: numbers that are not finite stand as text (`"NaN"`), because JSON has none. */
export interface HistoryJson {
  /** The complete epochs, oldest first. */
  readonly epochs: readonly Readonly<Record<string, unknown>>[];
  /** Why training stopped, if it did. */
  readonly stopped?: string;
  /** What callbacks saw inside the model. */
  readonly inspections?: readonly Inspection[];
}

const maxEpochs = 2 ** 20;

/**
 * What a training run brought, epoch by epoch.
 * @example
 * const history = new History([{ epoch: 0, loss: 0.5, steps: 10, seconds: 0.1 }]);
 * history.last("loss"); // 0.5
 * const text = JSON.stringify(history); // for a file or a chart
 * History.fromJSON(JSON.parse(text)).last("loss"); // 0.5
 */
export class History {
  readonly #epochs: EpochRecord[];
  readonly #inspections: Inspection[];
  #place: (() => TrainingPlace) | undefined;
  /** Why training stopped before the last epoch; undefined when it did not. */
  stopped: string | undefined;

  /**
   * @param epochs The records of an earlier run, to go on from.
   * @param inspections What was seen of it.
   */
  constructor(epochs: readonly EpochRecord[] = [], inspections: readonly Inspection[] = []) {
    this.#epochs = [...epochs];
    this.#inspections = [...inspections];
  }

  /**
   * The history that `toJSON` wrote.
   * @throws DataError for anything else.
   */
  static fromJSON(value: unknown): History {
    const where = "History.fromJSON";
    const record = asRecord(where, "a history", value);
    const epochs = asList(where, "the epochs", revivedNumbers(record.epochs), maxEpochs);
    const history = new History(
      epochs.map((one) => epochOf(where, one)),
      record.inspections === undefined ? [] : inspectionsOf(where, record.inspections),
    );
    if (record.stopped !== undefined) history.stopped = asText(where, "the reason of a stop", record.stopped);
    return history;
  }

  /**
   * Where the run stands: while it runs and after it has ended, also within an epoch. A checkpoint saves it, and `fit`
   * goes on from there when it is given the history.
   */
  get place(): TrainingPlace {
    return this.#place?.() ?? { epoch: this.#epochs.length, callbacks: {} };
  }

  /** The complete epochs, oldest first. */
  get epochs(): readonly EpochRecord[] {
    return this.#epochs;
  }

  /** What callbacks saw inside the model (`inspector` of `gradus/report`), oldest first, for a report. */
  get inspections(): readonly Inspection[] {
    return this.#inspections;
  }

  /**
   * The value after the last epoch.
   * @param name A measure (`"validationLoss"`), or a metric that was passed to `fit` (`"rSquared"`, `"validationRSquared"`).
   * @throws ValueError when there is none: no epoch was completed, or it was not measured.
   */
  last(name: Monitor): number {
    const last = this.#epochs.at(-1);
    const value = last && measureOf(last, name);
    if (value === undefined) {
      const measured = last && [...measuresOf(last).keys()].join(", ");
      throw new ValueError(
        `history: ${name} must have been measured, got ${measured ?? "no complete epoch"}. ` +
          (name.startsWith("validation")
            ? "Pass { validation: data } to fit."
            : name === "accuracy" || !last
              ? "Train for an epoch, with int32 labels."
              : "Pass { metrics } to fit, or choose another name."),
      );
    }
    return value;
  }

  /** Says from now on where the run stands. @internal */
  follow(place: () => TrainingPlace): void {
    this.#place = place;
  }

  /** Takes note of a complete epoch. @internal */
  add(record: EpochRecord): void {
    this.#epochs.push(record);
  }

  /** Adds what a callback saw: plain JSON, which `toJSON` and checkpoints keep. */
  addInspection(inspection: Inspection): void {
    this.#inspections.push(inspection);
  }

  /** What `console.log` shows: `History of 20 epochs: loss 0.02345, accuracy 99.41 %, validation loss 0.06789, ...`. */
  toString(): string {
    const last = this.#epochs.at(-1);
    const measures = last ? [...measuresOf(last)].map(([name, value]) => `${name} ${formatNumber(value)}`) : [];
    const count = `${this.#epochs.length} epoch${this.#epochs.length === 1 ? "" : "s"}`;
    return [
      `History of ${count}`,
      ...(last ? [`: ${measures.join(", ")}`] : []),
      ...(this.stopped === undefined ? [] : [`; stopped: ${this.stopped}`]),
    ].join("");
  }

  /** What `JSON.stringify` writes; `History.fromJSON` reads it. */
  toJSON(): HistoryJson {
    return plainNumbers({
      epochs: this.#epochs,
      ...(this.stopped === undefined ? {} : { stopped: this.stopped }),
      ...(this.#inspections.length === 0 ? {} : { inspections: this.#inspections }),
    }) as HistoryJson;
  }
}

showAsText(History.prototype);
