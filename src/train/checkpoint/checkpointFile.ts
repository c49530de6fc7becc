import {
  damaged,
  list,
  map,
  number,
  object,
  oneOf,
  optional,
  type Reader,
  record,
  text,
  tuple,
  whole,
} from "../../base/codec.ts";
import { besideModelName } from "../../io/model/formatVersion.ts";
import { type OptimizerRecord, optimizerReader } from "../../io/model/optimizerFile.ts";
import { type RandomRecord, randomReader } from "../../io/model/randomFile.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { CallbackState, EpochProgress } from "../batches/position.ts";
import { History, historyFields, type RecordedHistory } from "../history/history.ts";

/** A training run as a checkpoint describes it, beside its model and tensors. */
export interface TrainingRecord {
  readonly optimizer: OptimizerRecord;
  readonly random: readonly RandomRecord[];
  readonly history: HistoryRecord;
}

/** A history and its resume position as a checkpoint describes them. */
export interface HistoryRecord extends RecordedHistory {
  readonly progress?: EpochProgress;
  readonly passed?: number;
  readonly callbacks: readonly CallbackRecord[];
}

interface CallbackRecord {
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** The names of its tensors; their values are tensors of the file. */
  readonly tensors: readonly string[];
}

const maxCallbacks = 1000;
const maxStatistics = 2 ** 24;

const progressReader = /* @__PURE__ */ record<EpochProgress>(() => ({
  step: whole,
  batch: whole,
  batchSize: optional(whole),
  remainder: optional(oneOf("even", "keep", "drop")),
  examples: optional(whole),
  order: optional(tuple<[number, number]>(whole, whole)),
  stepsPerEpoch: optional(whole),
  checksum: optional(whole),
  lossSum: number,
  seen: whole,
  correct: optional(whole),
  learningRate: optional(number),
  metrics: optional(map(list(number, maxStatistics))),
  seconds: number,
}));

const callbackReader = /* @__PURE__ */ record<CallbackRecord>(() => ({
  name: text,
  values: object,
  tensors: list(text),
}));

const historyReader = /* @__PURE__ */ record<HistoryRecord>(() => ({
  ...historyFields(),
  progress: optional(progressReader),
  passed: optional(whole),
  callbacks: list(callbackReader, maxCallbacks),
}));

/** Reads the training run of a checkpoint. */
export const trainingReader: Reader<TrainingRecord> = /* @__PURE__ */ record<TrainingRecord>(() => ({
  optimizer: optimizerReader,
  random: list(randomReader),
  history: historyReader,
}));

const tensorName = (callback: number, key: string): string => besideModelName("callbacks", String(callback), key);

/** The record of a history and its resume position; the tensors of callbacks are added to those of the file. */
export const describeHistory = (history: History, tensors: Map<string, Tensor>): HistoryRecord => {
  const { progress, passed, callbacks } = history.place;
  const records = Object.entries(callbacks).map(([name, state], index): CallbackRecord => {
    for (const [key, value] of Object.entries(state.tensors)) tensors.set(tensorName(index, key), value);
    return { name, values: state.values, tensors: Object.keys(state.tensors) };
  });
  const { epochs, stopped, inspections } = history;
  return {
    epochs,
    ...(stopped === undefined ? {} : { stopped }),
    ...(inspections.length === 0 ? {} : { inspections }),
    ...(progress ? { progress } : {}),
    ...(passed === undefined ? {} : { passed }),
    callbacks: records,
  };
};

/**
 * The history of a record, with its resume position.
 * @throws DataError for an interrupted epoch whose numbers contradict each other, and for callbacks without their tensors.
 */
export const makeHistory = (where: string, saved: HistoryRecord, tensors: ReadonlyMap<string, Tensor>): History => {
  const { epochs, stopped, inspections, progress, passed, callbacks } = saved;
  if (progress) checkProgressRecord(where, progress);
  const history = new History(epochs, inspections);
  history.stopped = stopped;
  const position = {
    epoch: epochs.length,
    ...(progress ? { progress } : {}),
    ...(passed === undefined ? {} : { passed }),
    callbacks: Object.fromEntries(
      callbacks.map((callback, index) => [callback.name, stateOf(where, callback, index, tensors)]),
    ),
  };
  history.follow(() => position);
  return history;
};

const checkProgressRecord = (where: string, progress: EpochProgress): void => {
  const { batch, seen, batchSize, remainder, examples = Infinity } = progress;
  if (Number.isFinite(examples) && (batchSize === undefined || remainder === undefined)) {
    throw damaged(where, "an interrupted epoch of a data set must have batchSize and remainder", "neither or one");
  }
  if (batch > 0 && batch <= seen && seen <= examples) return;
  throw damaged(
    where,
    "an interrupted epoch must have done from 1 batch to all examples",
    `${batch} batches with ${seen} of ${examples} examples`,
  );
};

const stateOf = (
  where: string,
  { name, values, tensors: keys }: CallbackRecord,
  index: number,
  tensors: ReadonlyMap<string, Tensor>,
): CallbackState => {
  const entries = keys.map((key): [string, Tensor] => {
    const tensor = tensors.get(tensorName(index, key));
    if (!tensor) throw damaged(where, `"${key}" of ${name} must have values`, "none");
    return [key, tensor];
  });
  return { values, tensors: Object.fromEntries(entries) };
};
