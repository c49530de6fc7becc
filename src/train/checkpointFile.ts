import { besideModelName } from "../io/format.ts";
import { asList, asNumber, asRecord, asText, asWhole, damaged } from "../io/json.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type EpochRecord, epochOf } from "./epochRecord.ts";
import { History } from "./history.ts";
import type { Inspection } from "./inspection.ts";
import { inspectionsOf } from "./inspectionFile.ts";
import type { MetricState } from "./metricSums.ts";
import type { CallbackState, EpochProgress, TrainingPlace } from "./position.ts";

/** A training run as a file says it. */
export interface HistoryRecord {
  readonly epochs: readonly EpochRecord[];
  readonly stopped?: string;
  readonly inspections?: readonly Inspection[];
  readonly progress?: EpochProgress;
  readonly passed?: number;
  readonly callbacks: readonly {
    readonly name: string;
    readonly values: Readonly<Record<string, unknown>>;
    readonly tensors: readonly string[];
  }[];
}

const maxEpochs = 2 ** 20;
const maxStatistics = 2 ** 24;
const maxCallbacks = 1000;
const maxTensors = 2 ** 20;

const tensorName = (callback: number, key: string): string => besideModelName("callbacks", String(callback), key);

/** What a file says of a history and its place; tensors of callbacks are added to those of the file. */
export const describeHistory = (history: History, tensors: Map<string, Tensor>): HistoryRecord => {
  const { progress, passed, callbacks } = history.place;
  const records = Object.entries(callbacks).map(([name, state], index) => {
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

/** The history of a file, whose place is where the run stood. @throws DataError for a record that is damaged. */
export const makeHistory = (where: string, value: unknown, tensors: ReadonlyMap<string, Tensor>): History => {
  const record = asRecord(where, "the history", value);
  const epochs = asList(where, "the epochs", record.epochs, maxEpochs).map((one) => epochOf(where, one));
  const inspections = record.inspections === undefined ? [] : inspectionsOf(where, record.inspections);
  const history = new History(epochs, inspections);
  if (record.stopped !== undefined) history.stopped = asText(where, "the reason of a stop", record.stopped);
  const progress = record.progress === undefined ? {} : { progress: progressOf(where, record.progress) };
  const callbacks = asList(where, "the callbacks", record.callbacks, maxCallbacks).map((one, index) =>
    callbackOf(where, one, index, tensors),
  );
  const passed = record.passed === undefined ? {} : { passed: asWhole(where, "passed", record.passed) };
  const place: TrainingPlace = {
    epoch: epochs.length,
    ...progress,
    ...passed,
    callbacks: Object.fromEntries(callbacks),
  };
  history.follow(() => place);
  return history;
};

const progressOf = (where: string, value: unknown): EpochProgress => {
  const record = asRecord(where, "the epoch that was interrupted", value);
  const whole = (name: keyof EpochProgress): number => asWhole(where, `${name} of that epoch`, record[name]);
  const optional = (name: keyof EpochProgress): Partial<EpochProgress> =>
    record[name] === undefined ? {} : { [name]: whole(name) };
  const order = record.order === undefined ? undefined : asList(where, "the order", record.order, 2);
  const progress: EpochProgress = {
    step: whole("step"),
    batch: whole("batch"),
    ...(record.examples === undefined ? {} : cutOf(where, record.remainder, whole)),
    ...(order ? { order: [asWhole(where, "a key", order[0]), asWhole(where, "a key", order[1])] } : {}),
    ...optional("stepsPerEpoch"),
    ...optional("checksum"),
    lossSum: asNumber(where, "lossSum of that epoch", record.lossSum),
    seen: whole("seen"),
    ...optional("correct"),
    ...(record.learningRate === undefined
      ? {}
      : { learningRate: asNumber(where, "learningRate of that epoch", record.learningRate) }),
    ...(record.metrics === undefined ? {} : { metrics: statisticsOf(where, record.metrics) }),
    seconds: asNumber(where, "seconds of that epoch", record.seconds),
  };
  const { batch, seen, examples = Infinity } = progress;
  if (batch > 0 && batch <= seen && seen <= examples) return progress;
  throw damaged(
    where,
    "an interrupted epoch must have done from 1 batch to all examples",
    `${batch} batches with ${seen} of ${examples} examples`,
  );
};

const cutOf = (
  where: string,
  value: unknown,
  whole: (name: keyof EpochProgress) => number,
): Pick<EpochProgress, "batchSize" | "remainder" | "examples"> => {
  const remainder = (["even", "keep", "drop"] as const).find((one) => one === value);
  if (!remainder) throw damaged(where, "remainder must be even, keep or drop", "something else");
  return { batchSize: whole("batchSize"), remainder, examples: whole("examples") };
};

const statisticsOf = (where: string, value: unknown): MetricState =>
  Object.fromEntries(
    Object.entries(asRecord(where, "the metrics of that epoch", value)).map(([name, one]) => [
      name,
      asList(where, `the metric ${name}`, one, maxStatistics).map((number) => asNumber(where, name, number)),
    ]),
  );

const callbackOf = (
  where: string,
  value: unknown,
  index: number,
  tensors: ReadonlyMap<string, Tensor>,
): [string, CallbackState] => {
  const record = asRecord(where, "the state of a callback", value);
  const name = asText(where, "the name of a callback", record.name);
  const found = asList(where, `the tensors of ${name}`, record.tensors, maxTensors).map((one): [string, Tensor] => {
    const key = asText(where, "the name of a tensor", one);
    const tensor = tensors.get(tensorName(index, key));
    if (!tensor) throw damaged(where, `"${key}" of ${name} must have values`, "none");
    return [key, tensor];
  });
  return [
    name,
    { values: asRecord(where, `the values of ${name}`, record.values), tensors: Object.fromEntries(found) },
  ];
};
