import { ValueError } from "../base/errors.ts";
import { checkOptions, flag, whole } from "../base/options.ts";
import { type Dataset, split, take } from "./dataset.ts";
import { readDigitsFiles } from "./digitsFiles.ts";
import { labelledImages } from "./mnist.ts";

/** Options of `loadDigits`. */
export interface DigitsOptions {
  /** How many examples are set aside for validation; default 180, a tenth. */
  readonly validation?: number;
  /** How many examples are set aside for the test; default 360, a fifth. */
  readonly test?: number;
  /** Seed of the shuffling before the split; default 0: the same parts every time. */
  readonly seed?: number;
  /** Whether an image is a row of 64 numbers (default true), or [8, 8]. */
  readonly flatten?: boolean;
}

/** The built-in digits in three parts. */
export interface Digits {
  /** To train on: 1,257 examples unless asked otherwise. */
  readonly train: Dataset;
  /** To choose options and the moment to stop by: 180. */
  readonly validation: Dataset;
  /** To look at once, at the end: 360. */
  readonly test: Dataset;
}

/**
 * The 1,797 built-in digits, which need neither files nor a network: x uint8 [n, 64] with a scale of 1/16 (pixels from 0
 * to 1 that stay bytes), y int32 [n] from 0 to 9. They are shuffled before they are split.
 * @throws ValueError when no example would be left for training.
 * @example
 * const { train, validation, test } = await loadDigits();
 * train.x.shape; // [1257, 64]
 * @see "Optical Recognition of Handwritten Digits" (test part), E. Alpaydin and C. Kaynak, UCI Machine Learning
 *   Repository, 1998, CC BY 4.0.
 */
export async function loadDigits(options: DigitsOptions = {}): Promise<Digits> {
  checkOptions("loadDigits", options, {
    validation: whole({ from: 0 }),
    test: whole({ from: 0 }),
    seed: whole({ from: 0 }),
    flatten: flag,
  });
  const { validation = 180, test = 360, seed = 0, flatten = true } = options;
  const { images, labels } = await readDigitsFiles();
  const all = labelledImages("digits", images, labels, { scale: 1 / 16, flatten });
  const train = all.size - validation - test;
  if (train < 1) {
    throw new ValueError(
      `loadDigits: validation and test must leave some of the ${all.size} examples for training, ` +
        `got validation=${validation}, test=${test}. Choose smaller ones.`,
    );
  }
  const parts = Object.entries({ train, validation, test }).filter(([, size]) => size > 0);
  const empty = take(all, { to: 0 });
  const none = { validation: { ...empty, name: "digits validation" }, test: { ...empty, name: "digits test" } };
  return { ...none, ...split(all, { parts: Object.fromEntries(parts) as Record<keyof Digits, number>, seed }) };
}
