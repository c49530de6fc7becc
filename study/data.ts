import { type Dataset, loadDigits, loadMnist, randomPermutation, take } from "../src/index.ts";
import type { Lab } from "./experiment.ts";

/** The images of the study: for training, and for measuring accuracies. */
export interface StudyData {
  readonly name: string;
  readonly train: Dataset;
  readonly validation: Dataset;
}

/** MNIST, with 10,000 of the training images held out. The study does not use the test images. */
export const mnistData = async (): Promise<StudyData> => {
  const { train, validation } = await loadMnist({ validation: 10_000 });
  return { name: "MNIST", train, validation };
};

/** The built-in digits, for a quick trial run of the study. */
export const digitsData = async (): Promise<StudyData> => {
  const { train, validation } = await loadDigits({ validation: 360, test: 0 });
  return { name: "the built-in digits", train, validation };
};

/** The data of one seed: the training images, in the seed's order. */
export const labOf = ({ train, validation }: StudyData, seed: number, quick: boolean): Lab => ({
  seed,
  inputs: train.x.shape[1],
  train: take(train, { rows: randomPermutation(train.size, { seed }) }),
  validation,
  quick,
  choices: {},
});
