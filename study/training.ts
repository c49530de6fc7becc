import {
  type ActivationFunction,
  type ActivationName,
  type Callback,
  type Dataset,
  Dense,
  type DenseOptions,
  evaluate,
  fit,
  type Layer,
  NonFiniteError,
  type Optimizer,
  Sequential,
  take,
} from "../src/index.ts";
import type { Lab, Measures } from "./experiment.ts";

/** The first images in the order of the seed, or all of them if there are fewer. */
export const sample = ({ train, quick }: Lab, count: number): Dataset =>
  take(train, { to: Math.min(quick ? 200 : count, train.size) });

/** A dense layer with an activation for each of the sizes, and one with ten outputs. */
export const stack = (
  sizes: readonly number[],
  activation: ActivationName | ActivationFunction = "relu",
  options: Partial<DenseOptions> = {},
): readonly Layer[] => [
  ...sizes.map((units, index) => new Dense({ ...options, name: `hidden${index + 1}`, units, activation })),
  new Dense({ ...options, name: "outputs", units: 10 }),
];

/** How a network is trained in the study. */
export interface TrainOptions {
  readonly optimizer: Optimizer;
  readonly examples: Dataset;
  readonly epochs: number;
  /** Default: 50. */
  readonly batchSize?: number;
  /** Examples for early stopping; accuracies are measured on others. */
  readonly validation?: Dataset;
  readonly callbacks?: readonly Callback[];
}

/** A network of these layers for the images. */
export const network = ({ inputs, seed }: Lab, layers: readonly (Layer | ActivationFunction)[]): Sequential =>
  new Sequential({ name: "dnn", inputShape: [inputs], layers, seed });

/** Trains for `epochs` epochs, and measures the model. A loss that is not finite ends the training early. */
export const trained = async (lab: Lab, model: Sequential, options: TrainOptions): Promise<Measures> => {
  const { optimizer, examples, batchSize = 50, validation, callbacks = [] } = options;
  const epochs = lab.quick ? 1 : options.epochs;
  const start = performance.now();
  const seconds: number[] = [];
  let loss = Infinity;
  const watch: Callback = {
    onEpochEnd: (_, record) => {
      seconds.push(record.seconds);
      loss = record.loss;
    },
  };
  try {
    const seed = lab.seed;
    await fit(model, examples, { optimizer, epochs, batchSize, seed, validation, callbacks: [watch, ...callbacks] });
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    loss = Infinity;
    seconds.push((performance.now() - start) / 1000);
  }
  const { accuracy = 0, loss: validationLoss } = evaluate(model, lab.validation);
  return {
    accuracy,
    loss,
    validationLoss,
    // The fastest epoch was not disturbed by other programs.
    seconds: Math.min(...seconds) * seconds.length,
    parameters: model.variables.reduce((sum, { size }) => sum + size, 0),
  };
};

/** Builds a network and trains it. */
export const train = (
  lab: Lab,
  layers: readonly (Layer | ActivationFunction)[],
  options: TrainOptions,
): Promise<Measures> => trained(lab, network(lab, layers), options);
