import { Adam, cosineDecay } from "../../src/index.ts";
import { equallyFast, higher, reaches } from "../claims.ts";
import type { Experiment, Variant } from "../experiment.ts";
import { sample, stack, train } from "../training.ts";

const epochs = 6;

const hidden =
  (...sizes: readonly number[]): Variant =>
  (lab) => {
    const examples = sample(lab, 50_000);
    const decaySteps = (epochs * examples.size) / 100;
    const optimizer = new Adam({ learningRate: cosineDecay({ initial: 0.002, decaySteps }) });
    return train(lab, stack(sizes), { optimizer, examples, epochs, batchSize: 100 });
  };

export const depth: Experiment = {
  name: "One hidden layer against two",
  setting: `50,000 images, ${epochs} epochs, batches of 100, Adam from 0.002 to 0 along a cosine, ReLU; 400 hidden units in all.`,
  variants: { "400": hidden(400), "300-100": hidden(300, 100) },
  claims: [
    reaches({
      quote: "For MNIST one hidden layer with a few hundred neurons reaches 97 %",
      of: "400",
      accuracy: 0.97,
    }),
    reaches({
      quote: "two hidden layers with the same number of neurons reach more than 98 %",
      of: "300-100",
      accuracy: 0.98,
    }),
    higher({ quote: "(two layers are better than one)", of: "300-100", than: "400" }),
    equallyFast({ quote: "and the training time is about the same", of: "300-100", than: "400" }),
  ],
};
