import { randomWeights, uniformGenerator } from "../../src/autograd/check/stencil.ts";
import type { Variable } from "../../src/autograd/variable.ts";
import { Activation } from "../../src/layers/activation.ts";
import { RandomFlip } from "../../src/layers/augmentation/randomFlip.ts";
import { RandomRotation } from "../../src/layers/augmentation/randomRotation.ts";
import { RandomShift } from "../../src/layers/augmentation/randomShift.ts";
import { RandomZoom } from "../../src/layers/augmentation/randomZoom.ts";
import type { ActivationName } from "../../src/layers/base/activations.ts";
import { maxNorm, unitNorm } from "../../src/layers/base/constraints.ts";
import type { Layer } from "../../src/layers/base/layer.ts";
import type { CallOptions } from "../../src/layers/base/layerOptions.ts";
import { l1, l1l2, l2 } from "../../src/layers/base/regularizers.ts";
import { Conv1D } from "../../src/layers/convolution/conv1dLayer.ts";
import { Conv2D } from "../../src/layers/convolution/conv2dLayer.ts";
import { Conv2DTranspose } from "../../src/layers/convolution/conv2dTransposeLayer.ts";
import { DepthwiseConv2D } from "../../src/layers/convolution/depthwiseConv2dLayer.ts";
import { SeparableConv2D } from "../../src/layers/convolution/separableConv2d.ts";
import { Dense } from "../../src/layers/dense.ts";
import { Dropout } from "../../src/layers/dropoutLayer.ts";
import { Embedding } from "../../src/layers/embeddingLayer.ts";
import { Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract } from "../../src/layers/functional/merge.ts";
import { AveragePooling1D, AveragePooling2D } from "../../src/layers/image/averagePooling.ts";
import { Flatten } from "../../src/layers/image/flatten.ts";
import {
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalMaxPooling1D,
  GlobalMaxPooling2D,
} from "../../src/layers/image/globalPooling.ts";
import { MaxPooling1D, MaxPooling2D } from "../../src/layers/image/maxPooling.ts";
import { Reshape } from "../../src/layers/image/reshapeLayer.ts";
import { ZeroPadding2D } from "../../src/layers/image/zeroPadding.ts";
import { BatchNorm } from "../../src/layers/normalization/batchNorm.ts";
import { LayerNorm } from "../../src/layers/normalization/layerNormLayer.ts";
import { PReLU } from "../../src/layers/prelu.ts";
import { OneHot } from "../../src/layers/preprocessing/oneHotLayer.ts";
import { Standardize } from "../../src/layers/preprocessing/standardize.ts";
import { TableEncoder } from "../../src/layers/preprocessing/tableEncoder.ts";
import { RReLU } from "../../src/layers/rrelu.ts";
import { Sequential } from "../../src/layers/sequential.ts";
import { conv1d } from "../../src/ops/convolution/conv1d.ts";
import { conv2dTranspose } from "../../src/ops/convolution/conv2dTranspose.ts";
import { depthwiseConv2d } from "../../src/ops/convolution/depthwiseConv2d.ts";
import { add, mul } from "../../src/ops/elementwise/arithmetic.ts";
import { gelu } from "../../src/ops/elementwise/gelu.ts";
import { square } from "../../src/ops/elementwise/powers.ts";
import { elu, selu } from "../../src/ops/elementwise/rectifier.ts";
import { silu } from "../../src/ops/elementwise/smooth.ts";
import { resize } from "../../src/ops/image/resize.ts";
import { einsum } from "../../src/ops/matmul/einsum.ts";
import { batchNormTraining } from "../../src/ops/network/batchNormTraining.ts";
import { dropout } from "../../src/ops/network/dropout.ts";
import { sigmoidCrossEntropy, softmaxCrossEntropy } from "../../src/ops/network/losses.ts";
import { huber, meanAbsoluteError, meanSquaredError } from "../../src/ops/network/regressionLosses.ts";
import { averagePool1d } from "../../src/ops/pooling/averagePool.ts";
import { maxPool1d } from "../../src/ops/pooling/maxPool.ts";
import { randomUniform } from "../../src/ops/random/distributions.ts";
import { clipNorm } from "../../src/ops/reduce/clipNorm.ts";
import { logSumExp } from "../../src/ops/reduce/logSumExp.ts";
import { norm } from "../../src/ops/reduce/norm.ts";
import { prod } from "../../src/ops/reduce/prod.ts";
import { max, mean, min, variance } from "../../src/ops/reduce/reduce.ts";
import { logSoftmax, softmax } from "../../src/ops/reduce/softmax.ts";
import { sort, topK } from "../../src/ops/reduce/sort.ts";
import { concat, stack } from "../../src/ops/shape/concat.ts";
import { diag } from "../../src/ops/shape/diag.ts";
import { expandDims, squeeze } from "../../src/ops/shape/expandDims.ts";
import { flip } from "../../src/ops/shape/flip.ts";
import { pad } from "../../src/ops/shape/pad.ts";
import { slice } from "../../src/ops/shape/slice.ts";
import { tensorSplit } from "../../src/ops/shape/tensorSplit.ts";
import { tile } from "../../src/ops/shape/tile.ts";
import { keep } from "../../src/ops/support/keep.ts";
import { rolledBack } from "../../src/tensor/interpret/rollback.ts";
import { Random } from "../../src/tensor/random.ts";
import { type Shape, sizeOf } from "../../src/tensor/shape.ts";
import { type Tensor, tensor } from "../../src/tensor/tensor.ts";
import { everyLayer } from "../io/everyLayer.ts";
import type { Checkable } from "./derivatives.ts";

/** A function made of operations: a line of the table, checked as a whole. */
export interface Composition {
  readonly group: "composed operations" | "losses" | "layers" | "networks";
  readonly name: string;
  readonly cases: readonly Checkable[];
}

const draw = (shape: Shape, seed: number): Tensor =>
  tensor(
    randomWeights(uniformGenerator(seed), sizeOf(shape)).map((value) => 1.3 * value),
    { shape, dtype: "float32" },
  );

/** A function of inputs of these shapes. */
const ofShapes = (f: (...inputs: readonly Tensor[]) => Tensor, ...shapes: Shape[]): Checkable => ({
  f: (...inputs) => [f(...inputs)],
  inputs: shapes.map((shape, index) => draw(shape, index + 11)),
});

/** A function of an input that reads variables, which become inputs too. */
const withVariables = (f: (x: Tensor) => Tensor, x: Tensor, variables: readonly Variable[]): Checkable => ({
  f: (input, ...values) =>
    rolledBack(() => {
      for (const [index, variable] of variables.entries()) variable.override(values[index]);
      return [f(input)];
    }),
  // Zeros and ones, as variables often begin, would hide much: they are moved away from there.
  inputs: [x, ...variables.map((variable, index) => moved(variable.read(), index + 31))],
});

const moved = (value: Tensor, seed: number): Tensor => {
  const noise = randomWeights(uniformGenerator(seed), value.size);
  return tensor(
    value.data.map((element, index) => element + 0.2 * noise[index]),
    { shape: value.shape },
  );
};

const ofLayer = (layer: Layer, shape: Shape, options?: CallOptions): Checkable => {
  const x = draw(shape, 5);
  layer.call(x);
  return withVariables((input) => layer.call(input, options), x, layer.trainableVariables);
};

const labels = tensor([2, 0, 1, 2], { dtype: "int32" });
const reductions = ["mean", "sum", "none"] as const;

const operation = (name: string, ...cases: Checkable[]): Composition => ({ group: "composed operations", name, cases });
const loss = (name: string, ...cases: Checkable[]): Composition => ({ group: "losses", name, cases });
const layer = (name: string, ...cases: Checkable[]): Composition => ({ group: "layers", name, cases });

const axes = [undefined, 0, -1, [0, 2]] as const;
const reduction = (name: string, f: (x: Tensor, options: { axis?: number | readonly number[] }) => Tensor) =>
  operation(name, ...axes.map((axis) => ofShapes((x) => f(x, { axis }), [2, 3, 4])));

const operations: readonly Composition[] = [
  operation("selu", ofShapes(selu, [3, 5])),
  operation(
    "keep",
    ofShapes((x) => mul(keep(x), x), [3, 5]),
  ),
  operation("silu", ofShapes(silu, [3, 5])),
  operation(
    "gelu",
    ofShapes((x) => gelu(x), [3, 5]),
    ofShapes((x) => gelu(x, { approximate: "tanh" }), [3, 5]),
  ),
  operation(
    "conv1d",
    ofShapes((x, kernel) => conv1d(x, kernel, { strides: 2, padding: "same" }), [2, 5, 2], [3, 2, 2]),
    ofShapes(
      (x, kernel, bias) => conv1d(x, kernel, { padding: "causal", dilation: 2, bias }),
      [1, 6, 2],
      [2, 2, 3],
      [3],
    ),
  ),
  operation(
    "depthwiseConv2d",
    ofShapes(
      (x, kernel, bias) => depthwiseConv2d(x, kernel, { padding: "same", bias }),
      [1, 4, 3, 3],
      [3, 3, 3, 2],
      [6],
    ),
  ),
  operation(
    "conv2dTranspose",
    ofShapes((x, kernel, bias) => conv2dTranspose(x, kernel, { strides: 2, bias }), [1, 2, 3, 2], [3, 3, 3, 2], [3]),
    ofShapes((x, kernel) => conv2dTranspose(x, kernel, { strides: 2, padding: "same" }), [1, 2, 3, 2], [3, 2, 1, 2]),
  ),
  reduction("mean", mean),
  reduction("variance", variance),
  reduction("logSumExp, other axes", logSumExp),
  reduction("max, several axes", max),
  reduction("min, several axes", min),
  operation(
    "softmax, axis 0",
    ofShapes((x) => softmax(x, { axis: 0 }), [3, 4]),
  ),
  operation(
    "logSoftmax, axis 1",
    ofShapes((x) => logSoftmax(x, { axis: 1 }), [2, 3, 4]),
  ),
  operation(
    "stack",
    ofShapes((a, b) => stack([a, b, a], { axis: 1 }), [2, 3], [2, 3]),
  ),
  operation(
    "concat of slices",
    ofShapes((a) => concat([slice(a, [0, 0], [2, 2]), slice(a, [1, 1], [2, 2])], { axis: 1 }), [3, 3]),
  ),
  reduction("prod", prod),
  operation("prod, with zeros", {
    f: (x) => [prod(x, { axis: 1 })],
    inputs: [
      tensor([
        [2, 0, 3],
        [0, 0.5, 0],
        [1, 2, -3],
      ]),
    ],
  }),
  reduction("norm", norm),
  operation(
    "norm, ord 1 and Infinity",
    ofShapes((x) => norm(x, { ord: 1, axis: 0 }), [3, 4]),
    ofShapes((x) => norm(x, { ord: Infinity, axis: 1, keepDims: true }), [3, 4]),
  ),
  operation(
    "expandDims",
    ofShapes((x) => mul(expandDims(x, { axis: [0, -1] }), expandDims(x, { axis: 1 })), [2, 2]),
  ),
  operation(
    "squeeze",
    ofShapes((x) => mul(squeeze(x), squeeze(x, { axis: 1 })), [3, 1, 3]),
  ),
  operation(
    "tile",
    ofShapes((x) => mul(tile(x, [2, 1, 3]), 2), [2, 3]),
  ),
  operation(
    "tensorSplit",
    ofShapes((x) => concat(tensorSplit(x, 2, { axis: 1 }).map((part) => mul(part, part))), [2, 4]),
  ),
  operation(
    "flip",
    ofShapes((x) => mul(flip(x), flip(x, { axis: 1 })), [2, 3]),
  ),
  operation(
    "diag",
    ofShapes((x) => mul(diag(x, { offset: -1 }), diag(x, { offset: 1 })), [4, 4]),
    ofShapes((x) => mul(diag(x, { offset: 1 }), 2), [3]),
  ),
  operation(
    "sort",
    ofShapes((x) => mul(sort(x), sort(x, { axis: 0 })), [3, 3]),
  ),
  operation(
    "topK",
    ofShapes((x) => square(topK(x, 2, { axis: 1 }).values), [2, 4, 3]),
  ),
  operation(
    "einsum",
    ofShapes((a, b) => einsum("bij,kj->ibk", a, b), [2, 3, 2], [2, 2]),
    ofShapes((a, b) => einsum("bi,bi->b", a, b), [2, 3], [2, 3]),
    ofShapes((a, b, c) => einsum("ij,jk,ki", a, b, c), [2, 3], [3, 2], [2, 2]),
    ofShapes((a, b) => einsum("iij,j->ij", a, b), [2, 2, 3], [3]),
  ),
  ...[maxPool1d, averagePool1d].map((pool) =>
    operation(
      pool.name,
      ofShapes((x) => pool(x, { poolSize: 3, strides: 2, padding: "same" }), [2, 6, 3]),
    ),
  ),
  operation(
    "resize",
    ...(["bilinear", "area", "nearest"] as const).map((method) =>
      ofShapes((x) => resize(x, [3, 2], { method }), [1, 2, 4, 2]),
    ),
  ),
  operation(
    "pad, mode reflect",
    ofShapes(
      (x) =>
        pad(
          x,
          [
            [0, 2],
            [1, 0],
          ],
          { mode: "reflect" },
        ),
      [3, 4],
    ),
  ),
  operation(
    "clipNorm",
    ofShapes((x) => clipNorm(x, 1.5), [3, 4]),
    ofShapes((x) => clipNorm(x, 2.5, { axis: 1 }), [3, 4]),
    ofShapes((x) => clipNorm(x, 100), [3, 4]),
  ),
  operation(
    "l1, l2, l1l2",
    ...[l1(0.3), l2(0.3), l2(0.3, { variant: "keras" }), l1l2({ l1: 0.2, l2: 0.3 })].map((f) => ofShapes(f, [3, 4])),
  ),
  operation(
    "maxNorm, unitNorm",
    ...[maxNorm(1.5), maxNorm(1.5, { variant: "keras" }), unitNorm(), unitNorm({ axis: 1 })].map((f) =>
      ofShapes(f, [3, 4]),
    ),
  ),
  operation(
    "dropout",
    ofShapes((x) => dropout(x, { rate: 0.4, random: new Random(3) }), [4, 5]),
  ),
  operation(
    "batchNormTraining",
    ofShapes((x, gamma, beta) => batchNormTraining(x, gamma, beta).y, [5, 3], [3], [3]),
    ofShapes((x) => batchNormTraining(x, undefined, undefined, { axis: 1 }).y, [2, 3, 4]),
    ofShapes((x) => batchNormTraining(x, undefined, undefined).variance, [5, 3]),
  ),
];

const losses: readonly Composition[] = [
  loss(
    "softmaxCrossEntropy",
    ...reductions.map((how) => ofShapes((x) => softmaxCrossEntropy(x, labels, { reduction: how }), [4, 3])),
  ),
  loss(
    "sigmoidCrossEntropy",
    ...reductions.map((how) => ofShapes((x, t) => sigmoidCrossEntropy(x, t, { reduction: how }), [4, 3], [4, 3])),
  ),
  loss(
    "meanSquaredError",
    ...reductions.map((how) => ofShapes((x, t) => meanSquaredError(x, t, { reduction: how }), [4, 3], [4, 3])),
  ),
  loss(
    "meanAbsoluteError",
    ...reductions.map((how) => ofShapes((x, t) => meanAbsoluteError(x, t, { reduction: how }), [4, 3], [4, 3])),
  ),
  loss(
    "huber",
    ...reductions.map((how) => ofShapes((x, t) => huber(x, t, { reduction: how }), [4, 3], [4, 3])),
    ofShapes((x, t) => huber(x, t, { delta: 0.3 }), [4, 3], [4, 3]),
  ),
];

const activations: readonly ActivationName[] = [
  "linear",
  "sigmoid",
  "tanh",
  "relu",
  "leakyRelu",
  "elu",
  "selu",
  "gelu",
  "silu",
  "softplus",
  "softmax",
  "logSoftmax",
];

const training = { training: true };

const adapted = (standardize: Standardize, shape: Shape): Standardize => {
  standardize.adapt(draw(shape, 7));
  return standardize;
};

const oneHot = new OneHot({ depth: 3, unknown: "slot" });

/** Indices are not differentiated: its table is. */
const embedded = new Sequential({
  inputShape: [4],
  layers: [new Embedding({ inputDim: 3, outputDim: 3, embeddingsInitializer: "heNormal" })],
  seed: 1,
});

const layers: readonly Composition[] = [
  layer(
    "Dense",
    ...activations.map((activation) => ofLayer(new Dense({ units: 3, activation, seed: 1 }), [4, 2])),
    ofLayer(new Dense({ units: 2, useBias: false, seed: 1 }), [2, 3, 4]),
  ),
  layer("Activation", ...activations.map((activation) => ofLayer(new Activation(activation), [3, 5]))),
  layer(
    "BatchNorm",
    ofLayer(new BatchNorm(), [5, 3], training),
    ofLayer(new BatchNorm(), [5, 3]),
    ofLayer(new BatchNorm({ axis: 1, center: false }), [3, 2, 4], training),
    ofLayer(new BatchNorm({ scale: false, variant: "pytorch" }), [5, 3], training),
  ),
  layer(
    "BatchNorm, several axes",
    ofLayer(new BatchNorm({ axis: [1, 3] }), [3, 2, 2, 2], training),
    ofLayer(new BatchNorm({ axis: [1, 3] }), [3, 2, 2, 2]),
    ofLayer(new BatchNorm({ axis: [-1, 1] }), [4, 2, 2], training),
  ),
  layer(
    "BatchNorm, virtual batches",
    ofLayer(new BatchNorm({ virtualBatchSize: 3 }), [6, 2], training),
    ofLayer(new BatchNorm({ virtualBatchSize: 2, axis: [1, 3] }), [4, 2, 2, 2], training),
  ),
  layer(
    "BatchNorm, renormalized",
    // The corrections are constants for the gradient and follow x: they are constant only at their bounds.
    ofLayer(new BatchNorm({ renorm: true, renormClipping: { rmin: 1.5, rmax: 1.5, dmax: 1e-3 } }), [5, 3], training),
    ofLayer(
      new BatchNorm({ renorm: true, renormClipping: { rmin: 0.5, rmax: 0.5, dmax: 0 }, virtualBatchSize: 3 }),
      [6, 2],
      training,
    ),
    ofLayer(new BatchNorm({ renorm: true }), [5, 3]),
  ),
  layer(
    "BatchNorm, adjusted",
    ofLayer(
      new BatchNorm({
        seed: 1,
        adjustment: (shape, random) => [randomUniform(shape.slice(-1), { min: 0.5, max: 1.5, random }), 0.25],
      }),
      [5, 3],
      training,
    ),
  ),
  layer("RandomFlip", ofLayer(new RandomFlip({ seed: 1 }), [3, 2, 3, 1], training)),
  layer("RandomRotation", ofLayer(new RandomRotation({ factor: 0.2, seed: 1 }), [2, 3, 3, 1], training)),
  layer("RandomShift", ofLayer(new RandomShift({ heightFactor: 0.5, widthFactor: 0.5 }), [2, 3, 3, 1], training)),
  layer("RandomZoom", ofLayer(new RandomZoom({ heightFactor: 0.4, fillMode: "constant" }), [2, 3, 3, 1], training)),
  layer("Dropout", ofLayer(new Dropout({ rate: 0.4, seed: 1 }), [4, 5], training), ofLayer(new Dropout(), [4, 5])),
  // Nothing flows through it: beside its input, only that has a derivative.
  layer(
    "OneHot",
    ofShapes((x) => concat([mul(x, x), oneHot.call(x)], { axis: 1 }), [4, 2]),
  ),
  layer(
    "Embedding",
    withVariables(
      (x) => mul(embedded.call(tensor([[0, 2, 2, 1]], { dtype: "int32" })), x),
      draw([1, 4, 3], 4),
      embedded.trainableVariables,
    ),
  ),
  layer(
    "LayerNorm",
    ofLayer(new LayerNorm(), [3, 5]),
    ofLayer(new LayerNorm({ axis: [1, 2], center: false, variant: "pytorch" }), [2, 3, 2]),
    ofLayer(new LayerNorm({ scale: false }), [2, 3, 4]),
  ),
  layer("PReLU", ofLayer(new PReLU({ variant: "pytorch" }), [4, 3])),
  layer("RReLU", ofLayer(new RReLU({ seed: 1 }), [4, 3], training), ofLayer(new RReLU(), [4, 3])),
  layer(
    "Standardize",
    ofLayer(adapted(new Standardize(), [4, 3]), [4, 3]),
    ofLayer(adapted(new Standardize({ axis: [1, 2], missing: "mean" }), [2, 3, 2]), [2, 3, 2]),
  ),
  ...[Add, Average, Concatenate, Maximum, Minimum, Multiply].map((Class) =>
    layer(
      Class.name,
      ofShapes((a, b, c) => new Class().call([a, b, c]), [2, 3], [2, 3], [2, 3]),
    ),
  ),
  layer(
    "Subtract",
    ofShapes((a, b) => new Subtract().call([a, b]), [2, 3], [2, 3]),
  ),
  layer("Model", ofLayer(everyLayer.Model(), [3, 4])),
  layer("Flatten", ofLayer(new Flatten(), [2, 2, 3])),
  layer("Reshape", ofLayer(new Reshape({ shape: [3, -1] }), [2, 6])),
  layer("ZeroPadding2D", ofLayer(new ZeroPadding2D({ padding: [1, 0] }), [2, 2, 2, 1])),
  layer("MaxPooling1D", ofLayer(new MaxPooling1D({ poolSize: 3, strides: 1 }), [2, 5, 2])),
  layer("MaxPooling2D", ofLayer(new MaxPooling2D({ padding: "same" }), [2, 3, 4, 2])),
  layer("AveragePooling1D", ofLayer(new AveragePooling1D({ strides: 1 }), [2, 4, 2])),
  layer("AveragePooling2D", ofLayer(new AveragePooling2D({ padding: "same" }), [2, 3, 4, 2])),
  layer("GlobalAveragePooling1D", ofLayer(new GlobalAveragePooling1D(), [2, 3, 2])),
  layer("GlobalAveragePooling2D", ofLayer(new GlobalAveragePooling2D({ keepDims: true }), [2, 3, 2, 2])),
  layer("GlobalMaxPooling1D", ofLayer(new GlobalMaxPooling1D(), [2, 3, 2])),
  layer("GlobalMaxPooling2D", ofLayer(new GlobalMaxPooling2D(), [2, 2, 3, 2])),
  layer(
    "Conv1D",
    ofLayer(new Conv1D({ filters: 2, kernelSize: 2, padding: "causal", activation: "tanh", seed: 1 }), [2, 4, 2]),
  ),
  layer(
    "Conv2D",
    ofLayer(new Conv2D({ filters: 2, kernelSize: 2, strides: [2, 1], activation: "elu", seed: 1 }), [2, 4, 3, 2]),
    ofLayer(
      new Conv2D({ filters: 2, kernelSize: 3, padding: "same", groups: 2, useBias: false, seed: 1 }),
      [1, 3, 3, 2],
    ),
  ),
  layer(
    "Conv2DTranspose",
    ofLayer(new Conv2DTranspose({ filters: 2, kernelSize: 3, strides: 2, seed: 1 }), [1, 2, 2, 2]),
  ),
  layer("DepthwiseConv2D", ofLayer(new DepthwiseConv2D({ kernelSize: 2, depthMultiplier: 2, seed: 1 }), [1, 3, 3, 2])),
  layer("SeparableConv2D", ofLayer(new SeparableConv2D({ filters: 2, kernelSize: 2, seed: 1 }), [1, 3, 3, 2])),
  layer(
    "TableEncoder",
    ofLayer(
      new TableEncoder({
        columns: [
          { name: "number", type: "number", mean: 0.5, deviation: 2, missing: 1 },
          { name: "category", type: "category", categories: ["a", "b"] },
          { name: "boolean", type: "boolean" },
        ],
      }),
      [4, 3],
    ),
    // Fractions are unknown categories.
    ofLayer(
      new TableEncoder({
        columns: [
          { name: "number", type: "number", mean: 0.5, deviation: 2 },
          { name: "category", type: "category", categories: ["a", "b"], embed: 2, unknown: "slot" },
        ],
        seed: 1,
      }),
      [4, 2],
    ),
  ),
  layer(
    "Sequential",
    ofLayer(new Sequential({ layers: [elu, new Sequential({ layers: [new Dense({ units: 3 })] })], seed: 1 }), [4, 2]),
  ),
];

const network = (name: string, model: Sequential, f: (output: Tensor) => Tensor): Composition => ({
  group: "networks",
  name,
  cases: [withVariables((x) => f(model.call(x, training)), draw([4, 5], 3), model.trainableVariables)],
});

const penalized = new Sequential({
  inputShape: [5],
  seed: 4,
  activityRegularizer: l2(0.5),
  layers: [
    new Dense({ units: 4, activation: "tanh", kernelRegularizer: l2(0.3), biasRegularizer: l1(0.2) }),
    new Dense({ units: 3, kernelRegularizer: l1l2({ l1: 0.1, l2: 0.2 }), activityRegularizer: l1(0.4) }),
  ],
});

const networks: readonly Composition[] = [
  network("tanh, penalties on weights and outputs", penalized, (logits) =>
    penalized.losses().reduce(add, softmaxCrossEntropy(logits, labels)),
  ),
  network(
    "relu, relu, cross entropy",
    new Sequential({
      inputShape: [5],
      seed: 1,
      layers: [
        new Dense({ units: 6, activation: "relu" }),
        new Dense({ units: 4, activation: "relu" }),
        new Dense({ units: 3 }),
      ],
    }),
    (logits) => softmaxCrossEntropy(logits, labels),
  ),
  network(
    "batch norm, elu, dropout, cross entropy",
    new Sequential({
      inputShape: [5],
      seed: 2,
      layers: [
        new Dense({ units: 6 }),
        new BatchNorm({ momentum: 0.9 }),
        elu,
        new Dropout({ rate: 0.3 }),
        new Dense({ units: 3 }),
        new BatchNorm({ momentum: 0.9 }),
      ],
    }),
    (logits) => softmaxCrossEntropy(logits, labels),
  ),
  network(
    "tanh, mean squared error",
    new Sequential({
      inputShape: [5],
      seed: 3,
      layers: [new Dense({ units: 4, activation: "tanh" }), new Dense({ units: 1 })],
    }),
    (output) => meanSquaredError(output, tensor([[1], [-2], [0.5], [3]])),
  ),
];

/** Every composition that is checked. */
export const compositions: readonly Composition[] = [...operations, ...losses, ...layers, ...networks];
