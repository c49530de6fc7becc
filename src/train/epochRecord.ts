import { anything, map, number, optional, type Reader, record, whole } from "../base/codec.ts";

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
  /** What the metrics that were passed to `fit` say of the training batches, each before its step. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** What they say of the validation data after the epoch. */
  readonly validationMetrics?: Readonly<Record<string, number>>;
  /** What metrics say that give more than a number, such as a confusion matrix: plain JSON. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The same of the validation data. */
  readonly validationDetails?: Readonly<Record<string, unknown>>;
  /** The learning rate of the epoch's last step. */
  readonly learningRate?: number;
  /** Training steps in this epoch. */
  readonly steps: number;
  /** The time that training took, in seconds, without validation and without what callbacks did. */
  readonly seconds: number;
}

/**
 * What is measured in every epoch: one of these, the name of a metric that was passed to `fit`, or `validation` and that
 * name with a capital (`validationRSquared`).
 */
export type Monitor =
  | "loss"
  | "accuracy"
  | "validationLoss"
  | "validationAccuracy"
  | "learningRate"
  // Any name, without losing the ones above from what an editor offers.
  | (string & Record<never, never>);

/** Under which name a metric of the validation data goes. */
export const validationName = (name: string): string => `validation${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/** What was measured in an epoch, by name. */
export const measuresOf = (record: EpochRecord): ReadonlyMap<string, number> => {
  const found = new Map<string, number>();
  const add = (name: string, value: number | undefined): void => {
    if (value !== undefined && !found.has(name)) found.set(name, value);
  };
  add("loss", record.loss);
  add("accuracy", record.accuracy);
  for (const [name, value] of Object.entries(record.metrics ?? {})) add(name, value);
  add("validationLoss", record.validationLoss);
  add("validationAccuracy", record.validationAccuracy);
  for (const [name, value] of Object.entries(record.validationMetrics ?? {})) add(validationName(name), value);
  return found;
};

/** The value of this name; undefined when it was not measured. */
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
  learningRate: optional(number),
  steps: whole,
  seconds: number,
}));
