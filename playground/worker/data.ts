import {
  DataError,
  type Dataset,
  dataset,
  type IdxArray,
  loadDigits,
  readIdx,
  split,
  type Tensor,
  take,
  tensor,
} from "gradus";
import type { ChosenFile, DataFacts } from "../messages.ts";

/** The data for training and for measuring the network. */
export interface TrainingData {
  readonly facts: DataFacts;
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly test: Dataset;
}

const withFacts = (
  name: string,
  side: number,
  parts: Readonly<Record<"train" | "validation" | "test", Dataset>>,
): TrainingData => {
  const { train, validation, test } = parts;
  return { ...parts, facts: { name, side, train: train.size, validation: validation.size, test: test.size } };
};

/** The built-in digits. */
export const builtInData = async (): Promise<TrainingData> => withFacts("Built-in digits", 8, await loadDigits());

/** More validation examples than these only cost time. */
const mostValidation = 5000;
/** The largest side of a picture. */
const mostSide = 64;

interface Named<Kind> {
  readonly name: string;
  readonly array: Kind;
}

/**
 * Data from IDX files in the layout of MNIST, packed with gzip or not: one pair of images and labels, which is divided into
 * three parts, or two pairs. The pair that is called t10k or test is the test data.
 * @throws DataError that says what is missing or does not fit.
 */
export const dataFromFiles = async (files: readonly ChosenFile[]): Promise<TrainingData> => {
  const images: Named<IdxArray>[] = [];
  const labels: Named<IdxArray>[] = [];
  for (const { name, bytes } of files) {
    const array = await read(name, bytes);
    if (array.type !== "uint8" || (array.shape.length !== 3 && array.shape.length !== 1)) {
      throw new DataError(
        `${name}: the file must hold images, uint8 [n, height, width], or labels, uint8 [n], ` +
          `got ${array.type} [${array.shape.join(", ")}]. Choose files in the layout of MNIST.`,
      );
    }
    (array.shape.length === 3 ? images : labels).push({ name, array });
  }
  if (images.length === 0 || images.length !== labels.length || images.length > 2) {
    throw new DataError(
      `Data files: there must be one or two files of images, and a file of labels for each, got ${images.length} of ` +
        `images and ${labels.length} of labels. Choose all of them at once.`,
    );
  }
  const pairs = images.map((imageFile) => pairOf(imageFile, labels));
  const side = pairs[0].side;
  if (pairs.some((pair) => pair.side !== side)) {
    throw new DataError(
      `Data files: all pictures must have one size, got ${pairs.map((pair) => `${pair.side} x ${pair.side}`).join(" and ")}. ` +
        "Choose files of one set.",
    );
  }
  if (pairs.length === 1) {
    return withFacts(pairs[0].file, side, split(pairs[0].data, { parts: { train: 0.7, validation: 0.1, test: 0.2 } }));
  }
  // If the names do not tell, the larger pair is for training.
  const isTest = pairs.map(({ file }) => /t10k|test/i.test(file));
  const testAt = isTest[0] === isTest[1] ? Number(pairs[1].data.size <= pairs[0].data.size) : isTest.indexOf(true);
  const all = pairs[1 - testAt].data;
  const validation = Math.min(mostValidation, Math.ceil(all.size / 10));
  return withFacts(pairs[1 - testAt].file, side, {
    train: take(all, { from: validation }),
    validation: take(all, { to: validation }),
    test: pairs[testAt].data,
  });
};

const read = async (name: string, bytes: ArrayBuffer): Promise<IdxArray> => {
  try {
    return await readIdx(new Uint8Array(bytes));
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    // The reader does not know the name of the file, or that it may be a model.
    const reason = error.message.replace(/^readIdx: /, "");
    throw new DataError(
      `${name} is neither a saved model (.safetensors) nor a data file in the layout of MNIST: ${reason}`,
    );
  }
};

/** Images with their labels: the file with as many labels, and with the same first part of its name if there are two. */
const pairOf = (
  { name, array }: Named<IdxArray>,
  labels: readonly Named<IdxArray>[],
): { readonly file: string; readonly side: number; readonly data: Dataset } => {
  const [count, height, width] = array.shape;
  if (height !== width || height < 4 || height > mostSide) {
    throw new DataError(
      `${name}: pictures must be squares of 4 to ${mostSide} pixels, got ${height} x ${width}. Choose other files.`,
    );
  }
  const fitting = labels.filter((file) => file.array.shape[0] === count);
  const part = name.split(/[-_.]/)[0].toLowerCase();
  const labelFile = fitting.find((file) => file.name.toLowerCase().startsWith(part)) ?? fitting[0];
  if (labelFile === undefined) {
    throw new DataError(
      `${name}: every picture must have a label, got ${count} pictures and labels for ` +
        `${labels.map((file) => file.array.shape[0]).join(" or ")}. Choose the file of labels of the same set.`,
    );
  }
  const wrong = labelFile.array.data.findIndex((label: number) => label > 9);
  if (wrong >= 0) {
    throw new DataError(
      `${labelFile.name}: labels must be from 0 to 9, got ${labelFile.array.data[wrong]} at position ${wrong}. ` +
        "The playground knows ten classes.",
    );
  }
  const x: Tensor = tensor(array.data as Uint8Array, {
    shape: [count, height * width],
    dtype: "uint8",
    scale: 1 / 255,
  });
  const y = tensor(Int32Array.from(labelFile.array.data as Uint8Array));
  return { file: name, side: height, data: dataset({ x, y, name: part || name }) };
};
