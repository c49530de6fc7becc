import { ValueError } from "../tensor/errors.ts";
import type { Inspection } from "./inspection.ts";
import type { TrainingPlace } from "./place.ts";

/** What is measured in every epoch. */
export type Metric = "loss" | "accuracy" | "validationLoss" | "validationAccuracy";

const metrics: readonly Metric[] = ["loss", "accuracy", "validationLoss", "validationAccuracy"];

/** What one epoch brought. */
export interface EpochRecord {
  /** Counted from 0. */
  readonly epoch: number;
  /** The mean loss of the training batches, each before its step, with penalties on the weights. */
  readonly loss: number;
  /** The fraction of the training examples that were classified rightly, each batch before its step. */
  readonly accuracy?: number;
  /** The loss on the validation data after the epoch, without penalties. */
  readonly validationLoss?: number;
  /** The accuracy on the validation data after the epoch. */
  readonly validationAccuracy?: number;
  /** Training steps in this epoch. */
  readonly steps: number;
  /** The time that training took, in seconds, without validation. */
  readonly seconds: number;
}

/**
 * What a training run brought, epoch by epoch.
 * @example
 * const history = new History([{ epoch: 0, loss: 0.5, steps: 10, seconds: 0.1 }]);
 * history.last("loss"); // 0.5
 * JSON.stringify(history); // for a file or a chart
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

  /** Adds what a callback saw: plain JSON, which `toJSON` and checkpoints keep. */
  addInspection(inspection: Inspection): void {
    this.#inspections.push(inspection);
  }

  /**
   * The value after the last epoch.
   * @throws ValueError when there is none: no epoch was completed, or it was not measured.
   */
  last(metric: Metric): number {
    const last = this.#epochs.at(-1);
    const value = last?.[metric];
    if (value === undefined) {
      const measured = last && metrics.filter((one) => last[one] !== undefined).join(", ");
      throw new ValueError(
        `history: ${metric} must have been measured, got ${measured ?? "no complete epoch"}. ` +
          (metric.startsWith("validation")
            ? "Pass { validation: data } to fit."
            : "Train for an epoch, with int32 labels."),
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

  /** What `JSON.stringify` writes; `new History(json.epochs, json.inspections)` reads it. */
  toJSON(): {
    readonly epochs: readonly EpochRecord[];
    readonly stopped?: string;
    readonly inspections?: readonly Inspection[];
  } {
    return {
      epochs: this.#epochs,
      ...(this.stopped === undefined ? {} : { stopped: this.stopped }),
      ...(this.#inspections.length === 0 ? {} : { inspections: this.#inspections }),
    };
  }
}
