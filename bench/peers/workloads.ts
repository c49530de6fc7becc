import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A network and its task; every contender builds the same from this. */
export interface Spec {
  readonly id: string;
  readonly title: string;
  readonly task: "train" | "predict";
  /** Of the layers of units: the inputs, which may be the flattened outputs of convolutions, then the units. */
  readonly sizes: readonly number[];
  /** Height, width and channels of the inputs, where convolutions come first. */
  readonly image?: readonly [number, number, number];
  /** Their filters, of 3 x 3; after each convolution come the activation and the maximum of 2 x 2. */
  readonly filters: readonly number[];
  /** After each layer but the last. */
  readonly activation: "relu" | "elu" | "tanh";
  /** After each layer's product, the last included, before the activation; the momentum is 0.9. */
  readonly batchNorm: boolean;
  readonly loss: "softmax" | "mse";
  readonly optimizer: "sgd" | "adam";
  readonly learningRate: number;
  readonly batch: number;
  /** The number of different batches, which are used in turns. */
  readonly batches: number;
  /** The number of steps (calls) whose losses (outputs) are compared. */
  readonly checkSteps: number;
  /** The number of outputs of each prediction that are compared. */
  readonly checkOutputs: number;
  /** Where inputs come from: MNIST, four fifths of whose pixels are 0, or random numbers without a 0. */
  readonly inputs: "mnist" | "random";
}

/** Pictures as bytes, one after the other, and their labels. */
export interface Pictures {
  readonly pixels: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
}

const mnist = {
  task: "train",
  sizes: [784, 300, 100, 10],
  filters: [],
  activation: "relu",
  batchNorm: false,
  loss: "softmax",
  optimizer: "sgd",
  learningRate: 0.01,
  batch: 50,
  batches: 20,
  checkSteps: 60,
  checkOutputs: 0,
  inputs: "mnist",
} as const;

const images = {
  ...mnist,
  image: [28, 28, 1],
  filters: [32, 64],
  sizes: [5 * 5 * 64, 128, 10],
  batches: 10,
  checkSteps: 10,
  inputs: "random",
} as const;

const predict = { ...mnist, task: "predict", batches: 1, checkSteps: 1 } as const;

/** The workloads of the comparison. */
export const workloads: readonly Spec[] = [
  { ...mnist, id: "A", title: "784-300-100-10, ReLU, SGD, batch 50, MNIST" },
  { ...mnist, id: "A-dense", title: "784-300-100-10, ReLU, SGD, batch 50, random pixels", inputs: "random" },
  {
    ...mnist,
    id: "B",
    title: "784-300-100-10, batch norm, ELU, SGD, batch 200, MNIST",
    activation: "elu",
    batchNorm: true,
    batch: 200,
    batches: 5,
    checkSteps: 25,
  },
  { ...mnist, id: "C", title: "784-300-100-10, ReLU, Adam, batch 50, MNIST", optimizer: "adam", learningRate: 0.001 },
  {
    ...mnist,
    id: "D",
    title: "2-16-16-1, tanh, SGD, batch 32",
    sizes: [2, 16, 16, 1],
    activation: "tanh",
    loss: "mse",
    learningRate: 0.1,
    batch: 32,
    checkSteps: 500,
    inputs: "random",
  },
  { ...images, id: "I", title: "28x28x1, 3x3x32, pool, 3x3x64, pool, 128, 10, ReLU, SGD, batch 50" },
  {
    ...images,
    ...{ id: "I1", title: "prediction of the convolutional network, batch 1", task: "predict", batch: 1, batches: 1 },
    ...{ checkSteps: 1, checkOutputs: 10 },
  },
  { ...predict, id: "E1", title: "prediction of 784-300-100-10, batch 1", batch: 1, checkOutputs: 10 },
  { ...predict, id: "E10000", title: "prediction of 784-300-100-10, batch 10,000", batch: 10_000, checkOutputs: 1000 },
];

/** A step like A with another batch, width or depth; ReLU, SGD. */
export const growthSpec = (id: string, sizes: readonly number[], batch: number): Spec => ({
  ...mnist,
  id,
  title: `${sizes[0]}-${sizes.length > 4 ? `${sizes.length - 2}x${sizes[1]}` : sizes.slice(1, -1).join("-")}-10, batch ${batch}`,
  sizes,
  batch,
  batches: 1,
  learningRate: 0.001,
  checkSteps: 3,
  inputs: "random",
});

/** Mulberry32: the same numbers on every machine, and good enough for weights and pixels. */
const generator = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

interface Named {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

const product = (sizes: readonly number[]): number => sizes.reduce((result, length) => result * length, 1);

const floats = (name: string, shape: readonly number[], value: (index: number) => number): Named => ({
  name,
  shape,
  data: Float32Array.from({ length: product(shape) }, (_, i) => value(i)),
});

/** Kernels within Glorot's limits, and biases of 0; kernels of convolutions are [height, width, channels, filters]. */
const weights = ({ sizes, image, filters }: Spec): Named[] => {
  const random = generator(1);
  const layer = (name: string, window: readonly number[], inputs: number, units: number): Named[] => {
    const limit = Math.sqrt(6 / (product(window) * (inputs + units)));
    const kernel = floats(`${name}/kernel`, [...window, inputs, units], () => limit * (2 * random() - 1));
    return [kernel, floats(`${name}/bias`, [units], () => 0)];
  };
  const channels = [...(image ?? []).slice(2), ...filters];
  return [
    ...filters.flatMap((count, index) => layer(`convolution${index + 1}`, [3, 3], channels[index], count)),
    ...sizes.slice(1).flatMap((units, index) => layer(`layer${index + 1}`, [], sizes[index], units)),
  ];
};

/** Labels 0 to 9 in turns, and pixels that depend on them; for regression, targets that are a smooth function of the inputs. */
const data = ({ sizes, image, batch, batches, loss, task, inputs }: Spec, pictures: Pictures | undefined): Named[] => {
  const shape = image ?? [sizes[0]];
  const [rows, features, classes] = [batch * batches, product(shape), sizes[sizes.length - 1]];
  const random = generator(2);
  if (loss === "mse") {
    const x = floats("x", [rows, features], () => 2 * random() - 1);
    const target = (row: number): number => Math.sin(3 * x.data[row * features]) * x.data[row * features + 1];
    return [x, floats("y", [rows, 1], target)];
  }
  if (inputs === "mnist" && !pictures) throw new Error("bench: the workload needs pictures");
  const templates = Float32Array.from({ length: classes * features }, random);
  const pixel = (index: number): number => {
    if (inputs === "mnist" && pictures) return Math.fround(pictures.pixels[index] / 255);
    const label = Math.floor(index / features) % classes;
    return 0.5 * (templates[label * features + (index % features)] + random());
  };
  const labelOf = (row: number): number => (inputs === "mnist" && pictures ? pictures.labels[row] : row % classes);
  const x = floats("x", [rows, ...shape], pixel);
  const y: Named = { name: "y", shape: [rows], data: Int32Array.from({ length: rows }, (_, row) => labelOf(row)) };
  return task === "train" ? [x, y] : [x];
};

/** Writes weights and data of a workload, <id>.json and <id>.bin, and returns the path without the extension. */
export const writeWorkload = (directory: string, spec: Spec, pictures?: Pictures): string => {
  mkdirSync(directory, { recursive: true });
  const named = [...weights(spec), ...data(spec, pictures)];
  const path = join(directory, spec.id);
  let offset = 0;
  const tensors = named.map(({ name, shape, data: { byteLength }, data: values }) => {
    const entry = { name, shape, dtype: values instanceof Int32Array ? "int32" : "float32", offset };
    offset += byteLength;
    return entry;
  });
  const parts = named.map(
    ({ data: { buffer, byteOffset, byteLength } }) => new Uint8Array(buffer, byteOffset, byteLength),
  );
  writeFileSync(`${path}.bin`, Buffer.concat(parts));
  writeFileSync(`${path}.json`, JSON.stringify({ spec, tensors }));
  return path;
};
