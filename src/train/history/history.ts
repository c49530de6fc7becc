import { decode, type Fields, list, optional, record, text } from "../../base/codec.ts";
import { ValueError } from "../../base/errors.ts";
import { inspectText } from "../../base/inspectText.ts";
import { checkOption, copyPlain, listOf, type OptionRule, required, text as textRule } from "../../base/options.ts";
import { plainNumbers, revivedNumbers } from "../../io/model/json.ts";
import type { TrainingPlace } from "../batches/position.ts";
import { type EpochRecord, epochReader, type Monitor, measureOf, measuresOf } from "./epochRecord.ts";
import { type Inspection, inspectionReader } from "./inspection.ts";
import { shortNumber } from "./numberText.ts";

/** A history as JSON: numbers that are not finite, which JSON lacks, are texts (`"NaN"`). */
export interface HistoryJson {
  /** The complete epochs, oldest first. */
  readonly epochs: readonly Readonly<Record<string, unknown>>[];
  /** Why training stopped, if it did. */
  readonly stopped?: string;
  /** The measurements of callbacks inside the model. */
  readonly inspections?: readonly Inspection[];
}

/** The part of a history that its JSON and a checkpoint share. */
export interface RecordedHistory {
  readonly epochs: readonly EpochRecord[];
  readonly stopped?: string;
  readonly inspections?: readonly Inspection[];
}

export const historyFields = (): Fields<RecordedHistory> => ({
  epochs: list(epochReader),
  stopped: optional(text),
  inspections: optional(list(inspectionReader)),
});

const jsonReader = /* @__PURE__ */ record<RecordedHistory>(() => ({
  ...historyFields(),
  epochs: list((epoch) => epochReader(revivedNumbers(epoch))),
}));

const records: OptionRule = /* @__PURE__ */ listOf("records", (entry) => typeof entry === "object" && entry !== null);

const notCloned: symbol = /* @__PURE__ */ Symbol("history: pass the result of toJSON(), a history");

/**
 * The measurements of a training run, epoch by epoch.
 * @example
 * const history = new History([{ epoch: 0, loss: 0.5, steps: 10, seconds: 0.1 }]);
 * history.last("loss"); // 0.5
 * const text = JSON.stringify(history); // for a file or a chart
 * History.fromJSON(JSON.parse(text)).last("loss"); // 0.5
 */
export class History {
  /** The text of the error of structuredClone and postMessage, which would copy in part: no symbol can be cloned. @internal */
  readonly notCloned: symbol = notCloned;
  readonly #epochs: EpochRecord[];
  readonly #inspections: Inspection[];
  #position: (() => TrainingPlace) | undefined;
  /** Why training stopped before the last epoch; undefined when it did not stop early. */
  stopped: string | undefined;

  /**
   * @param epochs The epochs of an earlier run, from which `fit` resumes.
   * @param inspections The inspections of that run.
   */
  constructor(epochs: readonly EpochRecord[] = [], inspections: readonly Inspection[] = []) {
    checkOption("History", "epochs", epochs, records);
    checkOption("History", "inspections", inspections, records);
    this.#epochs = copyPlain([...epochs], "History");
    this.#inspections = copyPlain([...inspections], "History");
  }

  /**
   * Reads the JSON of `toJSON`.
   * @throws DataError for anything else.
   */
  static fromJSON(value: unknown): History {
    const { epochs, stopped, inspections } = decode("History.fromJSON", "history", jsonReader, value);
    const history = new History(epochs, inspections);
    history.stopped = stopped;
    return history;
  }

  /**
   * The resume position: the epoch, the progress within it, and the states of callbacks, during the run and after its end.
   * Checkpoints save it, and `fit` resumes from it when the history is passed.
   */
  get place(): TrainingPlace {
    return this.#position?.() ?? { epoch: this.#epochs.length, callbacks: {} };
  }

  /** The complete epochs, oldest first. */
  get epochs(): readonly EpochRecord[] {
    return this.#epochs;
  }

  /** The measurements of callbacks inside the model (`inspector` of `gradus/report`), oldest first, for a report. */
  get inspections(): readonly Inspection[] {
    return this.#inspections;
  }

  /**
   * The value after the last epoch.
   * @param name A measure (`"validationLoss"`), or a metric that was passed to `fit` (`"rSquared"`, `"validationRSquared"`).
   * @throws ValueError when no epoch was completed, or the last epoch lacks the measure.
   */
  last(name: Monitor): number {
    checkOption("history", "the name of a measure", name, required(textRule));
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

  /** Sets the function that returns the resume position. @internal */
  follow(position: () => TrainingPlace): void {
    this.#position = position;
  }

  /** Adds a complete epoch. @internal */
  add(record: EpochRecord): void {
    this.#epochs.push(record);
  }

  /** Adds a measurement inside the model, as plain JSON. `toJSON` and checkpoints keep it. */
  addInspection(inspection: Inspection): void {
    this.#inspections.push(copyPlain(inspection, "History"));
  }

  /** The text that `console.log` prints: `History of 20 epochs: loss 0.02345, accuracy 99.41 %, validation loss 0.06789, ...`. */
  toString(): string {
    const last = this.#epochs.at(-1);
    const measures = last ? [...measuresOf(last)].map(([name, value]) => `${name} ${shortNumber(value)}`) : [];
    const count = `${this.#epochs.length} epoch${this.#epochs.length === 1 ? "" : "s"}`;
    return [
      `History of ${count}`,
      ...(last ? [`: ${measures.join(", ")}`] : []),
      ...this.#epochs.flatMap(({ epoch, warning }) => (warning ? [`; epoch ${epoch + 1}: ${warning}`] : [])),
      ...(this.stopped === undefined ? [] : [`; stopped: ${this.stopped}`]),
    ].join("");
  }

  /** The value that `JSON.stringify` writes; `History.fromJSON` reads it. */
  toJSON(): HistoryJson {
    return plainNumbers({
      epochs: this.#epochs,
      ...(this.stopped === undefined ? {} : { stopped: this.stopped }),
      ...(this.#inspections.length === 0 ? {} : { inspections: this.#inspections }),
    }) as HistoryJson;
  }
}

inspectText(History.prototype);
