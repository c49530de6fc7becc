import { tmpdir } from "node:os";
import { join } from "node:path";
import * as gradus from "gradus";
import * as table from "gradus/table";
import { encodeModel, smallNetwork } from "../../graph/onnxWriter.ts";
import { smallMeta, smallValues } from "../../graph/tensorflow/metaNetworks.ts";
import { encodeMetaFiles } from "../../graph/tensorflow/metaWriter.ts";
import { data, history, labels, matrix, model, optimizers, right, rows, vector } from "../wrongValues/values.ts";

const squared = (x: gradus.Tensor): gradus.Tensor => gradus.mul(x, x);
const cube = (): gradus.Tensor => gradus.tensor([1, 2, 4, 8, -1, 0.5, 3, -2], { shape: [2, 2, 2] });
const dense = (): gradus.Layer => new gradus.Dense({ units: 2, seed: 3 });
const column = (name: string): object => ({ name, type: "category", categories: ["a", "b"] });
const seeded = (): gradus.Sequential => new gradus.Sequential({ inputShape: [2], layers: [dense()], seed: 1 });
const functions = (): object => ({
  kernelInitializer: gradus.varianceScaling({ scale: 2 }),
  kernelRegularizer: gradus.l1l2({ l1: 0.1, l2: 0.1 }),
  kernelConstraint: gradus.maxNorm(0.5, { axis: [0] }),
});

/** A file that a function may write. */
export const pathOf = (name: string): string => join(tmpdir(), `gradus-changed-${process.pid}-${name}`);

/** An element of a page. It is its own document. */
class Host {
  readonly ownerDocument: Host = this;
  readonly children: Host[] = [];
  readonly attributes: string[] = [];
  createElement(): Host {
    return new Host();
  }
  append(...children: Host[]): void {
    this.children.push(...children);
  }
  setAttribute(name: string, value: string): void {
    this.attributes.push(`${name}=${value}`);
  }
  removeAttribute(): void {}
  remove(): void {}
}

const optimizerOptions = (): object => ({
  learningRate: gradus.exponentialDecay({ initial: 0.1, decaySteps: 2, decayRate: 0.5 }),
  clip: gradus.clipByNorm(1, { axis: [0] }),
});

/**
 * Arguments with arrays and objects in every option that takes them, where the arguments of the tests of wrong values have
 * none. Everything random has a seed.
 */
const arguments_: Readonly<Record<string, () => unknown[]>> = {
  ...Object.fromEntries(
    ["sum", "mean", "max", "min", "variance", "logSumExp"].map((name) => [name, () => [cube(), { axis: [0, 2] }]]),
  ),
  ...Object.fromEntries(["softmax", "logSoftmax"].map((name) => [name, () => [cube(), { axis: 1 }]])),
  ...Object.fromEntries(
    ["randomUniform", "randomNormal", "randomTruncatedNormal"].map((name) => [name, () => [[2, 2], { seed: 1 }]]),
  ),
  ...Object.fromEntries(
    optimizers.map((name) => [
      name,
      () => [{ ...optimizerOptions(), ...(/^(Momentum|Nesterov)$/.test(name) && { momentum: 0.9 }) }],
    ]),
  ),
  ...Object.fromEntries(
    ["glorotNormal", "glorotUniform", "heNormal", "heUniform", "lecunNormal", "lecunUniform"].map((name) => [
      name,
      () => [[2, 2], new gradus.Random(1)],
    ]),
  ),
  ...Object.fromEntries(["normal", "truncatedNormal"].map((name) => [name, () => [{ mean: 1, stddev: 2 }]])),
  uniform: () => [{ min: 1, max: 2 }],
  varianceScaling: () => [{ scale: 2, mode: "fanOut", distribution: "uniform" }],
  argMax: () => [cube(), { axis: 1 }],
  batchNormInference: () => [cube(), vector(), vector(), gradus.ones([2]), gradus.ones([2]), { axis: 1 }],
  batchNormTraining: () => [cube(), vector(), vector(), { axis: 1 }],
  clipNorm: () => [cube(), 1, { axis: [0, 2] }],
  dropout: () => [matrix(), { rate: 0.5, seed: 1 }],
  gather: () => [cube(), labels(), { axis: 1 }],
  tensor: () => [[[1, 2, 3], new Float32Array([4, 5, 6])], {}],
  constant: () => [0.5],
  setBackend: () => [gradus.getBackend()],
  registerFunction: () => ["changedArguments", squared],
  randomBernoulli: () => [[2, 2], { probability: 0.5, seed: 1 }],
  randomCategorical: () => [matrix(), { seed: 1 }],
  randomPermutation: () => [5, { seed: 1 }],
  take: () => [data(), { rows: [2, 0] }],
  split: () => [data(), { parts: { a: 2, b: 2 }, stratified: true }],
  minibatches: () => [data(), { batchSize: 2, seed: 1 }],
  metric: () => [{ name: "own", statistics: () => [1, 2], value: (all: number[]) => all.length, better: "higher" }],
  precision: () => [{ class: 1 }],
  recall: () => [{ class: 1 }],
  f1Score: () => [{ class: 1 }],
  oneCycle: () => [{ max: 0.1, totalSteps: 10 }],
  linearWarmUp: () => [{ schedule: gradus.cosineDecay({ initial: 0.1, decaySteps: 10 }), steps: 3 }],
  unitNorm: () => [{ axis: [0] }],
  maxNorm: () => [1, { axis: [0] }],
  clipByNorm: () => [1, { axis: [0] }],
  compile: () => [(x: gradus.Tensor) => gradus.mul(x, x)],
  grad: () => [(x: gradus.Tensor) => gradus.sum(gradus.mul(x, x))],
  valueAndGrad: () => [(x: gradus.Tensor) => gradus.sum(gradus.mul(x, x))],
  evaluate: () => [seeded(), data(), { metrics: [gradus.precision({ class: 1 })] }],
  fit: () => [
    seeded(),
    data(),
    {
      optimizer: new gradus.SGD({ learningRate: 0.1 }),
      epochs: 2,
      batchSize: 2,
      validation: data(),
      metrics: [gradus.f1Score()],
      classWeights: [1, 2],
      callbacks: [gradus.earlyStopping({ patience: 1 })],
    },
  ],
  gradientCheck: () => [(x: gradus.Tensor) => gradus.sum(x), [vector()], { seed: 1, variables: [] }],
  cacheActivations: () => {
    const layers = [new gradus.Dense({ units: 2, trainable: false, seed: 1 }), dense()];
    return [new gradus.Sequential({ inputShape: [2], layers }), data(), {}];
  },
  encodeModel: () => [seeded()],
  loadModel: () => [gradus.encodeModel(seeded()), {}],
  restore: () => [model(), gradus.encodeModel(seeded()), {}],
  encodeCheckpoint: () => [{ model: seeded(), optimizer: new gradus.SGD({ learningRate: 0.1 }), history: history() }],
  loadCheckpoint: () => [
    gradus.encodeCheckpoint({ model: seeded(), optimizer: new gradus.SGD({ learningRate: 0.1 }) }),
    {},
  ],
  saveCheckpoint: () => [
    { model: seeded(), optimizer: new gradus.SGD({ learningRate: 0.1 }), history: history() },
    pathOf("saveCheckpoint"),
  ],
  saveModel: () => [seeded(), pathOf("saveModel")],
  saveVariables: () => [{ a: vector() }, `${pathOf("saveVariables")}.npz`, {}],
  writeIdx: () => [{ shape: [2], type: "uint8", data: new Uint8Array([7, 9]) }, pathOf("writeIdx"), {}],
  saveReport: () => [history(), pathOf("saveReport"), {}],
  savePyTorch: () => [
    { model: seeded(), optimizer: new gradus.SGD({ learningRate: 0.1 }), data: data() },
    pathOf("savePyTorch"),
  ],
  encodeOnnx: () => [seeded(), { classes: ["a", "b"] }],
  saveOnnx: () => [seeded(), pathOf("saveOnnx"), { classes: ["a", "b"] }],
  loadOnnx: () => [encodeModel(smallNetwork), { external: { weights: new Uint8Array(4) } }],
  loadMetaGraph: () => [encodeMetaFiles(smallMeta, smallValues), { outputs: ["dnn/outputs/BiasAdd:0"], feed: {} }],
  encodeSafetensors: () => [{ a: vector() }, { metadata: { from: "here" } }],
  csvLog: () => [pathOf("csvLog"), {}],
  jsonLog: () => [pathOf("jsonLog"), {}],
  checkpoints: () => [pathOf("checkpoints"), { everyEpochs: 1 }],
  earlyStopping: () => [{ patience: 1, monitor: "loss" }],
  reduceOnPlateau: () => [{ schedule: 0.1, monitor: "loss", patience: 1, minDelta: 10 }],
  progressBar: () => [{ live: false }],
  progressElement: () => [new Host(), { label: "training" }],
  inspector: () => [
    {
      data: data(),
      classNames: ["cat", "dog"],
      imageShape: [1, 2],
      sample: 2,
      everySteps: 1,
      report: pathOf("inspector"),
    },
  ],
  renderReport: () => [{ first: history() }, {}],
  predictRows: () => {
    const encoder = table.tableEncoder(rows(), { target: "b" });
    const layers = [encoder, dense()];
    return [new gradus.Sequential({ inputShape: [1], layers }), [{ a: 1 }, { a: 2 }], {}];
  },
  textReport: () => [history(), {}],
  loadDigits: () => [{}],
  Variable: () => [vector(), { name: "w", constraint: gradus.maxNorm(1) }],
  History: () => [[{ epoch: 0, loss: 0.5, steps: 10, seconds: 0.1, own: [[1, 2]] }], []],
  Model: () => {
    const x = gradus.input({ shape: [2] });
    return [{ inputs: { x }, outputs: { y: dense().call(x) }, seed: 1 }];
  },
  RandomFlip: () => [{ mode: "both", seed: 1 }],
  Embedding: () => [{ inputDim: 3, outputDim: 2, seed: 1 }],
  Conv1D: () => [{ filters: 2, kernelSize: 3, padding: [1, 0], seed: 1 }],
  Conv2DTranspose: () => [
    {
      filters: 2,
      kernelSize: [2, 2],
      strides: [1, 1],
      padding: [
        [0, 0],
        [0, 0],
      ],
      dilationRate: [1, 1],
      outputPadding: [0, 0],
      seed: 1,
    },
  ],
  ...Object.fromEntries(
    ["DepthwiseConv2D", "SeparableConv2D"].map((name) => [
      name,
      () => [{ ...(right[name]()[0] as object), dilationRate: [1, 1] }],
    ]),
  ),
  ...Object.fromEntries(
    ["conv2dTranspose", "depthwiseConv2d"].map((name) => [
      name,
      () =>
        right[name]().with(2, {
          strides: [1, 1],
          padding: [
            [0, 0],
            [0, 0],
          ],
          dilation: [1, 1],
        }),
    ]),
  ),
  RandomRotation: () => [{ factor: [-0.1, 0.2], seed: 1 }],
  RandomShift: () => [{ heightFactor: [-0.1, 0.2], widthFactor: [-0.1, 0.2], seed: 1 }],
  RandomZoom: () => [{ heightFactor: [-0.1, 0.2], widthFactor: [-0.1, 0.2], seed: 1 }],
  LayerNorm: () => [{ axis: [-1] }],
  layerNorm: () => [cube(), gradus.ones([2, 2]), gradus.ones([2, 2]), { axis: [1, 2] }],
  ...Object.fromEntries(["norm", "prod", "flip"].map((name) => [name, () => [cube(), { axis: [0, 2] }]])),
  ...Object.fromEntries(["all", "any"].map((name) => [name, () => [gradus.greater(cube(), 1), { axis: [0, 2] }]])),
  expandDims: () => [cube(), { axis: [0, 1] }],
  squeeze: () => [gradus.reshape(cube(), [1, 8, 1]), { axis: [0, 2] }],
  Sequential: () => [{ layers: [dense()], inputShape: [2], seed: 1, activityRegularizer: gradus.l2(0.1) }],
  Activation: () => ["leakyRelu", { slope: 0.5 }],
  Dense: () => [{ units: 2, seed: 1, activation: "tanh", ...functions() }],
  Dropout: () => [{ rate: 0.5, seed: 1 }],
  RReLU: () => [{ min: 0.1, max: 0.2, seed: 1 }],
  BatchNorm: () => [{ axis: [1], renorm: true, renormClipping: { rmax: 3, dmax: 2, rmin: 0.5 } }],
  OneHot: () => [{ depth: [3, 4], unknown: "zeros" }],
  Standardize: () => [{ axis: [1], missing: "mean" }],
  TableEncoder: () => [
    { columns: [column("x"), column("y")], target: { name: "z", type: "category", classes: ["p", "q"] } },
  ],
  tableOf: () => [
    [
      { a: 1, b: "x" },
      { a: 2, b: "y" },
    ],
    { types: { a: "number" }, name: "rows" },
  ],
  tableEncoder: () => [
    rows(),
    { target: "b", features: ["a"], standardize: [], minMax: ["a"], missing: {}, unknown: {}, embed: {} },
  ],
  parseCsv: () => ["a,b\n1,2\n", { types: { a: "number" }, missing: ["NA"], columns: ["a", "b"] }],
  readCsv: () => [
    new TextEncoder().encode("a,b\n1,2\n"),
    { types: { a: "number" }, missing: ["NA"], columns: ["a", "b"] },
  ],
};

/** Arguments of an export; an operation on one tensor needs no entry. */
export const argumentsOf = (name: string): (() => unknown[]) =>
  arguments_[name] ?? right[name] ?? ((): unknown[] => [matrix()]);

export const argumentNames: readonly string[] = Object.keys(arguments_);
