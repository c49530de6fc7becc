import * as gradus from "gradus";
import {
  Activation,
  BatchNorm,
  Conv2D,
  concat,
  Dense,
  Dropout,
  Embedding,
  Flatten,
  input,
  Layer,
  MaxPooling2D,
  Model,
  Random,
  Sequential,
  TableEncoder,
  type Tensor,
  tensor,
  toFloat,
  type Variable,
} from "gradus";
import type { EncodeOnnxOptions, GraphTensor } from "gradus/graph";
import { namedActivations } from "../../../src/layers/base/activations.ts";
import { everyLayer } from "../../io/everyLayer.ts";

/** A model to export, and what it predicts for the inputs of the file. */
export interface ExportCase {
  readonly model: () => Layer;
  readonly options?: EncodeOnnxOptions;
  /** Whether inputs are whole numbers below 2. */
  readonly isCategorical?: boolean;
}

/** A layer that applies a function, with a variable beside it. */
export class FunctionLayer extends Layer {
  scale!: Variable;
  readonly #apply: (x: Tensor, scale: Tensor) => Tensor;

  constructor(name: string, apply: (x: Tensor, scale: Tensor) => Tensor) {
    super({ name });
    this.#apply = apply;
  }

  build(inputShape: gradus.Shape): void {
    this.scale = this.addVariable("scale", { shape: [inputShape.at(-1) ?? 1], initializer: "ones" });
  }

  call(x: Tensor): Tensor {
    return this.#apply(x, this.scale.read());
  }
}

/** A model of a custom layer on rows of six numbers. */
export const custom = (apply: (x: Tensor, scale: Tensor) => Tensor, inputShape: gradus.Shape = [6]): Layer =>
  new Sequential({ name: "custom", inputShape, layers: [new FunctionLayer("own", apply)] });

/** Each operation that has an operator of its own, or is written with several. */
const operations: Readonly<Record<string, (x: Tensor, scale: Tensor) => Tensor>> = {
  arithmetic: (x, s) => gradus.div(gradus.sub(gradus.mul(x, s), 1), gradus.add(gradus.square(x), 2)),
  extremes: (x) => gradus.maximum(gradus.minimum(x, 0.5), gradus.neg(gradus.abs(x))),
  powers: (x) => gradus.pow(gradus.sqrt(gradus.add(gradus.square(x), 1)), 1.5),
  exponentials: (x) => gradus.log(gradus.add(gradus.exp(x), 1)),
  trigonometry: (x) => gradus.mul(gradus.sin(x), gradus.cos(x)),
  rounding: (x) => gradus.add(gradus.floor(x), gradus.add(gradus.ceil(x), gradus.add(gradus.round(x), gradus.sign(x)))),
  errorFunction: (x) => gradus.erf(x),
  choice: (x, s) =>
    gradus.where(gradus.logicalAnd(gradus.greater(x, -1), gradus.lessEqual(x, 1)), gradus.mul(x, s), 0.25),
  logic: (x) => toFloat(gradus.logicalOr(gradus.logicalNot(gradus.less(x, 0)), gradus.notEqual(x, x))),
  comparisons: (x) => gradus.add(toFloat(gradus.equal(x, x)), toFloat(gradus.greaterEqual(x, 0.5))),
  clipped: (x) => gradus.add(gradus.clip(x, { min: -1, max: Infinity }), gradus.clip(x, { min: -0.5, max: 0.5 })),
  sums: (x) => gradus.sub(x, gradus.mean(x, { axis: 1, keepDims: true })),
  reductions: (x) =>
    gradus.mul(gradus.sub(gradus.max(x, { axis: 1, keepDims: true }), gradus.min(x, { axis: 1, keepDims: true })), x),
  logSums: (x) => gradus.sub(x, gradus.logSumExp(x, { axis: 1, keepDims: true })),
  cumulative: (x) => gradus.add(gradus.cumsum(x, { axis: 1 }), gradus.cumsum(x, { axis: 1, reverse: true })),
  parts: (x) => concat([gradus.slice(x, [0, 1], [-1, 2]), gradus.slice(x, [0, 5], [-1, 3], [1, -2])], { axis: 1 }),
  padded: (x) =>
    gradus.pad(
      x,
      [
        [0, 0],
        [1, 2],
      ],
      { value: 0.5 },
    ),
  mirrored: (x) =>
    gradus.pad(
      x,
      [
        [0, 0],
        [2, 1],
      ],
      { mode: "reflect" },
    ),
  picked: (x) => gradus.gather(x, tensor([4, 0, 0], { dtype: "int32" }), { axis: 1 }),
  largest: (x) => gradus.oneHot(gradus.argMax(x, { axis: 1 }), 6),
  turned: (x) => gradus.reshape(gradus.transpose(gradus.reshape(x, [-1, 2, 3]), [0, 2, 1]), [-1, 6]),
  repeated: (x, s) => gradus.mul(gradus.broadcastTo(gradus.reshape(s, [1, 6]), x.shape), gradus.tile(x, [1, 1])),
  rowsFromTheEnd: (x) => gradus.flip(x, { axis: 0 }),
  products: (x) => {
    const cube = gradus.reshape(x, [-1, 2, 3]);
    return gradus.reshape(gradus.matmul(cube, cube, { transposeB: true }), [-1, 4]);
  },
  gram: (x, s) =>
    gradus.matmul(x, gradus.matmul(gradus.reshape(s, [6, 1]), gradus.reshape(s, [6, 1]), { transposeB: true })),
  attention: (x) => {
    const tokens = gradus.reshape(x, [-1, 3, 2]);
    const weights = gradus.softmax(gradus.matmul(tokens, tokens, { transposeB: true }), { axis: 2 });
    return gradus.reshape(gradus.einsum("bij,bjk->bik", weights, tokens), [-1, 6]);
  },
  otherAxis: (x) => gradus.reshape(gradus.softmax(gradus.reshape(x, [-1, 3, 2]), { axis: 1 }), [-1, 6]),
  stopped: (x) => gradus.mul(gradus.stopGradient(x), x),
};

/** Operations whose files compute the same up to rounding, but whose nodes are not read back, or not with the same bits. */
const unlike: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  accurate: (x) => gradus.add(gradus.expm1(x), gradus.log1p(gradus.abs(x))),
  sorted: (x) => concat([gradus.sort(x), gradus.topK(x, 2).values], { axis: 1 }),
  enlarged: (x) => gradus.reshape(gradus.resize(gradus.reshape(x, [-1, 3, 2, 1]), [5, 4]), [-1, 20]),
  shrunk: (x) => gradus.reshape(gradus.resize(gradus.reshape(x, [-1, 3, 2, 1]), [2, 1], { method: "area" }), [-1, 2]),
  nearest: (x) =>
    gradus.reshape(gradus.resize(gradus.reshape(x, [-1, 3, 2, 1]), [4, 3], { method: "nearest" }), [-1, 12]),
};

const dense = (): Dense => new Dense({ name: "top", units: 3, seed: 2 });

const encoder = (target?: gradus.EncodedTarget): TableEncoder =>
  new TableEncoder({
    name: "encoder",
    columns: [
      { name: "size", type: "number", mean: 0.5, deviation: 2, missing: 1 },
      { name: "colour", type: "category", categories: ["blue", "green", "red"], unknown: "zeros", missing: "red" },
      { name: "city", type: "category", categories: ["Bern", "Kyiv"], unknown: "slot", embed: 2 },
      { name: "old", type: "boolean" },
    ],
    ...(target && { target }),
  });

const tableModel = (units: number, target?: gradus.EncodedTarget): Layer =>
  new Sequential({
    name: "table",
    inputShape: [4],
    seed: 1,
    layers: [encoder(target), new Dense({ units, name: "outputs" })],
  });

const branches = (): Layer => {
  const wide = input({ shape: [3], name: "wide" });
  const word = input({ shape: [2], dtype: "int32", name: "word" });
  const shared = new Dense({ name: "shared", units: 4, activation: "tanh" });
  const vectors = new Flatten().call(new Embedding({ name: "words", inputDim: 2, outputDim: 3 }).call(word));
  const hidden = new gradus.Concatenate().call([shared.call(wide), vectors]);
  const outputs = { price: new Dense({ name: "price_layer", units: 1 }).call(hidden), again: shared.call(wide) };
  return new Model({ name: "houses", inputs: { wide, word }, outputs, seed: 5 });
};

const imageModel = (): Layer =>
  new Sequential({
    name: "cnn",
    inputShape: [8, 8, 3],
    seed: 4,
    layers: [
      new Conv2D({ filters: 4, kernelSize: 3, padding: "same", activation: "relu" }),
      new BatchNorm(),
      new MaxPooling2D(),
      new gradus.SeparableConv2D({ filters: 6, kernelSize: 3, strides: 2 }),
      new Dropout(),
      new Flatten(),
      new Dense({ units: 10, activation: "softmax" }),
    ],
  });

/** Models that the file computes with the bits of this library, once it is read back. */
export const exactCases: Readonly<Record<string, ExportCase>> = {
  ...Object.fromEntries(
    Object.entries(everyLayer).map(([name, model]) => [`layer ${name}`, { model, isCategorical: name === "OneHot" }]),
  ),
  ...Object.fromEntries(
    namedActivations().map(([name]) => [
      `activation ${name}`,
      { model: () => new Sequential({ inputShape: [6], layers: [new Activation(name)] }) },
    ]),
  ),
  "activation gelu by tanh": {
    model: () => new Sequential({ inputShape: [6], layers: [new Activation("gelu", { approximate: "tanh" })] }),
  },
  ...Object.fromEntries(
    Object.entries(operations).map(([name, apply]) => [`operation ${name}`, { model: () => custom(apply) }]),
  ),
  "a network of images": { model: imageModel },
  "a model with branches": { model: branches },
  "a table": { model: () => tableModel(2), isCategorical: true },
  "a table as one input": { model: () => tableModel(2), options: { input: "x" }, isCategorical: true },
  logits: { model: () => new Sequential({ inputShape: [6], layers: [dense()] }), options: { output: "logits" } },
  probabilities: {
    model: () => new Sequential({ inputShape: [6], layers: [dense()] }),
    options: { output: "probabilities" },
  },
  "a probability": {
    model: () => new Sequential({ inputShape: [6], layers: [new Dense({ units: 1 })] }),
    options: { output: "probabilities" },
  },
  labels: { model: () => new Sequential({ inputShape: [6], layers: [dense()] }), options: { output: "labels" } },
  "labels of one score": {
    model: () => new Sequential({ inputShape: [6], layers: [new Dense({ units: 1 })] }),
    options: { output: "labels" },
  },
  "the values of a target": {
    model: () => tableModel(1, { name: "price", type: "number", mean: 100, deviation: 20 }),
    options: { output: "values" },
    isCategorical: true,
  },
};

/** All models, those too whose last bits differ. */
export const exportCases: Readonly<Record<string, ExportCase>> = {
  ...exactCases,
  ...Object.fromEntries(
    Object.entries(unlike).map(([name, apply]) => [`operation ${name}`, { model: () => custom(apply) }]),
  ),
};

/** Random inputs for the inputs of a file. */
export const feedsFor = (
  inputs: readonly GraphTensor[],
  rows: number,
  isCategorical = false,
): Readonly<Record<string, Tensor>> => {
  const random = new Random(7);
  return Object.fromEntries(
    inputs.map(({ name, shape, dtype }) => {
      const lengths = shape.map((length) => length ?? rows);
      const values = gradus.randomNormal(lengths, { random, stddev: 2 });
      const isWhole = isCategorical || dtype === "int32";
      const data = isWhole ? Array.from(values.data, (value) => Number(value > 0)) : Array.from(values.data);
      return [name, tensor(data, { shape: lengths, dtype: dtype as "float32" })];
    }),
  );
};

/** What the model predicts for these inputs, by the names of the file's outputs. */
export const predictionOf = (
  model: Layer,
  { options = {} }: ExportCase,
  feeds: Readonly<Record<string, Tensor>>,
): Readonly<Record<string, Tensor>> => {
  const tensors = Object.values(feeds);
  if (model instanceof Model) return model.run(feeds);
  const x =
    tensors.length > 1
      ? concat(
          tensors.map((column) => toFloat(column)),
          { axis: 1 },
        )
      : tensors[0];
  const y = model.call(x);
  const isOne = y.shape.at(-1) === 1;
  if (options.output === "probabilities") return { y: isOne ? gradus.sigmoid(y) : gradus.softmax(y) };
  if (options.output === "values") return { y: gradus.add(gradus.mul(y, 20), 100) };
  if (options.output !== "labels") return { y };
  return {
    y: isOne
      ? tensor(
          Array.from(y.data, (score) => Number(score > 0)),
          { dtype: "int32" },
        )
      : gradus.argMax(y, { axis: 1 }),
  };
};
