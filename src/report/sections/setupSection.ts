import { type EpochRecord, measuresOf } from "../../train/history/epochRecord.ts";
import type { History } from "../../train/history/history.ts";
import { formatPercent, formatSeconds } from "../../train/history/numberText.ts";
import { allMeasureNames, isFraction } from "../analysis/measures.ts";
import { card, facts, preformatted } from "../page/blocks.ts";
import { dataTable } from "../page/dataTable.ts";
import type { Markup } from "../page/markup.ts";
import type { Section } from "../page/page.ts";
import { shortNumber } from "../page/shortNumber.ts";
import { spelt } from "../page/words.ts";

/** A longer table is not read. */
const mostRows = 200;

const epochTable = (epochs: readonly EpochRecord[]): Markup => {
  const names = allMeasureNames(epochs);
  const every = Math.ceil(epochs.length / mostRows);
  const rows = epochs.filter(({ epoch }, index) => epoch % every === 0 || index === epochs.length - 1);
  return dataTable({
    head: ["epoch", ...names.map(spelt), "learning rate", "steps", "time"],
    rows: rows.map((record) => [
      String(record.epoch + 1),
      ...names.map((name) => measureText(name, measuresOf(record).get(name))),
      record.learningRate === undefined ? "" : shortNumber(record.learningRate),
      String(record.steps),
      formatSeconds(record.seconds),
    ]),
  });
};

const measureText = (name: string, value: number | undefined): string => {
  if (value === undefined) return "";
  return isFraction(name) ? formatPercent(value) : shortNumber(value, 4);
};

/** What was trained, and all numbers of all epochs. */
export const setup = ({ epochs, inspections }: History): Section => {
  const seen = inspections.find(({ setup }) => setup)?.setup;
  const blocks: Markup[] = [];
  if (seen) blocks.push(card("Run", facts(seen.facts)));
  if (seen?.summary !== undefined) blocks.push(card("Model", preformatted(seen.summary), { width: "broad" }));
  if (epochs.length > 0) blocks.push(card("Epochs", epochTable(epochs), { width: "wide" }));
  return { title: "Details", blocks };
};
