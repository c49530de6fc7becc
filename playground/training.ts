import type { Problems } from "./network.ts";

/** The optimizers that the page offers, each with its initial learning rate. */
export const optimizers = {
  sgd: { label: "SGD", learningRate: 0.1 },
  momentum: { label: "Momentum", learningRate: 0.05 },
  nesterov: { label: "Nesterov", learningRate: 0.05 },
  adaGrad: { label: "AdaGrad", learningRate: 0.05 },
  rmsProp: { label: "RMSProp", learningRate: 0.003 },
  adam: { label: "Adam", learningRate: 0.003 },
  adamW: { label: "AdamW", learningRate: 0.003 },
} as const;

export type OptimizerName = keyof typeof optimizers;

/** How a network is trained. Changing it keeps the weights of the network. */
export interface TrainingSettings {
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  readonly batchSize: number;
  /** Training stops by itself after this many epochs; starting again trains for as many more. */
  readonly epochs: number;
}

export const defaultTraining: TrainingSettings = {
  optimizer: "momentum",
  learningRate: optimizers.momentum.learningRate,
  batchSize: 32,
  epochs: 100,
};

/** The problems that prevent training with these settings; empty if there are none. */
export const trainingProblems = (settings: TrainingSettings): Problems<keyof TrainingSettings> => {
  const { learningRate, batchSize, epochs } = settings;
  const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1;
  const isRate = learningRate >= 0 && Number.isFinite(learningRate);
  return {
    ...(isRate ? {} : { learningRate: "The learning rate must be a number from 0." }),
    ...(isCount(batchSize) ? {} : { batchSize: "The batch size must be a whole number from 1." }),
    ...(isCount(epochs) ? {} : { epochs: "The number of epochs must be a whole number from 1." }),
  };
};
