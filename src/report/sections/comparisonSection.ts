import { measureOf } from "../../train/history/epochRecord.ts";
import type { History } from "../../train/history/history.ts";
import { formatPercent, formatSeconds, shortNumber } from "../../train/history/numberText.ts";
import { findingsOf } from "../analysis/findings.ts";
import { allMeasureNames, isFraction } from "../analysis/measures.ts";
import { card, notes } from "../page/blocks.ts";
import { extentOf } from "../page/collections.ts";
import { dataTable } from "../page/dataTable.ts";
import { type Line, lineChart } from "../page/lineChart.ts";
import type { Section } from "../page/page.ts";
import { capitalized, spelt } from "../page/words.ts";
import { howToRead, pointsOf } from "./curvesSection.ts";

type Runs = readonly (readonly [name: string, run: History])[];

const namesOf = (runs: Runs): readonly string[] => allMeasureNames(runs.flatMap(([, { epochs }]) => epochs));

const curvesOf = (runs: Runs, name: string): Section["blocks"] => {
  const lines = runs.map(
    ([label, { epochs }]): Line => ({ label, points: pointsOf(epochs, (record) => measureOf(record, name)) }),
  );
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
  const isPercent = isFraction(name);
  return lineChart({
    title: capitalized(spelt(name)),
    lines,
    isPercent,
    isLogarithmic: !isPercent && extentOf(values)[0] > 0,
  });
};

const tableOf = (runs: Runs): Section["blocks"][number] => {
  const names = namesOf(runs);
  return dataTable({
    head: ["run", "epochs", ...names.map(spelt), "time", "a step"],
    rows: runs.map(([label, { epochs }]) => {
      const last = epochs.at(-1);
      const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
      const steps = epochs.reduce((sum, epoch) => sum + epoch.steps, 0);
      const shown = names.map((name) => {
        const value = last && measureOf(last, name);
        if (value === undefined) return "";
        return isFraction(name) ? formatPercent(value) : shortNumber(value);
      });
      const step = steps === 0 ? "" : formatSeconds(seconds / steps);
      return [label, String(epochs.length), ...shown, formatSeconds(seconds), step];
    }),
  });
};

/** Several runs beside each other. */
export const comparison = (runs: Runs): readonly Section[] => [
  { title: "After the last epoch", blocks: [card("Runs", tableOf(runs), { width: "wide" })] },
  {
    title: "Curves",
    lead: howToRead,
    blocks: [...namesOf(runs), "learningRate"].flatMap((name) => curvesOf(runs, name)),
  },
  {
    title: "What stands out",
    blocks: runs.flatMap(([name, run]) => {
      const findings = findingsOf(run);
      return findings.length > 0 ? [card(name, notes(findings))] : [];
    }),
  },
];
