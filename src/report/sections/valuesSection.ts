import type { History } from "../../train/history/history.ts";
import type { OutputInspection, Residual } from "../../train/history/inspection.ts";
import { shortNumber } from "../../train/history/numberText.ts";
import { histogramOf } from "../analysis/histogram.ts";
import { card } from "../page/blocks.ts";
import { extentOf } from "../page/collections.ts";
import { dataTable } from "../page/dataTable.ts";
import { lineChart } from "../page/lineChart.ts";
import type { Markup } from "../page/markup.ts";
import type { Section } from "../page/page.ts";
import { evaluatedOn } from "./evaluatedOn.ts";
import { densityOf } from "./weightsSection.ts";

/** A longer list would be higher than the charts beside it. */
const mostRows = 9;

const diagonal = (points: readonly Residual[]): readonly (readonly [number, number])[] => {
  const [low, high] = extentOf(points.map(({ target }) => target));
  return [
    [low, low],
    [high, high],
  ];
};

const blocksOf = ({ rSquared, meanAbsoluteError, some, worst }: OutputInspection, title: string): readonly Markup[] => {
  const scores = [
    ...(rSquared === undefined ? [] : [`R² ${shortNumber(rSquared)}`]),
    ...(meanAbsoluteError === undefined ? [] : [`mean absolute error ${shortNumber(meanAbsoluteError)}`]),
  ];
  const errors = histogramOf(Float64Array.from(some, ({ target, predicted }) => predicted - target));
  const rows = worst
    .slice(0, mostRows)
    .map(({ row, target, predicted }) => [
      String(row),
      shortNumber(target),
      shortNumber(predicted),
      shortNumber(predicted - target),
    ]);
  return [
    ...lineChart({
      title: `${title}Predicted and true`,
      hint: `${scores.join(", ")}. A perfect model would be on the line.`,
      xLabel: "true",
      yLabel: "predicted",
      group: `${title}true`,
      lines: [
        {
          label: "examples",
          points: some.map(({ target, predicted }) => [target, predicted] as const),
          isPoints: true,
        },
        { label: "perfect", points: diagonal(some), colour: 7, dash: 1 },
      ],
    }),
    ...lineChart({
      title: `${title}Errors`,
      hint: "Predicted less true: how they are distributed.",
      xLabel: "error",
      group: `${title}error`,
      isStepped: true,
      lines: [{ label: "density", points: densityOf(errors) }],
    }),
    ...(rows.length > 0
      ? [card(`${title}Furthest off`, dataTable({ head: ["row", "true", "predicted", "error"], rows }))]
      : []),
  ];
};

/** How far off the numbers are that a model predicts. */
export const values = (history: History): Section => {
  const last = history.inspections.findLast(({ values }) => values);
  if (!last?.values) return { title: "Predictions", blocks: [] };
  const { outputs } = last.values;
  return {
    title: "Predictions",
    lead: evaluatedOn(last.values, last, history),
    blocks: outputs.flatMap((output, index) => blocksOf(output, outputs.length > 1 ? `Output ${index}: ` : "")),
  };
};
