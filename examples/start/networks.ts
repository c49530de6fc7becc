import {
  Adam,
  BatchNorm,
  Conv2D,
  clipByValue,
  Dense,
  Dropout,
  elu,
  Flatten,
  MaxPooling2D,
  type Optimizer,
  oneCycle,
  Reshape,
  relu,
  Sequential,
  SGD,
  varianceScaling,
} from "gradus";
import type { Digits } from "./data.ts";
import type { StartOptions } from "./options.ts";

/** The network of one of the programs, for images of any size. */
export interface Network {
  readonly build: (seed: number) => Sequential;
  readonly optimizer: Optimizer;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
}

/** The defaults of each program, on MNIST and on the built-in digits, which are fewer: smaller batches learn as well there. */
const defaults = {
  mnist: {
    mnist: { epochs: 20, batchSize: 50, learningRate: 0.01 },
    digits: { epochs: 30, batchSize: 10, learningRate: 0.05 },
  },
  "batch-norm": {
    mnist: { epochs: 20, batchSize: 200, learningRate: 0.01 },
    digits: { epochs: 30, batchSize: 25, learningRate: 0.05 },
  },
  cnn: {
    mnist: { epochs: 12, batchSize: 100, learningRate: 0.004 },
    digits: { epochs: 20, batchSize: 25, learningRate: 0.004 },
  },
} as const;

/** The network that the options select. */
export const networkFor = (options: StartOptions, { kind, side, train }: Digits): Network => {
  const { program } = options;
  const usual = defaults[program][kind];
  const learningRate = options.learningRate ?? usual.learningRate;
  const batchSize = options.batchSize ?? usual.batchSize;
  const epochs = options.epochs ?? usual.epochs;
  const optimizers = {
    mnist: () => new SGD({ learningRate }),
    "batch-norm": () => new SGD({ learningRate, clip: clipByValue(-1, 1) }),
    cnn: () => {
      const totalSteps = epochs * Math.max(1, Math.floor(train.size / batchSize));
      return new Adam({ learningRate: oneCycle({ max: learningRate, totalSteps }) });
    },
  };
  const networks = { mnist: plain, "batch-norm": batchNormalized, cnn: convolutional };
  return {
    build: (seed) => networks[program]([side * side], seed),
    optimizer: optimizers[program](),
    epochs,
    batchSize,
    learningRate,
  };
};

/** The network of mnist.ts. */
export const plain = (inputShape: readonly number[], seed: number): Sequential =>
  new Sequential({
    name: "dnn",
    inputShape,
    layers: [
      new Dense({ name: "hidden1", units: 300, activation: "relu" }),
      new Dense({ name: "hidden2", units: 100, activation: "relu" }),
      new Dense({ name: "outputs", units: 10 }),
    ],
    seed,
  });

/** The network of batch-norm.ts. */
export const batchNormalized = (inputShape: readonly number[], seed: number): Sequential => {
  const kernelInitializer = varianceScaling({ scale: 1, mode: "fanIn", distribution: "truncatedNormal" });
  const dense = (name: string, units: number): Dense => new Dense({ name, units, kernelInitializer });
  const batchNorm = (name: string): BatchNorm => new BatchNorm({ name, momentum: 0.9, epsilon: 1e-3 });
  return new Sequential({
    name: "dnn",
    inputShape,
    layers: [
      dense("hidden1", 300),
      batchNorm("bn1"),
      elu,
      dense("hidden2", 100),
      batchNorm("bn2"),
      elu,
      dense("outputs", 10),
      batchNorm("bn3"),
    ],
    seed,
  });
};

/** The network of cnn.ts; on small images its windows keep the size. */
export const convolutional = (inputShape: readonly number[], seed: number): Sequential => {
  const side = Math.sqrt(inputShape[0]);
  const padding = side < 14 ? "same" : "valid";
  return new Sequential({
    name: "cnn",
    inputShape,
    layers: [
      new Reshape({ shape: [side, side, 1] }),
      new Conv2D({ name: "conv1", filters: 32, kernelSize: 3, padding, useBias: false }),
      new BatchNorm({ axis: -1, momentum: 0.9 }),
      relu,
      new MaxPooling2D({ poolSize: 2 }),
      new Conv2D({ name: "conv2", filters: 64, kernelSize: 3, padding, activation: "relu" }),
      new MaxPooling2D({ poolSize: 2 }),
      new Flatten(),
      new Dropout({ rate: 0.5 }),
      new Dense({ name: "hidden", units: 128, activation: "relu" }),
      new Dense({ name: "outputs", units: 10 }),
    ],
    seed,
  });
};
