import { flag, list, number, optional, type Reader, record, text, tuple, whole } from "../../base/codec.ts";

/** How the elements of a tensor are distributed: counts of elements in bins of equal width. */
export interface Histogram {
  /** The begin of the first bin: the least element. */
  readonly low: number;
  /** The end of the last bin: the largest element. */
  readonly high: number;
  /** The number of elements in each bin. */
  readonly counts: readonly number[];
}

/** One variable after a step. Norms are Euclidean, and left out where they are not finite: JSON has no infinity. */
export interface VariableInspection {
  /** With the names of model and layer: `dnn/hidden1/kernel`. */
  readonly name: string;
  /** ‖w‖ after the step. */
  readonly norm?: number;
  /** ‖g‖ of the loss on the step's batch, before clipping; missing where the step does not train the variable. */
  readonly gradientNorm?: number;
  /** ‖Δw‖ / ‖w‖: the relative change of the variable by the step. */
  readonly updateRatio?: number;
  /** The distribution of its elements; not in every inspection. */
  readonly histogram?: Histogram;
  /** Whether the gradient or the variable held NaN or an infinite number. */
  readonly isNonFinite?: boolean;
}

/** The outputs of an activation for a fixed sample of examples. */
export interface ActivationInspection {
  /** Its layer, without the model's name: `hidden1`. */
  readonly layer: string;
  /** Its name: `relu`. */
  readonly activation: string;
  /** The fraction of outputs where it is (nearly) flat, so that no gradient passes; missing for an activation that is never flat. */
  readonly saturated?: number;
  /**
   * The fraction of units that are saturated for every example of the sample: they no longer learn. A filter of a convolution
   * is one unit, saturated at every place.
   */
  readonly dead?: number;
  /** The mean of the outputs, if they are finite. */
  readonly mean?: number;
  /** Their standard deviation. */
  readonly deviation?: number;
}

/** The filters of a convolution that are pictures: they see one channel, or three, as red, green and blue. */
export interface FilterInspection {
  /** Its layer, without the model's name: `conv1`. */
  readonly layer: string;
  /** The number of its filters. */
  readonly filters: number;
  /** Height, width and channels (1 or 3) of a filter. */
  readonly imageShape: readonly [height: number, width: number, channels: number];
  /** The largest magnitude of a weight. */
  readonly largest: number;
  /** The first filters, each row by row as base64: 128 is a weight of 0, 1 is −`largest`, 255 is `largest`. */
  readonly pictures: readonly string[];
}

/** The outputs of a layer of images for one example. */
export interface FeatureMapInspection {
  /** Its layer, without the model's name: `conv1`. */
  readonly layer: string;
  /** The number of its channels. */
  readonly channels: number;
  /** Height, width and 1: a map is one channel. */
  readonly imageShape: readonly [height: number, width: number, channels: number];
  /** The least output of all channels, which 0 means in the maps. */
  readonly low: number;
  /** The largest output of all channels, which 255 means. */
  readonly high: number;
  /** The first channels, each row by row as base64. */
  readonly maps: readonly string[];
}

/** What the layers of images compute for one example. */
export interface ExampleInspection {
  /** The name of the data. */
  readonly data: string;
  /** The row of the example. */
  readonly row: number;
  /** Its pixels from 0 to 255, row by row, as base64; only for images. */
  readonly pixels?: string;
  /** Height, width and channels (1 or 3) of the pixels. */
  readonly imageShape?: readonly [height: number, width: number, channels: number];
  /** The layers, from the input on. */
  readonly layers: readonly FeatureMapInspection[];
}

/** A wrong prediction. */
export interface Mistake {
  /** The row of the data set. */
  readonly row: number;
  /** Its class. */
  readonly label: number;
  /** The class that the model predicted. */
  readonly predicted: number;
  /** The predicted probability of that class, from 0 to 1. */
  readonly probability: number;
  /** The predicted probability of the label, from 0 to 1. */
  readonly labelProbability: number;
  /** The pixels from 0 to 255, row by row, as base64; only for images. */
  readonly pixels?: string;
}

/** The predictions of a classifier for a data set. */
export interface ClassInspection {
  /** The name of the data. */
  readonly data: string;
  /** The number of examples. */
  readonly examples: number;
  /** The number of examples of class `row` that were predicted as class `column`. */
  readonly confusion: readonly (readonly number[])[];
  /** The most confident mistakes, worst first. */
  readonly mistakes: readonly Mistake[];
  /** Height, width and channels (1 or 3) of their pixels. */
  readonly imageShape?: readonly [height: number, width: number, channels: number];
}

/** A prediction of a number, and its target. */
export interface Residual {
  /** The row of the data set. */
  readonly row: number;
  /** Its target. */
  readonly target: number;
  /** The prediction. */
  readonly predicted: number;
}

/** One output of a regression model. */
export interface OutputInspection {
  /** 1 - Σ(target - predicted)² / Σ(target - mean)²; missing where all targets are equal. */
  readonly rSquared?: number;
  /** The mean of |target - predicted|. */
  readonly meanAbsoluteError?: number;
  /** Some of the examples, evenly spaced. */
  readonly some: readonly Residual[];
  /** The examples with the largest errors, worst first. */
  readonly worst: readonly Residual[];
}

/** The predictions of a regression model for a data set. */
export interface ValueInspection {
  /** The name of the data. */
  readonly data: string;
  /** The number of examples. */
  readonly examples: number;
  /** The first outputs of the model, in order. */
  readonly outputs: readonly OutputInspection[];
}

/** The model and the options of a run. */
export interface SetupInspection {
  /** The name of the model. */
  readonly model: string;
  /** `model.summary()` */
  readonly summary?: string;
  /** The names of the classes, in the order of their labels. */
  readonly classNames?: readonly string[];
  /** Options and sizes in reading order. */
  readonly facts: readonly (readonly [name: string, value: string])[];
}

/** Measurements inside a model after one step, as plain JSON; each part may be missing. */
export interface Inspection {
  /** The number of optimizer steps so far, including this step. */
  readonly step: number;
  /** The number of epochs so far: 1.5 is in the middle of the second. */
  readonly epoch: number;
  /** The loss on the step's batch, with penalties. */
  readonly loss?: number;
  /** The variables, after the step. */
  readonly variables?: readonly VariableInspection[];
  /** The activations of the layers. */
  readonly activations?: readonly ActivationInspection[];
  /** The filters of convolutions; after the first step and at the end. */
  readonly filters?: readonly FilterInspection[];
  /** The feature maps of an example; at the end. */
  readonly example?: ExampleInspection;
  /** The predictions of a classifier. */
  readonly classes?: ClassInspection;
  /** The predictions of a regression model. */
  readonly values?: ValueInspection;
  /** The model and the options; in the first inspection of a run. */
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

const imageShape = /* @__PURE__ */ tuple<[number, number, number]>(whole, whole, whole);

const filter = /* @__PURE__ */ record<FilterInspection>(() => ({
  layer: text,
  filters: whole,
  imageShape,
  largest: number,
  pictures: list(text),
}));

const featureMap = /* @__PURE__ */ record<FeatureMapInspection>(() => ({
  layer: text,
  channels: whole,
  imageShape,
  low: number,
  high: number,
  maps: list(text),
}));

const example = /* @__PURE__ */ record<ExampleInspection>(() => ({
  data: text,
  row: whole,
  pixels: optional(text),
  imageShape: optional(imageShape),
  layers: list(featureMap),
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
  imageShape: optional(imageShape),
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
  filters: optional(list(filter)),
  example: optional(example),
  classes: optional(classes),
  values: optional(values),
  setup: optional(setup),
}));
