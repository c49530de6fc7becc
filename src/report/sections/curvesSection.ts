import { type EpochRecord, measuresOf, validationName } from "../../train/history/epochRecord.ts";
import type { History } from "../../train/history/history.ts";
import { allMeasureNames, isFraction } from "../analysis/measures.ts";
import { extentOf } from "../page/collections.ts";
import { type Line, lineChart } from "../page/lineChart.ts";
import type { Markup } from "../page/markup.ts";
import type { Section } from "../page/page.ts";
import { capitalized, spelt } from "../page/words.ts";

/** The values of a measure after each epoch; epochs are counted from 1, as progress shows them. */
export const pointsOf = (
  epochs: readonly EpochRecord[],
  read: (record: EpochRecord) => number | undefined,
): readonly (readonly [epoch: number, value: number])[] =>
  epochs.flatMap((record) => {
    const value = read(record);
    return value === undefined ? [] : [[record.epoch + 1, value] as const];
  });

/** The names of what was measured, those of the validation data left out: they share a chart with the others. */
const measureNames = (epochs: readonly EpochRecord[]): readonly string[] => {
  const names = allMeasureNames(epochs);
  const ofValidation = new Set(names.map(validationName));
  return names.filter((name) => !ofValidation.has(name));
};

/** What can be done with a chart. */
export const howToRead: string =
  "Move over a chart, or press → and ← in it, to read its values; drag to enlarge, double-click to see all. A name in a " +
  "legend hides its line.";

/** Whether the values of a measure are best read on a logarithmic axis: a loss that falls from 2 to 0.002 does not look like 0. */
const spansPowers = (lines: readonly Line[]): boolean => {
  const [low, high] = extentOf(lines.flatMap(({ points }) => points.map(([, value]) => value)));
  return low > 0 && high > 4 * low;
};

const measureChart = (epochs: readonly EpochRecord[], name: string): readonly Markup[] => {
  const measure = (label: string, key: string, dash: number): Line => ({
    label,
    points: pointsOf(epochs, (record) => measuresOf(record).get(key)),
    colour: dash,
    dash,
  });
  const lines = [measure("training", name, 0), measure("validation", validationName(name), 1)];
  const isPercent = isFraction(name);
  const hint =
    name === "loss"
      ? "Training: the mean over the batches of an epoch, each before its step, with penalties."
      : undefined;
  return lineChart({
    title: capitalized(spelt(name)),
    lines,
    isPercent,
    isLogarithmic: !isPercent && spansPowers(lines),
    ...(hint === undefined ? {} : { hint }),
  });
};

/** What was measured in each epoch, and the learning rate. */
export const curves = ({ epochs, inspections }: History): Section => {
  const batches: Line = {
    label: "batch",
    points: inspections.flatMap(({ epoch, loss }) => (loss === undefined ? [] : [[epoch, loss] as const])),
  };
  const rates: Line = { label: "learning rate", points: pointsOf(epochs, ({ learningRate }) => learningRate) };
  const times: Line = {
    label: "milliseconds",
    points: pointsOf(epochs, ({ seconds, steps }) => (steps > 0 ? (1000 * seconds) / steps : undefined)),
  };
  return {
    title: "Curves",
    lead: howToRead,
    blocks: [
      ...measureNames(epochs).flatMap((name) => measureChart(epochs, name)),
      ...lineChart({
        title: "Loss of single batches",
        hint: "Of the steps that were looked at, before each of them, with penalties.",
        lines: [batches],
        isLogarithmic: spansPowers([batches]),
      }),
      ...lineChart({
        title: "Learning rate",
        hint: "Of the last step of each epoch.",
        lines: [rates],
        isLogarithmic: spansPowers([rates]),
      }),
      ...lineChart({ title: "Time of a step", lines: [times], hint: "With what callbacks did between the steps." }),
    ],
  };
};
