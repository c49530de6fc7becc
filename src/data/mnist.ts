import { DataError } from "../base/errors.ts";
import { checkOption, copyOptions, flag, whole } from "../base/options.ts";
import { formatShape } from "../tensor/shape.ts";
import { ownTensor } from "../tensor/tensor.ts";
import { type Dataset, dataset, take } from "./dataset.ts";
import type { IdxArray } from "./idx.ts";
import { type MnistFiles, type MnistFilesOptions, mnistFilesRules, readMnistFiles } from "./mnistFiles.ts";

/** Options of `loadMnist`: where the files are, and what is made of them. */
export interface MnistOptions extends MnistFilesOptions {
  /** How many examples are set aside for validation, from the beginning of the training set; default 5000. */
  readonly validation?: number;
  /** Whether an image is a row of 784 numbers (default true), or [28, 28]. */
  readonly flatten?: boolean;
}

/** MNIST in three parts. */
export interface Mnist {
  /** The training images after those for validation. */
  readonly train: Dataset;
  /** The first `validation` training images. */
  readonly validation: Dataset;
  /** The 10,000 test images. */
  readonly test: Dataset;
  /** Where the files came from. */
  readonly source: MnistFiles["source"];
}

/**
 * The MNIST digits: x uint8 [n, 784] with a scale of 1/255 (pixels from 0 to 1 that stay bytes), y int32 [n] from 0 to 9.
 *
 * The files are taken from `folder`; else from the folder that the environment variable GRADUS_DATA names; else from the
 * cache; else they are downloaded into it. Other data are never put in their place.
 * @throws DataError when a file is missing, damaged, or cannot be downloaded; ValueError when there are not that many
 * examples for validation.
 * @example
 * const { train, validation, test } = await loadMnist({ validation: 5000 });
 * train.x.shape; // [55000, 784]
 * @see http://yann.lecun.com/exdb/mnist/ "The MNIST database of handwritten digits", LeCun, Cortes, Burges.
 */
export async function loadMnist(options: MnistOptions = {}): Promise<Mnist> {
  const own = copyOptions("loadMnist", options, {
    validation: whole({ from: 0, to: 59_999 }),
    flatten: flag,
    ...mnistFilesRules(),
  });
  return mnistOf(await readMnistFiles(own), own);
}

/** The three parts of files in the layout of MNIST; the tests hand it small ones. @internal */
export function mnistOf(files: MnistFiles, { validation = 5000, flatten = true }: MnistOptions = {}): Mnist {
  const all = labelledImages("mnist train", files.trainImages, files.trainLabels, { scale: 1 / 255, flatten });
  checkOption("loadMnist", "validation", validation, whole({ from: 0, to: all.size - 1 }));
  return {
    train: take(all, { from: validation }),
    validation: { ...take(all, { to: validation }), name: "mnist validation" },
    test: labelledImages("mnist test", files.testImages, files.testLabels, { scale: 1 / 255, flatten }),
    source: files.source,
  };
}

/**
 * A data set of images, uint8 [n, height, width], and labels from 0 to 9, uint8 [n].
 * @throws DataError when their types, shapes, counts or values are others.
 * @internal
 */
export function labelledImages(
  name: string,
  images: IdxArray,
  labels: IdxArray,
  options: { readonly scale: number; readonly flatten: boolean },
): Dataset {
  if (images.type !== "uint8" || labels.type !== "uint8" || images.shape.length !== 3 || labels.shape.length !== 1) {
    throw new DataError(
      `${name}: images must be uint8 [n, height, width] and labels uint8 [n], got ${images.type} ${formatShape(images.shape)} ` +
        `and ${labels.type} ${formatShape(labels.shape)}. Check which file is which.`,
    );
  }
  const [count, height, width] = images.shape;
  if (labels.shape[0] !== count) {
    throw new DataError(
      `${name}: every image must have a label, got ${count} images and ${labels.shape[0]} labels. ` +
        "Take both files from the same set.",
    );
  }
  const wrong = labels.data.findIndex((label: number | bigint) => label > 9);
  if (wrong >= 0) {
    throw new DataError(
      `${name}: labels must be from 0 to 9, got ${labels.data[wrong]} at position ${wrong}. Replace the damaged file.`,
    );
  }
  const shape = options.flatten ? [count, height * width] : [count, height, width];
  return dataset({
    x: ownTensor(shape, "uint8", images.data as Uint8Array, options.scale),
    y: ownTensor([count], "int32", Int32Array.from(labels.data as Uint8Array)),
    name,
  });
}
