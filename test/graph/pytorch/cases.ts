import {
  Activation,
  Adadelta,
  AdaGrad,
  Adam,
  Adamax,
  AdamW,
  Add,
  AveragePooling2D,
  BatchNorm,
  Concatenate,
  Conv2D,
  Conv2DTranspose,
  clipByGlobalNorm,
  clipByNorm,
  clipByValue,
  cosineDecay,
  cosineDecayRestarts,
  type Dataset,
  Dense,
  DepthwiseConv2D,
  Dropout,
  dataset,
  exponentialDecay,
  Flatten,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  huber,
  input,
  inverseTimeDecay,
  type Layer,
  LayerNorm,
  Lion,
  l1,
  l2,
  linearWarmUp,
  MaxPooling2D,
  Model,
  Momentum,
  Multiply,
  maxNorm,
  meanAbsoluteError,
  meanSquaredError,
  NAdam,
  Nesterov,
  type Optimizer,
  oneCycle,
  PReLU,
  piecewiseConstant,
  polynomialDecay,
  Random,
  RMSProp,
  randomUniform,
  Sequential,
  SGD,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  type Tensor,
  tensor,
} from "gradus";
import type { PyTorchContents } from "../../../src/graph/index.ts";
import { everyLayer } from "../../io/everyLayer.ts";

/** A run that is handed over, and compared with what PyTorch makes of it. */
export interface HandoverCase {
  readonly name: string;
  readonly model: () => Layer;
  readonly optimizer: () => Optimizer;
  readonly data: Dataset;
  readonly loss?: NonNullable<PyTorchContents["loss"]>;
  /** Whether training draws random numbers, so that only outputs are compared. */
  readonly isRandom?: boolean;
  /** Whether the run is repeated in two processes. */
  readonly inProcesses?: boolean;
  /** The steps before the handover. Default: 3. */
  readonly before?: number;
}

export const batchSize = 8;
export const examples = 40;

const random = new Random(21);

const inputs = (shape: readonly number[]): Tensor => randomUniform([examples, ...shape], { min: -1, max: 1, random });

/** Whole numbers from 0 to below `classes`. */
const classesOf = (classes: number, shape: readonly number[] = []): Tensor => {
  const values = randomUniform([examples, ...shape], { min: 0, max: classes, random });
  return tensor(Int32Array.from(values.data, Math.floor), { shape: [examples, ...shape], dtype: "int32" });
};

const labelled = (shape: readonly number[], classes: number): Dataset =>
  dataset({ x: inputs(shape), y: classesOf(classes) });

const dense = (): Layer =>
  new Sequential({
    name: "dnn",
    inputShape: [6],
    seed: 1,
    layers: [new Dense({ name: "hidden1", units: 8, activation: "tanh" }), new Dense({ name: "outputs", units: 3 })],
  });

const dataOfDense = labelled([6], 3);

const optimizers: Readonly<Record<string, () => Optimizer>> = {
  SGD: () => new SGD({ learningRate: 0.1 }),
  "SGD with weight decay": () => new SGD({ learningRate: 0.1, weightDecay: 0.01 }),
  Momentum: () => new Momentum({ learningRate: 0.05, momentum: 0.9, dampening: 0.1, variant: "pytorch" }),
  "Momentum 0": () => new Momentum({ learningRate: 0.05, momentum: 0 }),
  Nesterov: () => new Nesterov({ learningRate: 0.05, momentum: 0.9, weightDecay: 0.01 }),
  Adam: () => new Adam({ learningRate: 0.01, variant: "pytorch" }),
  "Adam with amsgrad": () => new Adam({ learningRate: 0.01, amsgrad: true, weightDecay: 0.01, variant: "pytorch" }),
  AdamW: () => new AdamW({ learningRate: 0.01, beta1: 0.8, variant: "pytorch" }),
  RMSProp: () => new RMSProp({ learningRate: 0.01, variant: "pytorch" }),
  "RMSProp centered": () =>
    new RMSProp({ learningRate: 0.01, centered: true, momentum: 0.5, decay: 0.9, variant: "pytorch" }),
  AdaGrad: () => new AdaGrad({ learningRateDecay: 0.1, variant: "pytorch" }),
  Adadelta: () => new Adadelta({ learningRate: 0.5, decay: 0.95, epsilon: 1e-6 }),
  Adamax: () => new Adamax({ learningRate: 0.01, variant: "pytorch" }),
  NAdam: () => new NAdam({ learningRate: 0.01, variant: "pytorch" }),
  Lion: () => new Lion({ learningRate: 0.001, weightDecay: 0.1 }),
};

const clips: Readonly<Record<string, () => Optimizer>> = {
  clipByValue: () => new SGD({ learningRate: 0.5, clip: clipByValue(-0.02, 0.03) }),
  clipByNorm: () => new SGD({ learningRate: 0.5, clip: clipByNorm(0.1) }),
  clipByGlobalNorm: () => new SGD({ learningRate: 0.5, clip: clipByGlobalNorm(0.1) }),
  "clipByGlobalNorm of PyTorch": () =>
    new SGD({ learningRate: 0.5, clip: clipByGlobalNorm(0.1, { variant: "pytorch" }) }),
};

const schedules = {
  exponentialDecay: exponentialDecay({ initial: 0.3, decaySteps: 5, decayRate: 0.5, staircase: true }),
  inverseTimeDecay: inverseTimeDecay({ initial: 0.3, decaySteps: 5, decayRate: 0.5 }),
  polynomialDecay: polynomialDecay({ initial: 0.3, decaySteps: 10, power: 2, cycle: true }),
  piecewiseConstant: piecewiseConstant({ boundaries: [5, 10], values: [0.3, 0.2, 0.1] }),
  cosineDecay: cosineDecay({ initial: 0.3, decaySteps: 15, alpha: 0.1 }),
  cosineDecayRestarts: cosineDecayRestarts({ initial: 0.3, firstDecaySteps: 4, peakFactor: 0.8 }),
  oneCycle: oneCycle({ max: 0.3, totalSteps: 23 }),
  "oneCycle in three phases": oneCycle({ max: 0.3, totalSteps: 30, anneal: "linear", threePhase: true }),
  linearWarmUp: linearWarmUp({ steps: 10, schedule: 0.3 }),
  "linearWarmUp to cosineDecay": linearWarmUp({
    steps: 10,
    startFactor: 0.1,
    schedule: cosineDecay({ initial: 0.3, decaySteps: 20 }),
  }),
};

const cnn = (): Layer =>
  new Sequential({
    name: "cnn",
    inputShape: [8, 9, 2],
    seed: 2,
    layers: [
      new Conv2D({ name: "conv-1", filters: 4, kernelSize: 3, padding: "same", strides: 2, useBias: false }),
      new BatchNorm({ momentum: 0.9 }),
      new MaxPooling2D({ poolSize: 3, strides: 1, padding: "same" }),
      new DepthwiseConv2D({ kernelSize: 2, depthMultiplier: 2, padding: "same", activation: "relu" }),
      new AveragePooling2D({ poolSize: 2, strides: 2, padding: "same" }),
      new Conv2DTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: "same" }),
      new LayerNorm(),
      new Flatten(),
      new Dense({ name: "class", units: 3 }),
    ],
  });

const nested = (): Layer => {
  const x = input({ shape: [6], name: "class" });
  const inner = new Sequential({
    name: "inner",
    layers: [
      new Dense({ name: "train", units: 6, activation: "elu", activityRegularizer: l2(0.01) }),
      new BatchNorm({ variant: "pytorch", momentum: 0.3 }),
    ],
  });
  const shared = new Dense({ name: "shared", units: 6, kernelRegularizer: l1(0.001) });
  const hidden = inner.call(shared.call(x));
  const sum = new Add().call([x, hidden, shared.call(hidden)]);
  const outputs = new Dense({ name: "outputs", units: 3, kernelConstraint: maxNorm(1, { axis: 0 }) }).call(sum);
  return new Model({ name: "wide net", inputs: x, outputs, seed: 3, activityRegularizer: l1(0.01) });
};

/** What depends on where the channels are, with channels behind the rows. */
const branches = (): Layer => {
  const x = input({ shape: [5, 6, 3] });
  const convolve = (name: string, options: object = {}): Tensor =>
    new Conv2D({ name, filters: 3, kernelSize: 3, padding: "same", ...options }).call(x);
  const one = convolve("one", { activation: "softmax" });
  const two = new PReLU({ variant: "pytorch" }).call(convolve("two"));
  const rows = new Activation("softmax", { axis: 1 }).call(new Add().call([one, two]));
  const channels = new Concatenate().call([rows, one]);
  const heights = new Concatenate({ axis: 1, name: "heights" }).call([channels, channels]);
  const scaled = new Multiply().call([heights, new GlobalMaxPooling2D({ keepDims: true }).call(heights)]);
  const kernels = new DepthwiseConv2D({
    kernelSize: [2, 3],
    depthMultiplier: 2,
    depthwiseConstraint: maxNorm(0.5, { axis: [0, 1] }),
    depthwiseRegularizer: l2(0.01, { variant: "keras" }),
  }).call(scaled);
  const larger = new Conv2DTranspose({
    filters: 2,
    kernelSize: [4, 3],
    strides: [2, 3],
    padding: [
      [1, 2],
      [0, 2],
    ],
  }).call(kernels);
  const normed = new LayerNorm({ axis: [2, 3] }).call(larger);
  const mixed = new Add({ name: "mixed" }).call([normed, larger]);
  const outputs = new Dense({ name: "top", units: 3 }).call(new GlobalAveragePooling2D().call(mixed));
  return new Model({ name: "branches", inputs: x, outputs, seed: 5 });
};

const frozen = (): Layer => {
  const model = new Sequential({
    inputShape: [6],
    seed: 4,
    layers: [
      new Dense({ name: "hidden1", units: 5, activation: "relu" }),
      new BatchNorm(),
      new Dense({ name: "outputs", units: 3 }),
    ],
  });
  model.freeze(/hidden1|batch_norm/);
  return model;
};

/** Targets for the outputs of a model of one of every layer. */
const dataOf = (name: string, model: Layer): Dataset => {
  const row = model.builtFor ?? [];
  const x = name === "Embedding" ? classesOf(5, row) : name === "OneHot" ? classesOf(5, row) : inputs(row);
  const outputs = model.call(x);
  return dataset({ x, y: inputs(outputs.shape.slice(1)) });
};

/** Models whose training draws random numbers. */
const randomModels = ["Dropout", "RReLU", "Sequential"];

/** Models with layers that PyTorch has no counterpart for. */
export const refused: readonly string[] = [
  "RandomFlip",
  "RandomRotation",
  "RandomShift",
  "RandomZoom",
  "TableEncoder",
  "alone",
  "BatchNorm",
];

const layerCases = Object.entries(everyLayer)
  .filter(([name]) => !refused.includes(name))
  .map(
    ([name, model]): HandoverCase => ({
      name: `layer ${name}`,
      model,
      optimizer: () => new SGD({ learningRate: 0.01 }),
      data: dataOf(name, model()),
      loss: meanSquaredError,
      isRandom: randomModels.includes(name),
    }),
  );

const batchNorms = (variant: "tensorflow1" | "pytorch") => (): Layer =>
  new Sequential({
    name: "norms",
    inputShape: [3, 4],
    seed: 2,
    layers: [
      new BatchNorm({ axis: 1, variant, momentum: 0.3 }),
      new BatchNorm({ axis: -1, variant, center: false, epsilon: 0.01 }),
      new BatchNorm({ variant, scale: false }),
      new Flatten(),
      new BatchNorm({ variant }),
      new Dense({ units: 3 }),
    ],
  });

const weighted = dataset({
  x: inputs([6]),
  y: classesOf(3),
  weights: randomUniform([examples], { min: 0, max: 2, random }),
});
const bytes = dataset({
  x: tensor(
    Uint8Array.from(inputs([6]).data, (value) => 128 + 127 * value),
    { shape: [examples, 6], dtype: "uint8", scale: 1 / 255 },
  ),
  y: classesOf(3),
});

const losses = { meanSquaredError, meanAbsoluteError, huber, sigmoidCrossEntropy, softmaxCrossEntropy };

const positive = dataset({ x: inputs([6]), y: randomUniform([examples, 3], { min: 0, max: 1, random }) });

const sgd = (): Optimizer => new SGD({ learningRate: 0.1 });

export const handoverCases: readonly HandoverCase[] = [
  ...Object.entries({ ...optimizers, ...clips }).map(
    ([name, optimizer]): HandoverCase => ({
      name,
      model: dense,
      optimizer,
      data: dataOfDense,
      inProcesses: name === "Adam",
    }),
  ),
  { name: "Adam, new", model: dense, optimizer: optimizers.Adam, data: dataOfDense, before: 0 },
  { name: "AdaGrad, new", model: dense, optimizer: optimizers.AdaGrad, data: dataOfDense, before: 0 },
  ...Object.entries(schedules).map(
    ([name, learningRate]): HandoverCase => ({
      name,
      model: dense,
      optimizer: () => new SGD({ learningRate }),
      data: dataOfDense,
    }),
  ),
  ...Object.entries(losses).map(
    ([name, loss]): HandoverCase => ({ name, model: dense, optimizer: sgd, data: positive, loss }),
  ),
  { name: "cnn", model: cnn, optimizer: sgd, data: labelled([8, 9, 2], 3), inProcesses: true },
  { name: "branches of images", model: branches, optimizer: sgd, data: labelled([5, 6, 3], 3) },
  { name: "nested", model: nested, optimizer: sgd, data: dataOfDense },
  { name: "frozen", model: frozen, optimizer: sgd, data: dataOfDense, inProcesses: true },
  { name: "weights of examples", model: dense, optimizer: sgd, data: weighted, inProcesses: true },
  { name: "bytes", model: dense, optimizer: sgd, data: bytes },
  {
    name: "dropout",
    model: () => new Sequential({ inputShape: [6], seed: 1, layers: [new Dropout(), new Dense({ units: 3 })] }),
    optimizer: sgd,
    data: dataOfDense,
    isRandom: true,
  },
  {
    name: "batch norm",
    model: batchNorms("tensorflow1"),
    optimizer: sgd,
    data: labelled([3, 4], 3),
    inProcesses: true,
  },
  { name: "batch norm of PyTorch", model: batchNorms("pytorch"), optimizer: sgd, data: labelled([3, 4], 3) },
  ...layerCases,
];
