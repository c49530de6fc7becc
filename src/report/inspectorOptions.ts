import { isDataset } from "../data/batchSource.ts";
import type { Dataset } from "../data/dataset.ts";
import { ValueError } from "../tensor/errors.ts";
import { checkOptions, showValue } from "../tensor/options.ts";

/** Options of `inspector`. */
export interface InspectorOptions {
  /**
   * Of these examples it looks at activations (of the first ones), confusions and mistakes. Default: the validation data,
   * else the training data; nothing where these come in batches from a source.
   */
  readonly data?: Dataset;
  /** How many steps lie between two looks. Default: as many as make 100 looks in the run. */
  readonly everySteps?: number;
  /** Of how many examples it looks at activations. Default: 256. */
  readonly sample?: number;
  /** How many mistakes it remembers. Default: 24. */
  readonly mistakes?: number;
  /** What the classes are called, in the order of their labels. Default: their labels. */
  readonly classNames?: readonly string[];
  /**
   * Height, width, and channels (1 or 3; default 1) of the examples, where they are pictures. Default: what the shape of
   * the data tells; stored bytes in rows of a square length are square pictures.
   */
  readonly imageShape?: readonly [height: number, width: number, channels?: number];
  /** An HTML file that is written after epochs and at the end, also when training fails. */
  readonly report?: string;
}

/** @throws ValueError for options out of range. */
export const checkInspectorOptions = (options: InspectorOptions): void => {
  checkOptions("inspector", options, [
    "data",
    "everySteps",
    "sample",
    "mistakes",
    "classNames",
    "imageShape",
    "report",
  ]);
  const { data, everySteps, sample, mistakes, classNames, imageShape, report } = options;
  check("data", data, "a data set", (one) => isDataset(one) && one.size > 0);
  check("everySteps", everySteps, "a whole number from 1", (one) => isWhole(one, 1));
  check("sample", sample, "a whole number from 1", (one) => isWhole(one, 1));
  check("mistakes", mistakes, "a whole number from 0", (one) => isWhole(one, 0));
  check("classNames", classNames, "a list of texts", (one) => Array.isArray(one) && one.every(isText));
  check("report", report, "a path", (one) => isText(one) && one !== "");
  check("imageShape", imageShape, "[height, width] or [height, width, channels] with 1 or 3 channels", (one) => {
    const [height, width, channels = 1] = Array.isArray(one) ? one : [];
    return isWhole(height, 1) && isWhole(width, 1) && (channels === 1 || channels === 3) && one.length <= 3;
  });
};

/** @throws ValueError for a picture of more or fewer pixels than an example has. */
export const checkImageShape = ({ imageShape }: InspectorOptions, data: Dataset): void => {
  const pixels = (imageShape ?? []).reduce<number>((product, length) => product * (length ?? 1), 1);
  const width = data.x.shape.slice(1).reduce((product, length) => product * length, 1);
  check("imageShape", imageShape, `of as many pixels as an example of the data has (${width})`, () => pixels === width);
};

const isWhole = (value: unknown, from: number): boolean => Number.isSafeInteger(value) && (value as number) >= from;

const isText = (value: unknown): value is string => typeof value === "string";

const check = <T>(option: string, value: T | undefined, rule: string, holds: (value: T) => boolean): void => {
  if (value === undefined || holds(value)) return;
  throw new ValueError(`inspector: ${option} must be ${rule}, got ${showValue(value)}. Correct the ${option}.`);
};
