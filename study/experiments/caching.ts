import { cacheActivations, Dense, Momentum, type Sequential, take } from "../../src/index.ts";
import { faster } from "../claims.ts";
import type { Claim, Experiment, Lab, Measures } from "../experiment.ts";
import { network, sample, stack, trained } from "../training.ts";

const epochs = 4;
const optimizer = (): Momentum => new Momentum({ learningRate: 0.02, momentum: 0.9 });

/** A network with trained, frozen hidden layers, and new layers on top of them. */
const prepared = async (lab: Lab): Promise<Sequential> => {
  const lower = network(lab, stack([300, 100]));
  await trained(lab, lower, { optimizer: optimizer(), examples: sample(lab, 5000), epochs: 1 });
  const model = lower
    .upTo("hidden2")
    .extend([
      new Dense({ name: "hidden3", units: 50, activation: "relu" }),
      new Dense({ name: "new_outputs", units: 10 }),
    ]);
  model.freeze(/hidden[12]/);
  return model;
};

const without = async (lab: Lab): Promise<Measures> =>
  trained(lab, await prepared(lab), { optimizer: optimizer(), examples: sample(lab, 10_000), epochs });

/** Trains on cached activations; the time includes computing the cache. */
const cached = async (lab: Lab): Promise<Measures> => {
  const model = await prepared(lab);
  const examples = sample(lab, 10_000);
  const start = performance.now();
  const { head, inputs } = cacheActivations(model, examples);
  const filling = (performance.now() - start) / 1000;
  const { inputs: validation } = cacheActivations(model, take(lab.validation, {}));
  const measures = await trained({ ...lab, validation }, head, { optimizer: optimizer(), examples: inputs, epochs });
  return { ...measures, seconds: measures.seconds + filling };
};

const same: Claim = {
  quote: "(and changes nothing in the result)",
  question: "accuracy cached − not cached is 0",
  estimate: ({ cached, "not cached": other }) => cached.accuracy.map((value, seed) => value - other.accuracy[seed]),
  region: [-1e-12, 1e-12],
  unit: "points",
};

export const caching: Experiment = {
  name: "Time with and without the activation cache",
  setting: `300-100 hidden units frozen, 50 and 10 on them trained: 10,000 images, ${epochs} epochs, batches of 50, Momentum 0.02.`,
  variants: { "not cached": without, cached },
  claims: [
    faster({
      quote:
        "Running all data once through the frozen layers and training on their output is wise: it saves computation",
      of: "cached",
      than: "not cached",
    }),
    same,
  ],
};
