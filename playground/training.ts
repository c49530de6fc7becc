/** The optimizers that the page offers, each with the learning rate to begin with. */
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

/** How a network is trained. Changing it goes on with the weights that the network has. */
export interface TrainingSettings {
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  readonly batchSize: number;
  /** After so many epochs training stops by itself; starting again trains for as many more. */
  readonly epochs: number;
}

export const defaultTraining: TrainingSettings = {
  optimizer: "momentum",
  learningRate: optimizers.momentum.learningRate,
  batchSize: 32,
  epochs: 100,
};

/** The rule that these settings break, as a sentence for their user; undefined when one can train with them. */
export const trainingProblem = ({ learningRate, batchSize, epochs }: TrainingSettings): string | undefined => {
  if (!(learningRate >= 0 && Number.isFinite(learningRate))) return "The learning rate must be a number from 0.";
  if (!Number.isInteger(batchSize) || batchSize < 1) return "The batch size must be a whole number from 1.";
  if (!Number.isInteger(epochs) || epochs < 1) return "The number of epochs must be a whole number from 1.";
  return undefined;
};
