import {
  AdaGrad,
  Adam,
  accuracy,
  exponentialDecay,
  fit,
  kFold,
  Momentum,
  Nesterov,
  type Optimizer,
  RMSProp,
  type Schedule,
  SGD,
} from "../../src/index.ts";
import { higher, lower, notMuchHigher } from "../claims.ts";
import type { Experiment, Lab, Variant } from "../experiment.ts";
import { network, sample, stack, train } from "../training.ts";

type Rate = number | Schedule;

/** How to make each optimizer, and the rates among which cross-validation chooses. */
const kinds: Readonly<Record<string, { readonly make: (rate: Rate) => Optimizer; readonly rates: readonly number[] }>> =
  {
    SGD: { make: (learningRate) => new SGD({ learningRate }), rates: [0.1, 0.2, 0.4] },
    Momentum: { make: (learningRate) => new Momentum({ learningRate, momentum: 0.9 }), rates: [0.01, 0.03, 0.1] },
    Nesterov: { make: (learningRate) => new Nesterov({ learningRate, momentum: 0.9 }), rates: [0.01, 0.03, 0.1] },
    AdaGrad: { make: (learningRate) => new AdaGrad({ learningRate }), rates: [0.03, 0.1, 0.3] },
    RMSProp: { make: (learningRate) => new RMSProp({ learningRate, decay: 0.9 }), rates: [0.0003, 0.001, 0.003] },
    Adam: { make: (learningRate) => new Adam({ learningRate }), rates: [0.0003, 0.001, 0.003] },
  };

const [images, epochs, batchSize] = [10_000, 4, 50];
const [foldedImages, folds] = [9000, 3];

/** The rate of each optimizer with the best mean accuracy over the folds. */
const chooseRates = async (lab: Lab): Promise<Record<string, number>> => {
  const chosen: Record<string, number> = {};
  const examples = sample(lab, foldedImages);
  for (const [name, { make, rates }] of Object.entries(kinds)) {
    let best = -1;
    for (const rate of rates) {
      let sum = 0;
      for (const fold of kFold(examples, { folds, stratified: true, seed: lab.seed })) {
        const model = network(lab, stack([300, 100]));
        await fit(model, fold.train, {
          optimizer: make(rate),
          epochs: lab.quick ? 1 : epochs,
          batchSize,
          seed: lab.seed,
        });
        sum += accuracy(model.predict(fold.validation.x), fold.validation.y);
      }
      if (sum > best) [best, chosen[name]] = [sum, rate];
    }
  }
  return chosen;
};

const variant =
  (name: string, schedule: (rate: number, steps: number) => Rate): Variant =>
  (lab) => {
    const examples = sample(lab, images);
    const rate = schedule(lab.choices[name], (examples.size / batchSize) * epochs);
    return train(lab, stack([300, 100]), { optimizer: kinds[name].make(rate), examples, epochs, batchSize });
  };

/** Trains at the rate of the notes, which is the same for every optimizer. */
const asInTheNotes =
  (name: string): Variant =>
  (lab) =>
    train(lab, stack([300, 100]), {
      optimizer: kinds[name].make(0.01),
      examples: sample(lab, images),
      epochs,
      batchSize,
    });

const constant = (rate: number): Rate => rate;
const decaying = (rate: number, decaySteps: number): Rate =>
  exponentialDecay({ initial: 2 * rate, decaySteps, decayRate: 1 / 20 });

const names = Object.keys(kinds);
const fast = names.filter((name) => name !== "SGD");
const adaptive = ["AdaGrad", "RMSProp", "Adam"];

export const optimizers: Experiment = {
  name: "Optimizers, at a constant and at a decaying rate",
  setting:
    `300-100 hidden units, ReLU, ${images} images, ${epochs} epochs, batches of ${batchSize}. The constant rate of each ` +
    `is chosen among three by kFold (${folds} folds of ${foldedImages} images); the decaying one starts at twice that and ` +
    "falls exponentially to a tenth of it.",
  variants: {
    ...Object.fromEntries(
      names.flatMap((name) => [
        [name, variant(name, constant)],
        [`${name}, decaying`, variant(name, decaying)],
      ]),
    ),
    "SGD, 0.01": asInTheNotes("SGD"),
    "Momentum, 0.01": asInTheNotes("Momentum"),
  },
  prepare: chooseRates,
  claims: [
    lower({
      quote: "A fast optimizer speeds training up noticeably: Momentum, at the notes' rate of 0.01 for both",
      of: "Momentum, 0.01",
      than: "SGD, 0.01",
      measure: "loss",
    }),
    ...fast.map((name) =>
      lower({
        quote: `A fast optimizer speeds training up noticeably: ${name}, each at its own rate`,
        of: name,
        than: "SGD",
        measure: "loss",
      }),
    ),
    ...names
      .filter((name) => !adaptive.includes(name))
      .map((name) =>
        higher({
          quote: `A large rate first and a small one later does better than a fixed rate: ${name}`,
          of: `${name}, decaying`,
          than: name,
        }),
      ),
    ...adaptive.map((name) =>
      notMuchHigher({
        quote: `AdaGrad, RMSProp and Adam lower the rate by themselves and need no schedule: ${name}`,
        of: `${name}, decaying`,
        than: name,
        margin: 0.001,
      }),
    ),
  ],
};
