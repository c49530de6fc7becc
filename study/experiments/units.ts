import { Momentum } from "../../src/index.ts";
import { higher } from "../claims.ts";
import type { Experiment, Variant } from "../experiment.ts";
import { sample, stack, train } from "../training.ts";

const hidden =
  (...sizes: readonly number[]): Variant =>
  (lab) =>
    train(lab, stack(sizes, "relu", { kernelInitializer: "heNormal" }), {
      optimizer: new Momentum({ learningRate: 0.02, momentum: 0.9 }),
      examples: sample(lab, 20_000),
      epochs: 4,
    });

export const units: Experiment = {
  name: "Units against layers at equal parameters",
  setting:
    "20,000 images, 4 epochs, batches of 50, Momentum 0.02, He initialization, ReLU. 266,335 parameters in one hidden " +
    "layer of 335 units, 265,771 in four of 193.",
  variants: { "one layer of 335": hidden(335), "four layers of 193": hidden(193, 193, 193, 193) },
  claims: [
    higher({
      quote: "In general more neurons per layer cost more than more layers (in time, at equal parameters)",
      of: "one layer of 335",
      than: "four layers of 193",
      measure: "seconds",
    }),
    higher({
      quote: "(and layers give more for the same parameters)",
      of: "four layers of 193",
      than: "one layer of 335",
    }),
  ],
};
