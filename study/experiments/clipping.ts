import { clipByValue, normal, SGD } from "../../src/index.ts";
import { higher, notMuchLower } from "../claims.ts";
import type { Experiment, Variant } from "../experiment.ts";
import { sample, stack, train } from "../training.ts";

/** The clip of the notes: every element of a gradient is between -1 and 1. */
const clip = clipByValue(-1, 1);

const calm =
  (clips: boolean): Variant =>
  (lab) =>
    train(lab, stack([300, 100]), {
      optimizer: new SGD({ learningRate: 0.01, ...(clips ? { clip } : {}) }),
      examples: sample(lab, 10_000),
      epochs: 2,
    });

const exploding =
  (clips: boolean): Variant =>
  (lab) =>
    train(lab, stack([100, 100, 100, 100], "relu", { kernelInitializer: normal({ stddev: 0.7 }) }), {
      optimizer: new SGD({ learningRate: 0.01, ...(clips ? { clip } : {}) }),
      examples: sample(lab, 10_000),
      epochs: 2,
    });

export const clipping: Experiment = {
  name: "Gradient clipping",
  setting:
    "10,000 images, 2 epochs, batches of 50, SGD 0.01, clipByValue(-1, 1). Calm: 300-100 hidden units as in the notes. " +
    "Exploding: four layers of 100 with weights from N(0, 0.7²), which make their inputs five times as large each.",
  variants: {
    "calm, plain": calm(false),
    "calm, clipped": calm(true),
    "exploding, plain": exploding(false),
    "exploding, clipped": exploding(true),
  },
  claims: [
    higher({
      quote: "Gradient clipping relieves exploding gradients",
      of: "exploding, clipped",
      than: "exploding, plain",
    }),
    notMuchLower({
      quote: "(and costs nothing where gradients are small)",
      of: "calm, clipped",
      than: "calm, plain",
      margin: 0.001,
    }),
  ],
};
