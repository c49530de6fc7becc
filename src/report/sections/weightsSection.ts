import type { History } from "../../train/history/history.ts";
import type { Histogram } from "../../train/history/inspection.ts";
import { extentOf, grouped } from "../page/collections.ts";
import { type Line, lineChart } from "../page/lineChart.ts";
import type { Section } from "../page/page.ts";
import { placeNumber } from "../page/shortNumber.ts";
import { withoutModel } from "../page/words.ts";

/** More lines than this in one chart cannot be told apart. */
const mostLines = 5;

/** The density of the values: bins of any width enclose an area of one. */
export const densityOf = ({ low, high, counts }: Histogram): Line["points"] => {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const width = (high - low) / counts.length;
  if (!(width > 0) || total === 0) return [];
  const points = counts.map((count, bin) => [low + bin * width, count / (total * width)] as const);
  return [...points, [high, 0]];
};

const evenly = <T>(all: readonly T[], most: number): readonly T[] =>
  all.length <= most
    ? all
    : Array.from({ length: most }, (_, index) => all[Math.round((index * (all.length - 1)) / (most - 1))]);

/** Values that begin as zeros are so dense that nothing else would be seen: such lines leave the chart. */
const topOf = (peaks: readonly number[]): number => {
  const sorted = peaks.filter(Number.isFinite).sort((a, b) => a - b);
  return Math.min(1.08 * (sorted.at(-1) ?? 1), 2 * (sorted[(sorted.length - 1) >> 1] ?? 1));
};

/** How the values of each variable are distributed, from the first step to the last. */
export const weights = ({ inspections }: History): Section => {
  const seen = inspections.flatMap(({ epoch, variables = [] }) =>
    variables.flatMap(({ name, histogram }) => (histogram ? [{ name, epoch, histogram }] : [])),
  );
  return {
    title: "Weights",
    lead: "How the values of each variable are distributed, from faint (at the beginning) to strong (at the end).",
    blocks: Array.from(
      grouped(seen, ({ name }) => name),
      ([name, all]) => {
        const shown = evenly(all, mostLines);
        const lines = shown.map(({ epoch, histogram }, index) => ({
          label: epoch < 0.05 ? "first step" : `epoch ${placeNumber(epoch)}`,
          points: densityOf(histogram),
          colour: 0,
          dash: 0,
          opacity: 0.25 + (0.75 * (index + 1)) / shown.length,
        }));
        return lineChart({
          title: withoutModel(name),
          lines,
          xLabel: "value",
          isStepped: true,
          group: name,
          top: topOf(lines.map(({ points }) => extentOf(points.map(([, density]) => density))[1])),
        });
      },
    ).flat(),
  };
};
