import {
  type ActivationFunction,
  type ActivationName,
  Dense,
  elu,
  grad,
  type Layer,
  leakyRelu,
  Momentum,
  PReLU,
  RReLU,
  randomNormal,
  sum,
  type Tensor,
} from "../../src/index.ts";
import { faster, higher } from "../claims.ts";
import type { Experiment, Lab, Variant } from "../experiment.ts";
import { sample, train } from "../training.ts";

const kernelInitializer = "heNormal";

/** 300-100 hidden units, with this activation behind each hidden layer. */
const layers = (activation: () => Layer): readonly Layer[] => [
  new Dense({ name: "hidden1", units: 300, kernelInitializer }),
  activation(),
  new Dense({ name: "hidden2", units: 100, kernelInitializer }),
  activation(),
  new Dense({ name: "outputs", units: 10, kernelInitializer }),
];

const named = (activation: ActivationName | ActivationFunction): readonly Layer[] => [
  new Dense({ name: "hidden1", units: 300, kernelInitializer, activation }),
  new Dense({ name: "hidden2", units: 100, kernelInitializer, activation }),
  new Dense({ name: "outputs", units: 10, kernelInitializer }),
];

const optimizer = (): Momentum => new Momentum({ learningRate: 0.01, momentum: 0.9 });

const variant =
  (make: () => readonly Layer[], examples = 20_000, epochs = 3): Variant =>
  (lab: Lab) =>
    train(lab, make(), { optimizer: optimizer(), examples: sample(lab, examples), epochs });

/** The time of the function and its derivative alone, on a batch of 200 rows of 300 units. */
const alone =
  (activation: ActivationFunction): Variant =>
  async ({ seed, quick }) => {
    const x = randomNormal([200, 300], { seed });
    const slope = grad((z: Tensor) => sum(activation(z)));
    const rounds = Array.from({ length: quick ? 2 : 20 }, () => {
      const start = performance.now();
      for (let call = 0; call < 50; call++) slope(x);
      return (performance.now() - start) / 1000;
    });
    return { seconds: Math.min(...rounds) };
  };

const prelu = (): readonly Layer[] => layers(() => new PReLU());
const rrelu = (): readonly Layer[] => layers(() => new RReLU());

export const activations: Experiment = {
  name: "Activation functions",
  setting:
    "300-100 hidden units, 20,000 images, 3 epochs, batches of 50, Momentum 0.01, He initialization. 500 images: 40 epochs; " +
    "50,000: 2. Alone: 50 times the function and its derivative on [200, 300].",
  variants: {
    ReLU: variant(() => named("relu")),
    "leaky ReLU": variant(() => named("leakyRelu")),
    PReLU: variant(prelu),
    RReLU: variant(rrelu),
    ELU: variant(() => named("elu")),
    tanh: variant(() => named("tanh")),
    logistic: variant(() => named("sigmoid")),
    "ReLU, 500 images": variant(() => named("relu"), 500, 40),
    "RReLU, 500 images": variant(rrelu, 500, 40),
    "ReLU, 50,000 images": variant(() => named("relu"), 50_000, 2),
    "PReLU, 50,000 images": variant(prelu, 50_000, 2),
    "leaky ReLU alone": alone(leakyRelu),
    "ELU alone": alone(elu),
  },
  claims: [
    higher({ quote: "In general ELU > leaky ReLU (and its variants)", of: "ELU", than: "leaky ReLU" }),
    higher({ quote: "ELU > PReLU, a variant", of: "ELU", than: "PReLU" }),
    higher({ quote: "ELU > RReLU, a variant", of: "ELU", than: "RReLU" }),
    higher({ quote: "leaky ReLU > ReLU", of: "leaky ReLU", than: "ReLU" }),
    higher({ quote: "PReLU, a variant, > ReLU", of: "PReLU", than: "ReLU" }),
    higher({ quote: "RReLU, a variant, > ReLU", of: "RReLU", than: "ReLU" }),
    higher({ quote: "ReLU > tanh", of: "ReLU", than: "tanh" }),
    higher({ quote: "tanh > logistic", of: "tanh", than: "logistic" }),
    faster({
      quote: "If run time matters more, choose leaky ReLU and not ELU (training the network)",
      of: "leaky ReLU",
      than: "ELU",
    }),
    faster({ quote: "the same, the function and its derivative alone", of: "leaky ReLU alone", than: "ELU alone" }),
    higher({
      quote: "RReLU if the network overfits",
      of: "RReLU, 500 images",
      than: "ReLU, 500 images",
    }),
    higher({
      quote: "PReLU for a large training set",
      of: "PReLU, 50,000 images",
      than: "ReLU, 50,000 images",
    }),
  ],
};
