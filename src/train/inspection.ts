import { flag, list, number, optional, type Reader, record, text, tuple, whole } from "../base/codec.ts";

/** How the elements of a tensor are distributed: counts of elements in bins of equal width. */
export interface Histogram {
  /** Where the first bin begins: the least element. */
  readonly low: number;
  /** Where the last bin ends: the largest element. */
  readonly high: number;
  /** How many elements lie in each bin. */
  readonly counts: readonly number[];
}

/** One variable after a step. Norms are Euclidean, and left out where they are not finite: JSON has no infinity. */
export interface VariableInspection {
  /** With the names of model and layer: `dnn/hidden1/kernel`. */
  readonly name: string;
  /** ‖w‖ after the step. */
  readonly norm?: number;
  /** ‖g‖ of the loss on the step's batch, before clipping; none where the step does not train the variable. */
  readonly gradientNorm?: number;
  /** ‖Δw‖ / ‖w‖: by which part of itself the step has changed the variable. */
  readonly updateRatio?: number;
  /** Of the elements; only now and then. */
  readonly histogram?: Histogram;
  /** Whether the gradient or the variable held NaN or an infinite number. */
  readonly isNonFinite?: boolean;
}

/** What an activation put out for a fixed sample of examples. */
export interface ActivationInspection {
  /** The layer that it belongs to, without the model's name: `hidden1`. */
  readonly layer: string;
  /** Its name: `relu`. */
  readonly activation: string;
  /** The fraction of outputs where it is (nearly) flat, so that no gradient passes; none where it never is. */
  readonly saturated?: number;
  /** The fraction of units that are so for every example of the sample: nothing trains them any more. */
  readonly dead?: number;
  /** The mean of the outputs, where they are finite. */
  readonly mean?: number;
  /** Their standard deviation. */
  readonly deviation?: number;
}

/** A wrong prediction. */
export interface Mistake {
  /** The row of the data set. */
  readonly row: number;
  /** What it is. */
  readonly label: number;
  /** What it was taken for. */
  readonly predicted: number;
  /** What the model gave for its prediction, from 0 to 1. */
  readonly probability: number;
  /** What the model gave for the label, from 0 to 1. */
  readonly labelProbability: number;
  /** The pixels from 0 to 255, row by row, as base64; where the examples are images. */
  readonly pixels?: string;
}

/** What a model of classes does with a data set. */
export interface ClassInspection {
  /** What the data are called. */
  readonly data: string;
  /** How many examples they have. */
  readonly examples: number;
  /** How many examples of class `row` were taken for class `column`. */
  readonly confusion: readonly (readonly number[])[];
  /** The most confident mistakes, worst first. */
  readonly mistakes: readonly Mistake[];
  /** Height, width and channels (1 or 3) of their pixels. */
  readonly imageShape?: readonly [height: number, width: number, channels: number];
}

/** A prediction of a number, and what it should have been. */
export interface Residual {
  /** The row of the data set. */
  readonly row: number;
  /** What it is. */
  readonly target: number;
  /** What the model gave. */
  readonly predicted: number;
}

/** One output of a model of numbers. */
export interface OutputInspection {
  /** 1 - Σ(target - predicted)² / Σ(target - mean)²; none where all targets are the same. */
  readonly rSquared?: number;
  /** The mean of |target - predicted|. */
  readonly meanAbsoluteError?: number;
  /** Some of the examples, evenly from all of them. */
  readonly some: readonly Residual[];
  /** Those that are furthest off, worst first. */
  readonly worst: readonly Residual[];
}

/** What a model of numbers does with a data set. */
export interface ValueInspection {
  /** What the data are called. */
  readonly data: string;
  /** How many examples they have. */
  readonly examples: number;
  /** The first outputs of the model, in their order. */
  readonly outputs: readonly OutputInspection[];
}

/** What was trained, and how. */
export interface SetupInspection {
  /** The name of the model. */
  readonly model: string;
  /** `model.summary()` */
  readonly summary?: string;
  /** What the classes are called, in the order of their labels. */
  readonly classNames?: readonly string[];
  /** Options and sizes in the order in which they are to be read. */
  readonly facts: readonly (readonly [name: string, value: string])[];
}

/** What somebody who looked into a run saw after one step: plain JSON, of which each part may be missing. */
export interface Inspection {
  /** Steps of the optimizer, this one included. */
  readonly step: number;
  /** Epochs that were done: 1.5 is in the middle of the second. */
  readonly epoch: number;
  /** Of the step's batch, with penalties. */
  readonly loss?: number;
  /** The variables, after the step. */
  readonly variables?: readonly VariableInspection[];
  /** The activations of the layers. */
  readonly activations?: readonly ActivationInspection[];
  /** What the model takes the examples of each class for. */
  readonly classes?: ClassInspection;
  /** What the model gives for numbers that it is to predict. */
  readonly values?: ValueInspection;
  /** What is trained, and how; in the first inspection of a run. */
  readonly setup?: SetupInspection;
}

const histogram = /* @__PURE__ */ record<Histogram>(() => ({ low: number, high: number, counts: list(number) }));

const variable = /* @__PURE__ */ record<VariableInspection>(() => ({
  name: text,
  norm: optional(number),
  gradientNorm: optional(number),
  updateRatio: optional(number),
  histogram: optional(histogram),
  isNonFinite: optional(flag),
}));

const activation = /* @__PURE__ */ record<ActivationInspection>(() => ({
  layer: text,
  activation: text,
  saturated: optional(number),
  dead: optional(number),
  mean: optional(number),
  deviation: optional(number),
}));

const mistake = /* @__PURE__ */ record<Mistake>(() => ({
  row: whole,
  label: whole,
  predicted: whole,
  probability: number,
  labelProbability: number,
  pixels: optional(text),
}));

const classes = /* @__PURE__ */ record<ClassInspection>(() => ({
  data: text,
  examples: whole,
  confusion: list(list(number)),
  mistakes: list(mistake),
  imageShape: optional(tuple<[number, number, number]>(whole, whole, whole)),
}));

const residual = /* @__PURE__ */ record<Residual>(() => ({ row: whole, target: number, predicted: number }));

const output = /* @__PURE__ */ record<OutputInspection>(() => ({
  rSquared: optional(number),
  meanAbsoluteError: optional(number),
  some: list(residual),
  worst: list(residual),
}));

const values = /* @__PURE__ */ record<ValueInspection>(() => ({ data: text, examples: whole, outputs: list(output) }));

const setup = /* @__PURE__ */ record<SetupInspection>(() => ({
  model: text,
  summary: optional(text),
  classNames: optional(list(text)),
  facts: list(tuple<[string, string]>(text, text)),
}));

/** Reads an inspection of a file. */
export const inspectionReader: Reader<Inspection> = /* @__PURE__ */ record<Inspection>(() => ({
  step: whole,
  epoch: number,
  loss: optional(number),
  variables: optional(list(variable)),
  activations: optional(list(activation)),
  classes: optional(classes),
  values: optional(values),
  setup: optional(setup),
}));
