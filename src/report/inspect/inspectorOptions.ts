import {
  checkOption,
  checkOptions,
  copyOptions,
  type OptionRule,
  type OptionRules,
  text,
  whole,
} from "../../base/options.ts";
import { type Dataset, isPlainDataset } from "../../data/dataset.ts";

/** Options of `inspector`. */
export interface InspectorOptions {
  /**
   * The examples whose activations (of the first ones), confusions and mistakes are inspected. Default: the validation data,
   * else the training data; nothing where these come in batches from a source, or have several inputs or targets.
   */
  readonly data?: Dataset;
  /** How many steps lie between two samples. Default: as many as make 100 samples in the run. */
  readonly everySteps?: number;
  /**
   * For how many examples activations are inspected. Default: 256, and fewer, but at least 16, for a model whose largest output
   * has more than 8192 elements for an example.
   */
  readonly sample?: number;
  /** How many mistakes it remembers. Default: 24. */
  readonly mistakes?: number;
  /** How many feature maps of each layer of images are kept at the end, for the first example. Default: 16. */
  readonly featureMaps?: number;
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

const isChannels = (value: unknown): boolean => value === undefined || value === 1 || value === 3;

const imageShapeRule: OptionRule = {
  words: "[height, width] or [height, width, channels] with 1 or 3 channels",
  holds: (value) => {
    if (!Array.isArray(value) || value.length > 3) return false;
    const length = whole({ from: 1 });
    return length.holds(value[0]) && length.holds(value[1]) && isChannels(value[2]);
  },
};

const optionRules = (): OptionRules<InspectorOptions> => ({
  data: { words: "a data set of one input and one target", holds: (value) => isPlainDataset(value) && value.size > 0 },
  everySteps: whole({ from: 1 }),
  sample: whole({ from: 1 }),
  mistakes: whole({ from: 0 }),
  featureMaps: whole({ from: 0 }),
  classNames: {
    words: "a list of texts",
    holds: (value) => Array.isArray(value) && value.every((name) => typeof name === "string"),
  },
  imageShape: imageShapeRule,
  report: { ...text, words: "a path" },
});

/** A checked copy of the options. @throws ValueError for options out of range. */
export const inspectorOptions = (options: InspectorOptions): InspectorOptions => {
  const { data, ...others } = checkOptions("inspector", options, optionRules());
  // The data set itself: a cached one computes its inputs when they are read.
  return { ...copyOptions("inspector", others, optionRules()), data };
};

/** @throws ValueError for a picture of more or fewer pixels than an example has. */
export const checkImageShape = ({ imageShape }: InspectorOptions, data: Dataset): void => {
  const pixels = (imageShape ?? []).reduce<number>((product, length) => product * (length ?? 1), 1);
  const width = data.x.shape.slice(1).reduce((product, length) => product * length, 1);
  checkOption("inspector", "imageShape", imageShape, {
    words: `of as many pixels as an example of the data has (${width})`,
    holds: () => pixels === width,
  });
};
