import { anything, map, number, optional, type Reader, record, text, whole } from "../../base/codec.ts";

/** The measurements of one epoch. */
export interface EpochRecord {
  /** Counted from 0. */
  readonly epoch: number;
  /** The mean loss of the training batches, each before its step, with penalties on the weights. */
  readonly loss: number;
  /** The fraction of the training examples that were classified correctly, each batch before its step. */
  readonly accuracy?: number;
  /** The loss on the validation data after the epoch, without penalties. */
  readonly validationLoss?: number;
  /** The accuracy on the validation data after the epoch. */
  readonly validationAccuracy?: number;
  /** The metrics that were passed to `fit`, on the training batches, each before its step. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** The same metrics on the validation data after the epoch. */
  readonly validationMetrics?: Readonly<Record<string, number>>;
  /** The results of metrics that are not numbers, such as a confusion matrix, as plain JSON. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The same for the validation data. */
  readonly validationDetails?: Readonly<Record<string, unknown>>;
  /**
   * That the validation loss is not finite, and the first example at fault; only in the epoch where that begins. Progress,
   * `console.log(history)` and reports show it.
   */
  readonly warning?: string;
  /** The learning rate of the epoch's last step. */
  readonly learningRate?: number;
  /** The number of training steps in this epoch. */
  readonly steps: number;
  /** The time of training in seconds, without validation and callbacks. */
  readonly seconds: number;
}

/**
 * The name of a measurement of every epoch: one of these, the name of a metric that was passed to `fit`, or `validation`
 * followed by that name with a capital (`validationRSquared`).
 */
export type Monitor =
  | "loss"
  | "accuracy"
  | "validationLoss"
  | "validationAccuracy"
  | "learningRate"
  // Any other name; written so, editors still suggest the names above.
  | (string & Record<never, never>);

/** The name of a metric on the validation data. */
export const validationName = (name: string): string => `validation${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/** The measurements of an epoch, by name. */
export const measuresOf = (record: EpochRecord): ReadonlyMap<string, number> => {
  const measures = new Map<string, number>();
  const add = (name: string, value: number | undefined): void => {
    if (value !== undefined && !measures.has(name)) measures.set(name, value);
  };
  add("loss", record.loss);
  add("accuracy", record.accuracy);
  for (const [name, value] of Object.entries(record.metrics ?? {})) add(name, value);
  add("validationLoss", record.validationLoss);
  add("validationAccuracy", record.validationAccuracy);
  for (const [name, value] of Object.entries(record.validationMetrics ?? {})) add(validationName(name), value);
  return measures;
};

/** A measurement by its name; undefined when the epoch does not have it. */
export const measureOf = (record: EpochRecord, name: Monitor): number | undefined =>
  name === "learningRate" ? record.learningRate : measuresOf(record).get(name);

const maxMetrics = 1000;

/** Reads an epoch of a file. */
export const epochReader: Reader<EpochRecord> = /* @__PURE__ */ record<EpochRecord>(() => ({
  epoch: whole,
  loss: number,
  accuracy: optional(number),
  validationLoss: optional(number),
  validationAccuracy: optional(number),
  metrics: optional(map(number, maxMetrics)),
  validationMetrics: optional(map(number, maxMetrics)),
  details: optional(map(anything, maxMetrics)),
  validationDetails: optional(map(anything, maxMetrics)),
  warning: optional(text),
  learningRate: optional(number),
  steps: whole,
  seconds: number,
}));
