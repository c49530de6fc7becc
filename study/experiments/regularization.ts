import {
  Activation,
  Adam,
  BatchNorm,
  Dense,
  type DenseOptions,
  Dropout,
  type Layer,
  l1,
  l2,
  maxNorm,
} from "../../src/index.ts";
import { higher, notMuchHigher } from "../claims.ts";
import type { Experiment, Variant } from "../experiment.ts";
import { sample, train } from "../training.ts";

interface Regularization extends Pick<DenseOptions, "kernelRegularizer" | "kernelConstraint"> {
  readonly rate?: number;
  readonly normalized?: boolean;
}

/** Layers as in the notes, with dropout of the inputs and of every hidden layer. */
const layers = (sizes: readonly number[], options: Regularization): readonly Layer[] => {
  const { rate = 0, normalized = false, ...ofKernels } = options;
  return [
    ...sizes.flatMap((units, index) => [
      new Dropout({ name: `drop${index}`, rate }),
      new Dense({ ...ofKernels, name: `hidden${index + 1}`, units }),
      ...(normalized ? [new BatchNorm({ name: `bn${index + 1}`, momentum: 0.9 })] : []),
      new Activation("relu"),
    ]),
    new Dropout({ name: "drop_last", rate }),
    new Dense({ name: "outputs", units: 10 }),
  ];
};

/** The network that overfits. */
const large =
  (regularization: Regularization): Variant =>
  (lab) =>
    train(lab, layers([300, 100], regularization), {
      optimizer: new Adam({ learningRate: 0.001 }),
      examples: sample(lab, 1000),
      epochs: 40,
    });

/** The network that is too small for its data. */
const small =
  (rate: number): Variant =>
  (lab) =>
    train(lab, layers([20], { rate }), {
      optimizer: new Adam({ learningRate: 0.001 }),
      examples: sample(lab, 10_000),
      epochs: 4,
    });

const claim = (quote: string, of: string): ReturnType<typeof higher> => higher({ quote, of, than: "none" });

export const regularization: Experiment = {
  name: "Dropout, max norm, and penalties against overfitting",
  setting:
    "300-100 hidden units, ReLU, 1,000 images, 40 epochs, batches of 50, Adam 0.001: it overfits. Underfitting: 20 hidden " +
    "units, 10,000 images, 4 epochs.",
  variants: {
    none: large({}),
    "dropout 0.2": large({ rate: 0.2 }),
    "dropout 0.5": large({ rate: 0.5 }),
    "max norm 1, axis 1": large({ kernelConstraint: maxNorm(1, { axis: 1 }) }),
    "max norm 1, axis 0": large({ kernelConstraint: maxNorm(1, { axis: 0 }) }),
    "l2 0.001": large({ kernelRegularizer: l2(0.001) }),
    "l1 0.0001": large({ kernelRegularizer: l1(0.0001) }),
    "batch norm": large({ normalized: true }),
    "batch norm, dropout 0.2": large({ normalized: true, rate: 0.2 }),
    "20 units, dropout 0.5": small(0.5),
    "20 units, dropout 0.2": small(0.2),
  },
  claims: [
    claim("Dropout prevents overfitting (at 0.2)", "dropout 0.2"),
    claim("Dropout prevents overfitting (at the note's 0.5)", "dropout 0.5"),
    claim("Max norm prevents overfitting (the note's threshold and axes=1)", "max norm 1, axis 1"),
    claim("Max norm prevents overfitting (one norm per unit, axis 0)", "max norm 1, axis 0"),
    claim("Regularization prevents overfitting (l2)", "l2 0.001"),
    claim("Regularization prevents overfitting (l1)", "l1 0.0001"),
    notMuchHigher({
      quote: "With batch norm nothing has to be tuned against overfitting (dropout adds nothing)",
      of: "batch norm, dropout 0.2",
      than: "batch norm",
      margin: 0.002,
    }),
    higher({
      quote: "If the model does not fit the training set, lower the dropout rate",
      of: "20 units, dropout 0.2",
      than: "20 units, dropout 0.5",
    }),
  ],
};
