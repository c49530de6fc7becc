import { Adam, type Callback, earlyStopping, split } from "../../src/index.ts";
import { higher, lower, notMuchLower } from "../claims.ts";
import type { Experiment, Variant } from "../experiment.ts";
import { sample, stack, train } from "../training.ts";

const variant =
  (sizes: readonly number[], callbacks: () => readonly Callback[] = () => []): Variant =>
  (lab) => {
    // Early stopping watches examples of the training images, on which no variant trains.
    const parts = split(sample(lab, 3000), { parts: { examples: 2, watched: 1 }, seed: lab.seed });
    return train(lab, stack(sizes), {
      optimizer: new Adam({ learningRate: 0.001 }),
      examples: parts.examples,
      validation: parts.watched,
      epochs: 25,
      callbacks: callbacks(),
    });
  };

const stopping = (): readonly Callback[] => [earlyStopping({ patience: 3, restoreBest: true })];

export const stretchPants: Experiment = {
  name: "An oversized network with early stopping",
  setting:
    "2,000 images, at most 25 epochs, batches of 50, Adam 0.001, ReLU; early stopping (patience 3, the best restored) " +
    "watches the loss on 1,000 other training images.",
  variants: {
    "30": variant([30]),
    "300-100": variant([300, 100]),
    "600-600-300": variant([600, 600, 300]),
    "600-600-300, stopped": variant([600, 600, 300], stopping),
  },
  claims: [
    lower({
      quote: "Use more layers and neurons than needed, and stop early to prevent overfitting (by the loss)",
      of: "600-600-300, stopped",
      than: "600-600-300",
      measure: "validationLoss",
    }),
    higher({
      quote: "the same, by the accuracy",
      of: "600-600-300, stopped",
      than: "600-600-300",
    }),
    higher({
      quote: "Stretch pants: they shrink to the right size (against a network that is too small)",
      of: "600-600-300, stopped",
      than: "30",
    }),
    notMuchLower({
      quote: "no need to look for pants that fit exactly",
      of: "600-600-300, stopped",
      than: "300-100",
      margin: 0.005,
    }),
  ],
};
