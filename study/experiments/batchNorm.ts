import { BatchNorm, Dense, type Layer, relu, SGD } from "../../src/index.ts";
import { higher, lower, notMuchLower } from "../claims.ts";
import type { Experiment, Variant } from "../experiment.ts";
import { sample, stack, train } from "../training.ts";

const normalized = (): readonly (Layer | typeof relu)[] => [
  new Dense({ name: "hidden1", units: 300 }),
  new BatchNorm({ name: "bn1", momentum: 0.9 }),
  relu,
  new Dense({ name: "hidden2", units: 100 }),
  new BatchNorm({ name: "bn2", momentum: 0.9 }),
  relu,
  new Dense({ name: "outputs", units: 10 }),
];

const variant =
  (learningRate: number, layers: () => readonly (Layer | typeof relu)[]): Variant =>
  (lab) =>
    train(lab, layers(), { optimizer: new SGD({ learningRate }), examples: sample(lab, 10_000), epochs: 3 });

const plain = (): readonly Layer[] => stack([300, 100]);
const rates = [0.01, 0.1, 0.3, 1];
const better = (rate: number): ReturnType<typeof higher> =>
  higher({
    quote: `Batch norm speeds training up, at the rate ${rate}`,
    of: `batch norm, ${rate}`,
    than: `plain, ${rate}`,
  });

export const batchNorm: Experiment = {
  name: "Batch norm at learning rates from 0.01 to 1",
  setting: "300-100 hidden units, ReLU, 10,000 images, 3 epochs, batches of 50, SGD.",
  variants: Object.fromEntries(
    rates.flatMap((rate) => [
      [`plain, ${rate}`, variant(rate, plain)],
      [`batch norm, ${rate}`, variant(rate, normalized)],
    ]),
  ),
  claims: [
    ...rates.map(better),
    notMuchLower({
      quote: "With batch norm a very large learning rate can be chosen: 1 instead of 0.1",
      of: "batch norm, 1",
      than: "batch norm, 0.1",
      margin: 0.005,
    }),
    lower({
      quote: "It has the effect of reducing the number of parameters",
      of: "batch norm, 0.1",
      than: "plain, 0.1",
      measure: "parameters",
    }),
  ],
};
