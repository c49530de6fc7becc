import { DataError, type Dataset, loadDigits, loadMnist } from "gradus";
import type { StartOptions } from "./options.ts";

/** Digits for training, with a description. */
export interface Digits {
  readonly kind: "mnist" | "digits";
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly test: Dataset;
  /** Their name and origin, in one line. */
  readonly description: string;
  /** The width and height of an image, in pixels. */
  readonly side: number;
}

const places = {
  folder: "the folder",
  environment: "GRADUS_DATA:",
  cache: "the cache",
  download: "the mirror",
} as const;

/**
 * MNIST, or the built-in digits if no folder is named and the download fails; it logs why.
 * @throws DataError if a named folder does not have MNIST.
 */
export const loadData = async (options: StartOptions, log: (line: string) => void): Promise<Digits> => {
  try {
    const { source, ...parts } = await loadMnist({
      validation: 5000,
      folder: options.data,
      log,
      ...(options.mirrors ? { mirrors: options.mirrors } : {}),
    });
    const description = `MNIST, ${sizes(parts)}, from ${places[source.kind]} ${source.location}`;
    return { kind: "mnist", ...parts, description, side: 28 };
  } catch (error) {
    const isNamed = options.data !== undefined || process.env.GRADUS_DATA;
    if (!(error instanceof DataError) || isNamed) throw error;
    log(`MNIST could not be downloaded: the built-in digits take its place. ${shortened(error.message)}`);
  }
  const parts = await loadDigits();
  const description = `built-in digits of 8 x 8 pixels, ${sizes(parts)} (Alpaydin and Kaynak, UCI, CC BY 4.0)`;
  return { kind: "digits", ...parts, description, side: 8 };
};

const sizes = ({ train, validation, test }: Pick<Digits, "train" | "validation" | "test">): string =>
  `${train.size} for training + ${validation.size} for validation + ${test.size} for the test`;

/** Shortens a message, because the reasons of all mirrors do not fit in a line. */
const shortened = (message: string): string => (message.length > 200 ? `${message.slice(0, 200)}...` : message);
