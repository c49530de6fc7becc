import { BatchNorm, clipByValue, Dense, elu, Sequential, SGD, varianceScaling } from "gradus";
import type { Digits } from "./data.ts";
import type { StartOptions } from "./options.ts";

/** The network of one of the two programs, for images of any size. */
export interface Network {
  readonly build: (seed: number) => Sequential;
  readonly optimizer: SGD;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
}

/** The network that the options select. On the built-in digits, which are fewer, smaller batches and a higher rate learn as well. */
export const networkFor = (options: StartOptions, { kind, side }: Digits): Network => {
  const isMnist = kind === "mnist";
  const isPlain = options.program === "mnist";
  const learningRate = options.learningRate ?? (isMnist ? 0.01 : 0.05);
  const batchSize = isPlain ? (isMnist ? 50 : 10) : isMnist ? 200 : 25;
  return {
    build: (seed) => (isPlain ? plain : batchNormalized)([side * side], seed),
    optimizer: new SGD({ learningRate, ...(isPlain ? {} : { clip: clipByValue(-1, 1) }) }),
    epochs: options.epochs ?? (isMnist ? 20 : 30),
    batchSize: options.batchSize ?? batchSize,
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
