import { heNormal, type Initializer, type InitializerName, lecunNormal, normal, SGD } from "../../src/index.ts";
import { higher } from "../claims.ts";
import type { Experiment, Variant } from "../experiment.ts";
import { sample, stack, train } from "../training.ts";

const variant =
  (kernelInitializer: Initializer | InitializerName): Variant =>
  (lab) =>
    train(lab, stack([100, 100, 100, 100], "relu", { kernelInitializer }), {
      optimizer: new SGD({ learningRate: 0.05 }),
      examples: sample(lab, 10_000),
      epochs: 2,
    });

const claim = (quote: string, of: string, than: string): ReturnType<typeof higher> => higher({ quote, of, than });

export const initializers: Experiment = {
  name: "Initializers",
  setting: "Four hidden layers of 100, ReLU, 10,000 images, 2 epochs, batches of 50, SGD 0.05.",
  variants: {
    "N(0, 1)": variant(normal({ stddev: 1 })),
    "N(0, 0.01²)": variant(normal({ stddev: 0.01 })),
    Glorot: variant("glorotUniform"),
    LeCun: variant(lecunNormal),
    He: variant(heNormal),
  },
  claims: [
    claim("A good initialization speeds training up: the note's variance scaling (LeCun's)", "LeCun", "N(0, 1)"),
    claim("the same, against small random weights", "LeCun", "N(0, 0.01²)"),
    claim("the same, against the default of a dense layer", "LeCun", "Glorot"),
    claim(
      "The note calls its variance scaling He's, which has twice the variance and suits ReLU better",
      "He",
      "LeCun",
    ),
  ],
};
