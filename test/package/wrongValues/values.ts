import { tmpdir } from "node:os";
import { join } from "node:path";
import * as gradus from "gradus";
import { Graph } from "gradus/graph";
import * as table from "gradus/table";
import { encodeModel, smallNetwork } from "../../graph/onnxWriter.ts";
import { smallMeta, smallValues } from "../../graph/tensorflow/metaNetworks.ts";
import { encodeMetaFiles } from "../../graph/tensorflow/metaWriter.ts";
import { kerasBytes } from "../../keras/kerasFiles.ts";

const { ones, tensor } = gradus;

/** A path that does not exist, in a folder that does not exist. */
const absent = (): string => join(tmpdir(), "gradus-absent", "file");

/** One value of every kind, fresh for each call. */
export const kinds: Readonly<Record<string, () => unknown>> = {
  nothing: () => undefined,
  null: () => null,
  zero: () => 0,
  "a whole number": () => 4,
  "a fraction": () => -0.5,
  NaN: () => Number.NaN,
  "a bigint": () => 3n,
  "a flag": () => true,
  "a symbol": () => Symbol("s"),
  text: absent,
  "an empty text": () => "",
  "an empty array": () => [],
  "an array": () => [1, 2],
  "an array of text": () => ["a", "b"],
  "an array of nothing": () => [undefined, null],
  "an array of symbols": () => [Symbol("s")],
  "an array of objects": () => [Object.create(null), {}],
  "a typed array": () => new Float32Array([1, 2]),
  "a buffer": () => new ArrayBuffer(8),
  "an empty object": () => ({}),
  "an object without a prototype": () => Object.create(null),
  "a misspelt option": () => ({ optoin: 1 }),
  "a date": () => new Date(0),
  "a map": () => new Map([["a", 1]]),
  "a function": () => () => undefined,
  "a promise": () => Promise.resolve(1),
  "a float32 vector": () => tensor([1, 2]),
  "a float32 scalar": () => tensor(1),
  "a float32 matrix": () => ones([2, 2]),
  "a tensor of rank 3": () => ones([2, 2, 2]),
  "an empty tensor": () => ones([0, 2]),
  "a float64 matrix": () => ones([2, 2], { dtype: "float64" }),
  "an int32 vector": () => tensor([0, 1], { dtype: "int32" }),
  "a bool vector": () => tensor([0, 1], { dtype: "bool" }),
  "a uint8 matrix": () => ones([2, 2], { dtype: "uint8" }),
};

export const matrix = (): gradus.Tensor => tensor([0.25, 1, 2, 3], { shape: [2, 2] });
const images = (): gradus.Tensor =>
  tensor(
    Float32Array.from({ length: 64 }, (_, index) => Math.sin(index)),
    { shape: [2, 4, 4, 2] },
  );
const sequences = (): gradus.Tensor => gradus.reshape(images(), [2, 16, 2]);
/** Layers that are called with several tensors. */
export const joins: readonly string[] = ["Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"];

/** What a layer of a class is called with. */
export const inputFor = (name: string): gradus.Tensor => {
  // Classes that join tensors declare more than their base class.
  if (joins.includes(name)) return [matrix(), matrix()] as never;
  if (name === "Embedding") return gradus.reshape(labels(), [2, 1]);
  if (/1D$/.test(name)) return sequences();
  return /2D|^Random(Flip|Rotation|Shift|Zoom)/.test(name) ? images() : matrix();
};

export const vector = (): gradus.Tensor => tensor([1, 2]);
const bools = (): gradus.Tensor => gradus.greater(matrix(), 1);
export const labels = (): gradus.Tensor => tensor([0, 1], { dtype: "int32" });
export const model = (): gradus.Sequential =>
  new gradus.Sequential({ inputShape: [2], layers: [new gradus.Dense({ units: 2 })] });
export const data = (): gradus.Dataset =>
  gradus.dataset({ x: gradus.ones([4, 2]), y: tensor([0, 1, 0, 1], { dtype: "int32" }) });
const add = (a: gradus.Tensor, b: gradus.Tensor): gradus.Tensor => gradus.add(a, b);

export const optimizers: readonly string[] = [
  "SGD",
  "Momentum",
  "Nesterov",
  "Adam",
  "AdamW",
  "Adamax",
  "NAdam",
  "RMSProp",
  "AdaGrad",
  "Adadelta",
  "Lion",
];
export const optimizer = (): gradus.Optimizer => new gradus.SGD({ learningRate: 0.1 });
export const epoch = (): gradus.EpochRecord => ({ epoch: 0, loss: 0.5, steps: 10, seconds: 0.1 });
export const history = (): gradus.History => new gradus.History([epoch()]);
export const rows = (): table.Table =>
  table.tableOf([
    { a: 1, b: "x" },
    { a: 2, b: "y" },
  ]) as unknown as table.Table;

/** A graph that multiplies two columns with a variable. */
const graphRecord = {
  dialect: "onnx",
  version: 17,
  source: "test",
  inputs: [{ name: "x", shape: [-1, 2], dtype: "float32" }],
  outputs: [{ name: "y", shape: [-1, 2], dtype: "float32" }],
  nodes: [["scale", "Mul", ["x", "w"], ["y"], []]],
  constants: [],
  variables: [{ tensor: "w", name: "w", shape: [2], trainable: true }],
  budget: 1000,
};
/** A layer with one of the variables of `smallMeta`. */
const metaLayer = (): Graph => {
  const variables = [{ tensor: "w", name: "outputs/bias", shape: [1], trainable: true }];
  const layer = new Graph({ graph: { ...graphRecord, variables } });
  layer.call(ones([1, 2]));
  return layer;
};
const encoder = (): gradus.TableEncoder => table.tableEncoder(rows(), { target: "b" });
const tableModel = (): gradus.Sequential =>
  new gradus.Sequential({ inputShape: [1], layers: [encoder(), new gradus.Dense({ units: 2 })] });
const idx = (): gradus.IdxArray => ({ shape: [2], type: "uint8", data: new Uint8Array([7, 9]) });
const encodedIdx = (): Uint8Array => gradus.encodeIdx(idx());

/** Names may be registered once. */
let registered = 0;

/** Right arguments: each is replaced in turn. The exports that are not here are called with three times undefined, one of them replaced. */
export const right: Readonly<Record<string, () => unknown[]>> = {
  ...Object.fromEntries(
    ["add", "sub", "mul", "div", "maximum", "minimum", "pow", "matmul"].map((name) => [
      name,
      () => [matrix(), matrix()],
    ]),
  ),
  ...Object.fromEntries(
    ["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"].map((name) => [
      name,
      () => [matrix(), matrix()],
    ]),
  ),
  ...Object.fromEntries(
    ["meanSquaredError", "meanAbsoluteError", "huber", "sigmoidCrossEntropy"].map((name) => [
      name,
      () => [matrix(), matrix(), {}],
    ]),
  ),
  where: () => [gradus.greater(matrix(), 1), matrix(), matrix()],
  affine: () => [matrix(), matrix(), vector()],
  batchNormInference: () => [matrix(), vector(), vector(), vector(), vector(), {}],
  batchNormTraining: () => [matrix(), vector(), vector(), {}],
  broadcastTo: () => [vector(), [2, 2]],
  clip: () => [matrix(), { min: 0, max: 1 }],
  clipNorm: () => [matrix(), 1, {}],
  dropout: () => [matrix(), { rate: 0.5 }],
  fill: () => [[2], 1, {}],
  gather: () => [matrix(), labels(), {}],
  inTopK: () => [matrix(), labels(), 1],
  embedding: () => [matrix(), labels()],
  layerNorm: () => [matrix(), vector(), vector(), {}],
  oneHot: () => [labels(), 2, {}],
  randomCategorical: () => [matrix(), {}],
  range: () => [0, 4, 2],
  reshape: () => [matrix(), [4]],
  slice: () => [matrix(), [0, 0], [1, 1], [1, 1]],
  softmaxCrossEntropy: () => [matrix(), labels(), {}],
  variance: () => [matrix(), {}],
  transpose: () => [matrix(), [1, 0]],
  accuracy: () => [matrix(), labels()],
  binaryAccuracy: () => [{}],
  confusionMatrix: () => [matrix(), labels(), {}],
  rSquared: () => [matrix(), matrix()],
  dataset: () => [{ x: matrix(), y: labels() }],
  take: () => [data(), { rows: labels() }],
  split: () => [data(), { parts: { a: 1, b: 1 } }],
  kFold: () => [data(), { folds: 2 }],
  minibatches: () => [data(), { batchSize: 1 }],
  evaluate: () => [model(), data(), { loss: gradus.softmaxCrossEntropy }],
  cacheActivations: () => {
    const layers = [new gradus.Dense({ units: 2, trainable: false }), new gradus.Dense({ units: 2 })];
    return [new gradus.Sequential({ inputShape: [2], layers }), data(), {}];
  },
  gradientCheck: () => [(x: gradus.Tensor) => gradus.sum(x), [vector()], {}],
  customGradient: () => [(x: gradus.Tensor) => x, (dy: gradus.Tensor) => dy],
  saveModel: () => [model(), absent()],
  saveVariables: () => [new Map([["a", vector()]]), `${absent()}.npz`],
  restore: () => {
    const trained = model();
    return [trained, gradus.encodeModel(trained), {}];
  },
  clipByValue: () => [-1, 1],
  registerLayer: () => {
    class Own extends gradus.Dense {}
    return [`Own${++registered}`, Own];
  },
  registerFunction: () => [`own${++registered}`, (x: gradus.Tensor) => add(x, x)],
  readIdx: () => [encodedIdx(), {}],
  decodeIdx: () => [encodedIdx(), "file"],
  encodeIdx: () => [idx()],
  writeIdx: () => [idx(), absent(), {}],
  loadVariables: () => [gradus.encodeNpz({ a: vector() }), {}],
  loadModel: () => [gradus.encodeModel(model()), {}],
  loadCheckpoint: () => [gradus.encodeCheckpoint({ model: model(), optimizer: optimizer() }), {}],
  decodeSafetensors: () => [gradus.encodeSafetensors({ a: vector() }), {}],
  encodeSafetensors: () => [{ a: vector() }, {}],
  encodeNpz: () => [{ a: vector() }],
  encodeModel: () => [model()],
  encodeCheckpoint: () => [{ model: model(), optimizer: optimizer() }],
  saveCheckpoint: () => [{ model: model(), optimizer: optimizer() }, absent()],
  fit: () => [model(), data(), { optimizer: optimizer(), epochs: 1 }],
  clipByNorm: () => [1, {}],
  clipByGlobalNorm: () => [1, {}],
  maxNorm: () => [1, {}],
  l1: () => [0.1],
  l2: () => [0.1],
  l1l2: () => [{ l1: 0.1, l2: 0.1 }],
  metric: () => [{ name: "own", statistics: () => [1], value: () => 1 }],
  weighted: () => [gradus.accuracy],
  balancedClassWeights: () => [labels()],
  topKAccuracy: () => [{ k: 1 }],
  randomPermutation: () => [4, {}],
  randomUniform: () => [[2], {}],
  randomNormal: () => [[2], {}],
  randomTruncatedNormal: () => [[2], {}],
  randomBernoulli: () => [[2], { probability: 0.5 }],
  tensor: () => [[1, 2], {}],
  zeros: () => [[2], {}],
  ones: () => [[2], {}],
  concat: () => [[vector(), vector()], {}],
  logicalAnd: () => [bools(), bools()],
  logicalOr: () => [bools(), bools()],
  logicalNot: () => [bools()],
  any: () => [bools(), {}],
  all: () => [bools(), {}],
  prod: () => [matrix(), {}],
  norm: () => [matrix(), {}],
  cumsum: () => [matrix(), {}],
  sort: () => [matrix(), {}],
  argSort: () => [matrix(), {}],
  topK: () => [matrix(), 1, {}],
  expandDims: () => [matrix(), {}],
  squeeze: () => [matrix(), {}],
  flip: () => [matrix(), {}],
  tile: () => [matrix(), [2, 1]],
  tensorSplit: () => [matrix(), 2, {}],
  diag: () => [matrix(), {}],
  einsum: () => ["ij,jk->ik", matrix(), matrix()],
  stack: () => [[vector(), vector()], {}],
  checkpoints: () => [absent(), {}],
  earlyStopping: () => [{ patience: 2 }],
  csvLog: () => [absent(), {}],
  jsonLog: () => [absent(), {}],
  learningRateByEpoch: () => [() => 0.1],
  reduceOnPlateau: () => [{ schedule: 0.1 }],
  exponentialDecay: () => [{ initial: 0.1, decaySteps: 10, decayRate: 0.5 }],
  inverseTimeDecay: () => [{ initial: 0.1, decaySteps: 10, decayRate: 0.5 }],
  polynomialDecay: () => [{ initial: 0.1, decaySteps: 10 }],
  cosineDecay: () => [{ initial: 0.1, decaySteps: 10 }],
  cosineDecayRestarts: () => [{ initial: 0.1, firstDecaySteps: 10 }],
  piecewiseConstant: () => [{ boundaries: [10], values: [0.1, 0.01] }],
  encodeRows: () => [encoder(), [{ a: 1, b: "x" }], {}],
  encodeOnnx: () => [model(), {}],
  saveOnnx: () => [model(), absent(), {}],
  loadOnnx: () => [encodeModel(smallNetwork), {}],
  loadMetaGraph: () => [encodeMetaFiles(smallMeta, smallValues), { output: "dnn/outputs/BiasAdd:0" }],
  loadMetaOptimizer: () => [encodeMetaFiles(smallMeta, smallValues), metaLayer(), {}],
  loadKeras: () => [kerasBytes("model.keras"), {}],
  describeGraph: () => [encodeModel(smallNetwork)],
  savePyTorch: () => [{ model: model(), optimizer: optimizer() }, absent()],
  Graph: () => [{ graph: structuredClone(graphRecord) }],
  tableEncoder: () => [rows(), { target: "b" }],
  tableDataset: () => [rows(), encoder()],
  predictRows: () => [tableModel(), [{ a: 1 }], {}],
  tableOf: () => [[{ a: 1 }], {}],
  parseCsv: () => ["a,b\n1,2\n", {}],
  readCsv: () => [new TextEncoder().encode("a,b\n1,2\n"), {}],
  sparkline: () => [[1, 2], {}],
  textReport: () => [history(), {}],
  renderReport: () => [history(), {}],
  saveReport: () => [history(), absent(), {}],
  inspector: () => [{ data: data() }],
  resize: () => [gradus.ones([1, 2, 2, 1]), [3, 3], {}],
  affineTransform: () => [gradus.ones([1, 2, 2, 1]), tensor([[1, 0, 0, 0, 1, 0]]), {}],
  Variable: () => [vector(), {}],
  Random: () => [1],
  History: () => [[epoch()], []],
  Activation: () => ["relu", {}],
  Sequential: () => [{ layers: [new gradus.Dense({ units: 1 })], inputShape: [2] }],
  Model: () => {
    const x = gradus.input({ shape: [2] });
    return [{ inputs: x, outputs: new gradus.Dense({ name: "dense", units: 2 }).call(x) }];
  },
  input: () => [{ shape: [2], name: "x" }],
  Add: () => [{}],
  Average: () => [{}],
  Concatenate: () => [{ axis: 1 }],
  Maximum: () => [{}],
  Minimum: () => [{}],
  Multiply: () => [{}],
  Subtract: () => [{}],
  ...Object.fromEntries(
    ["MaxPooling", "AveragePooling"].flatMap((pooling) => [
      [`${pooling}1D`, () => [{ poolSize: 2, strides: 1, padding: [1, 1] }]],
      [
        `${pooling}2D`,
        () => [
          {
            poolSize: [2, 1],
            strides: [1, 1],
            padding: [
              [1, 0],
              [0, 0],
            ],
          },
        ],
      ],
    ]),
  ),
  ...Object.fromEntries(
    ["GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D"].map((name) => [
      name,
      () => [{ keepDims: true }],
    ]),
  ),
  Conv1D: () => [{ filters: 2, kernelSize: 3, padding: "same", seed: 1 }],
  Conv2D: () => [
    {
      filters: 2,
      kernelSize: [3, 2],
      strides: [1, 2],
      dilationRate: [1, 1],
      padding: [
        [1, 0],
        [0, 1],
      ],
      seed: 1,
    },
  ],
  Conv2DTranspose: () => [
    { filters: 2, kernelSize: [2, 2], strides: [2, 2], padding: "valid", outputPadding: [1, 0], seed: 1 },
  ],
  DepthwiseConv2D: () => [
    {
      kernelSize: [2, 2],
      strides: [1, 1],
      padding: [
        [1, 0],
        [0, 1],
      ],
      seed: 1,
    },
  ],
  SeparableConv2D: () => [
    {
      filters: 3,
      kernelSize: [2, 2],
      strides: [1, 1],
      padding: [
        [1, 0],
        [0, 1],
      ],
      seed: 1,
    },
  ],
  Flatten: () => [{}],
  Reshape: () => [{ shape: [1, 2] }],
  ZeroPadding2D: () => [
    {
      padding: [
        [1, 0],
        [0, 1],
      ],
    },
  ],
  conv2d: () => [
    images(),
    gradus.ones([2, 2, 2, 3]),
    {
      strides: [1, 1],
      padding: [
        [1, 0],
        [0, 1],
      ],
      dilation: [1, 1],
    },
  ],
  conv1d: () => [sequences(), gradus.ones([2, 2, 3]), { padding: [1, 0] }],
  conv2dTranspose: () => [images(), gradus.ones([2, 2, 3, 2]), { strides: [2, 2], outputPadding: [1, 0] }],
  depthwiseConv2d: () => [
    images(),
    gradus.ones([2, 2, 2, 1]),
    {
      strides: [1, 1],
      padding: [
        [1, 0],
        [0, 1],
      ],
    },
  ],
  maxPool1d: () => [sequences(), { poolSize: 2, padding: [1, 0] }],
  averagePool1d: () => [sequences(), { poolSize: 2, padding: [1, 0] }],
  maxPool2d: () => [
    images(),
    {
      poolSize: [2, 1],
      strides: [1, 1],
      padding: [
        [1, 0],
        [0, 0],
      ],
    },
  ],
  averagePool2d: () => [
    images(),
    {
      poolSize: [2, 1],
      strides: [1, 1],
      padding: [
        [1, 0],
        [0, 0],
      ],
    },
  ],
  pad: () => [
    matrix(),
    [
      [1, 0],
      [0, 1],
    ],
    { mode: "reflect" },
  ],
  Dense: () => [{ units: 2 }],
  Dropout: () => [{ rate: 0.5 }],
  RandomRotation: () => [{ factor: 0.1 }],
  RandomShift: () => [{ heightFactor: 0.1, widthFactor: 0.1 }],
  RandomZoom: () => [{ heightFactor: 0.1 }],
  RandomFlip: () => [{}],
  BatchNorm: () => [{}],
  Embedding: () => [{ inputDim: 3, outputDim: 2 }],
  LayerNorm: () => [{}],
  OneHot: () => [{ depth: 3, unknown: "zeros" }],
  PReLU: () => [{}],
  RReLU: () => [{}],
  Standardize: () => [{ missing: "mean" }],
  TableEncoder: () => [{ columns: ["a", "b"].map((name) => ({ name, type: "number", mean: 0, deviation: 1 })) }],
  ...Object.fromEntries(
    optimizers.map((name) => [
      name,
      () => [{ learningRate: 0.1, ...(/^(Momentum|Nesterov)$/.test(name) && { momentum: 0.9 }) }],
    ]),
  ),
};
