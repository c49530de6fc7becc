import { type Dataset, Dense, Momentum, type Sequential, take, tensor } from "../../src/index.ts";
import { faster, higher } from "../claims.ts";
import type { Experiment, Lab, Measures } from "../experiment.ts";
import { network, sample, stack, trained } from "../training.ts";

/** The images of the digits from `first` to `first + 4`, labelled from 0. */
const fiveDigits = (data: Dataset, first: number): Dataset => {
  const labels = [...data.y.data];
  const rows = [...labels.keys()].filter((row) => labels[row] >= first && labels[row] < first + 5);
  const part = take(data, { rows });
  return { ...part, y: tensor(Int32Array.from(rows, (row) => labels[row] - first)) };
};

const optimizer = (): Momentum => new Momentum({ learningRate: 0.02, momentum: 0.9 });

/** Learns 5 to 9 from a tenth of their images; accuracies count only these digits. */
const newTask = (lab: Lab, model: Sequential, epochs: number): Promise<Measures> => {
  const all = fiveDigits(sample(lab, 20_000), 5);
  const examples = take(all, { to: Math.ceil(all.size / 10) });
  return trained({ ...lab, validation: fiveDigits(lab.validation, 5) }, model, {
    optimizer: optimizer(),
    examples,
    epochs,
  });
};

/** Learns 0 to 4 from all their images. */
const donor = async (lab: Lab): Promise<Sequential> => {
  const model = network(lab, stack([300, 100]));
  const examples = fiveDigits(sample(lab, 20_000), 0);
  await trained({ ...lab, validation: fiveDigits(lab.validation, 0) }, model, {
    optimizer: optimizer(),
    examples,
    epochs: 3,
  });
  return model;
};

const reusing = async (lab: Lab, frozen: RegExp | undefined, epochs: number): Promise<Measures> => {
  const model = (await donor(lab)).upTo("hidden2").extend([new Dense({ name: "new_outputs", units: 10 })]);
  if (frozen) model.freeze(frozen);
  return newTask(lab, model, epochs);
};

const scratch = (lab: Lab, epochs: number): Promise<Measures> => newTask(lab, network(lab, stack([300, 100])), epochs);

export const reuse: Experiment = {
  name: "Reuse of lower layers on a tenth of the data",
  setting:
    "300-100 hidden units, ReLU, batches of 50, Momentum 0.02. The lower layers come from a network that learned the digits " +
    "0 to 4 (about 10,000 images, 3 epochs); the new task is 5 to 9, with a tenth of the images (about 1,000). One epoch " +
    "shows the speed, ten the result.",
  variants: {
    "from scratch, 1 epoch": (lab) => scratch(lab, 1),
    "reused, 1 epoch": (lab) => reusing(lab, undefined, 1),
    "from scratch, 10 epochs": (lab) => scratch(lab, 10),
    "reused, 10 epochs": (lab) => reusing(lab, undefined, 10),
    "hidden1 frozen, 10 epochs": (lab) => reusing(lab, /hidden1/, 10),
    "both frozen, 10 epochs": (lab) => reusing(lab, /hidden[12]/, 10),
  },
  claims: [
    higher({
      quote: "With reused layers training is much faster (after 1 epoch)",
      of: "reused, 1 epoch",
      than: "from scratch, 1 epoch",
    }),
    higher({
      quote: "and needs much less data (after 10 epochs on a tenth)",
      of: "reused, 10 epochs",
      than: "from scratch, 10 epochs",
    }),
    higher({
      quote: "the same with the first layer frozen",
      of: "hidden1 frozen, 10 epochs",
      than: "from scratch, 10 epochs",
    }),
    higher({
      quote: "the same with both frozen",
      of: "both frozen, 10 epochs",
      than: "from scratch, 10 epochs",
    }),
    faster({
      quote: "Frozen lower layers take less time",
      of: "both frozen, 10 epochs",
      than: "reused, 10 epochs",
    }),
  ],
};
