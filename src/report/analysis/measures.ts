import { type EpochRecord, measuresOf } from "../../train/history/epochRecord.ts";
import type { History } from "../../train/history/history.ts";
import { grouped } from "../page/collections.ts";
import type { Line } from "../page/lineChart.ts";
import { withoutModel } from "../page/words.ts";

/** The names of all measures of some epochs, in order of first appearance. */
export const allMeasureNames = (epochs: readonly EpochRecord[]): readonly string[] => [
  ...new Set(epochs.flatMap((record) => [...measuresOf(record).keys()])),
];

/** Whether a measure is a fraction of the examples, which is shown in percent. */
export const isFraction = (name: string): boolean => /accuracy|precision|recall|f1(score)?$/i.test(name);

/** Whether a variable is a kernel: the gradients of kernels show how a signal passes backwards through the layers. */
export const isKernel = (name: string): boolean => /(\/|_)kernel$/.test(name);

/** What `inspector` measures of a variable. */
type VariableMeasure = "norm" | "gradientNorm" | "updateRatio";

/**
 * A line for each variable whose name is selected, in the order of the layers. An inspection that measured other variables
 * but not this one, because its layer was frozen, is a gap in its line.
 */
export const variableLines = (
  { inspections }: Pick<History, "inspections">,
  measure: VariableMeasure,
  isSelected: (name: string) => boolean,
): readonly Line[] => {
  const entries = inspections.flatMap(({ epoch, variables = [] }) => {
    const selected = variables.filter(({ name }) => isSelected(name));
    return selected.some((variable) => variable[measure] !== undefined)
      ? selected.map((variable) => ({ name: variable.name, epoch, value: variable[measure] }))
      : [];
  });
  return Array.from(
    grouped(entries, ({ name }) => name),
    ([name, ofVariable]) => ({
      label: withoutModel(name),
      points: ofVariable.flatMap(({ epoch, value }) => (value === undefined ? [] : [[epoch, value] as const])),
      gaps: ofVariable.flatMap(({ epoch, value }) => (value === undefined ? [epoch] : [])),
    }),
  ).filter(({ points }) => points.length > 0);
};
