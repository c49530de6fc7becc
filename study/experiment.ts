import type { Dataset } from "../src/index.ts";

/** The results of one run of one variant: "accuracy" on the validation images from 0 to 1, "seconds" of training, and so on. */
export type Measures = Readonly<Record<string, number>>;

/** The data of an experiment, for one seed. */
export interface Lab {
  /** The seed of the weights, the order of the examples, dropout, and the choice of the training images. */
  readonly seed: number;
  /** The pixels of an image. */
  readonly inputs: number;
  /** All training images, shuffled by the seed. */
  readonly train: Dataset;
  /** The examples for measuring accuracies; no variant trains on them. The study does not use the test images. */
  readonly validation: Dataset;
  /** Whether this is a quick trial run: one epoch, few images. */
  readonly quick: boolean;
  /** The choices that the preparation of the experiment made. */
  readonly choices: Readonly<Record<string, number>>;
}

/** Trains and measures one variant. */
export type Variant = (lab: Lab) => Promise<Measures>;

/** The measures of all seeds, by variant and measure, in the order of the seeds. */
export type Results = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

/** A sentence of the notes, and how it is tested. */
export interface Claim {
  /** The sentence, translated. */
  readonly quote: string;
  /** The question, in a few words. */
  readonly question: string;
  /** One number for each seed. The claim says in which region it is. */
  readonly estimate: (results: Results) => readonly number[];
  /** The region in which the mean must be for the claim to hold. */
  readonly region: readonly [from: number, to: number];
  /** How numbers of the estimate are shown. */
  readonly unit: Unit;
}

/** "points" are hundredths of an accuracy, as a difference. */
export type Unit = "%" | "points" | "s" | "loss" | "parameters" | "ratio";

/** Compared variants, and the claims about them. */
export interface Experiment {
  readonly name: string;
  /** The model, and the amount of training. */
  readonly setting: string;
  readonly variants: Readonly<Record<string, Variant>>;
  readonly claims: readonly Claim[];
  /** Makes choices before the variants run, on training images only. */
  readonly prepare?: (lab: Lab) => Promise<Readonly<Record<string, number>>>;
}
