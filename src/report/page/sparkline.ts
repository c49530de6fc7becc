import { checkOption, checkOptions, flag, type OptionRule, whole } from "../../base/options.ts";
import { extentOf } from "./collections.ts";

/** Options of `sparkline`. */
export interface SparklineOptions {
  /** The most characters; more values than these are put together in groups, by their means. Default: 60. */
  readonly width?: number;
  /** Whether equal heights are equal ratios, as a loss is best seen. Values must then be above 0. Default: false. */
  readonly logarithmic?: boolean;
}

const numbersRule: OptionRule = {
  words: "an array of numbers",
  holds: (value) =>
    (Array.isArray(value) || ArrayBuffer.isView(value)) &&
    Array.from(value as ArrayLike<unknown>).every((entry) => typeof entry === "number"),
  required: true,
};

const blocks = "▁▂▃▄▅▆▇█";

/**
 * Numbers as a line of text, for terminals: `█▅▃▂▂▁▁▁`. The least is the lowest block, the largest the highest; what is no
 * finite number is a space.
 * @throws ValueError for options out of range.
 * @example
 * sparkline([4, 2, 1, 0]); // "█▅▃▁"
 */
export const sparkline = (values: readonly number[], options: SparklineOptions = {}): string => {
  checkOptions("sparkline", options, { width: whole({ from: 1 }), logarithmic: flag });
  checkOption("sparkline", "values", values, numbersRule);
  const { width = 60, logarithmic = false } = options;
  const heights = grouped(values, width).map((value) => (logarithmic ? Math.log(value) : value));
  const [low, high] = extentOf(heights);
  const span = high - low;
  return heights
    .map((height) => {
      if (!Number.isFinite(height)) return " ";
      return blocks[span > 0 ? Math.round(((height - low) / span) * (blocks.length - 1)) : 0];
    })
    .join("");
};

/** As many means of neighbours as there is room for. */
const grouped = (values: readonly number[], width: number): readonly number[] => {
  if (values.length <= width) return values;
  return Array.from({ length: width }, (_, index) => {
    const group = values.slice(
      Math.floor((index * values.length) / width),
      Math.floor(((index + 1) * values.length) / width),
    );
    return group.reduce((sum, value) => sum + value, 0) / group.length;
  });
};
