import { ValueError } from "../base/errors.ts";
import { checkOptions, whole } from "../base/options.ts";
import { showValue } from "../base/showValue.ts";
import { type EpochRecord, measureOf } from "../train/history/epochRecord.ts";
import { History } from "../train/history/history.ts";
import { formatPercent, shortNumber } from "../train/history/numberText.ts";
import { findingsOf } from "./analysis/findings.ts";
import { allMeasureNames, isFraction, isKernel, variableLines } from "./analysis/measures.ts";
import { sparkline } from "./page/sparkline.ts";
import { spelt } from "./page/words.ts";

/** Options of `textReport`. */
export interface TextReportOptions {
  /** The most characters of a curve. Default: 40. */
  readonly width?: number;
}

/** A curve with its name, and from where to where it goes. */
interface Row {
  readonly name: string;
  readonly values: readonly number[];
  readonly show: (value: number) => string;
}

const rowsOf = ({ epochs, inspections }: History): readonly Row[] => {
  const values = (name: string): readonly number[] =>
    epochs.map((record: EpochRecord) => measureOf(record, name) ?? Number.NaN);
  const measures = allMeasureNames(epochs).map((name) => ({
    name: spelt(name),
    values: values(name),
    show: isFraction(name) ? formatPercent : shortNumber,
  }));
  const gradients = variableLines({ inspections }, "gradientNorm", isKernel).map(({ label, points }) => ({
    name: `gradient of ${label}`,
    values: points.map(([, norm]) => norm),
    show: shortNumber,
  }));
  return [...measures, ...gradients];
};

/**
 * A report for terminals: a sparkline for each measure over the epochs, and for the gradients of each layer where
 * `inspector()` was among the callbacks; and the findings, in lines of 80 characters. Long names are shortened in the
 * middle.
 * @throws ValueError for anything but a history, or a width below 1.
 * @example
 * const epochs = [0.5, 0.25, 0.125].map((loss, epoch) => ({ epoch, loss, steps: 10, seconds: 0.1 }));
 * console.log(textReport(new History(epochs)));
 */
export const textReport = (history: History, options: TextReportOptions = {}): string => {
  checkOptions("textReport", options, { width: whole({ from: 1 }) });
  if (!(history instanceof History)) {
    throw new ValueError(
      `textReport: the first argument must be a History, got ${showValue(history)}. Pass what fit gave.`,
    );
  }
  const { width = 40 } = options;
  const rows = rowsOf(history).map(({ name, values, show }) => ({
    name: shortened(name),
    curve: sparkline(values, { width, logarithmic: isPositive(values) && show === shortNumber }),
    change: `${show(values[0])} → ${show(values[values.length - 1])}`,
  }));
  const longest = (column: "name" | "curve"): number => Math.max(...rows.map((row) => row[column].length));
  const lines = rows.map(
    ({ name, curve, change }) => `${name.padEnd(longest("name"))}  ${curve.padEnd(longest("curve"))}  ${change}`,
  );
  const signs = { good: "+", watch: "!", bad: "x" } as const;
  const findings = findingsOf(history).flatMap(({ level, text }) =>
    wrapped(text).map((line, index) => `${index === 0 ? signs[level] : " "} ${line}`),
  );
  if (lines.length === 0 && findings.length === 0) return "no epochs";
  return [...lines, ...(lines.length > 0 && findings.length > 0 ? [""] : []), ...findings].join("\n");
};

/** The longest name that is not shortened. */
const longestName = 40;

/** `gradient of encoder/…/kernel`: where names begin and end says most. */
const shortened = (name: string): string => {
  if (name.length <= longestName) return name;
  const half = Math.floor((longestName - 1) / 2);
  return `${name.slice(0, half)}…${name.slice(half - longestName + 1)}`;
};

/** So many characters has a line of text behind its sign. */
const textWidth = 78;

/** Text in lines; a word that is longer than a line is cut. */
const wrapped = (text: string): readonly string[] => {
  const words = text.split(/\s+/).flatMap((word) => word.match(new RegExp(`.{1,${textWidth}}`, "gu")) ?? []);
  const lines: string[] = [];
  for (const word of words) {
    const longer = lines.length === 0 ? word : `${lines[lines.length - 1]} ${word}`;
    if (lines.length === 0 || longer.length > textWidth) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
};

/** Losses and norms fall by powers of ten; what is 0 or negative has no logarithm. */
const isPositive = (values: readonly number[]): boolean => values.every((value) => value > 0);
