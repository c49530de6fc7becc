import { bars, card, intervalBar, paragraph } from "../src/report/page/blocks.ts";
import { dataTable } from "../src/report/page/dataTable.ts";
import { html, type Markup } from "../src/report/page/markup.ts";
import type { Page, Section } from "../src/report/page/page.ts";
import type { ExperimentReport, Row } from "./report.ts";
import { meanOf, measured, shown, verdictsOf } from "./table.ts";
import type { Verdict } from "./verdict.ts";

const levels: Readonly<Record<Verdict, string>> = { held: "good", "did not hold": "bad", "within noise": "watch" };

/** Bars of errors: bars of accuracies near 100 % would all have the same length. */
const errorsOf = ({ variants }: ExperimentReport): Markup =>
  bars(
    Object.entries(variants).flatMap(([variant, { accuracy }]) => {
      if (!accuracy) return [];
      const errors = 1 - meanOf(accuracy);
      return [{ label: variant, value: errors, text: `${(100 * errors).toFixed(2)} %`, isOwn: true }];
    }),
  );

const claimsOf = (rows: readonly Row[]): Markup =>
  dataTable({
    head: ["the note says", "measured", "mean and 95 % interval", "", "verdict"],
    textColumns: 5,
    rows: rows.map((row) => [
      row.quote,
      row.question,
      shown(row),
      intervalBar(row),
      html`<span class="verdict ${levels[row.verdict]}">${row.verdict}</span>`,
    ]),
  });

const sectionOf = (report: ExperimentReport): Section => {
  const { name, setting, choices } = report;
  const chosen = Object.entries(choices).map(([what, value]) => `${what} ${value}`);
  return {
    title: name,
    lead: chosen.length > 0 ? `${setting} Chosen: ${chosen.join(", ")}.` : setting,
    blocks: [
      card("Wrong predictions, the mean of the seeds", errorsOf(report), { width: "broad" }),
      card(
        "All means",
        dataTable({ head: ["variant", "accuracy %", "training loss", "seconds"], rows: measured(report) }),
      ),
      card("Claims", claimsOf(report.rows), { width: "wide" }),
    ],
  };
};

/** The study as a page. */
export const studyPage = (setting: string, reports: readonly ExperimentReport[]): Page => ({
  title: "A study: do the notes' claims hold?",
  lead: setting,
  sections: [
    {
      title: "Verdicts",
      blocks: [
        paragraph(verdictsOf(reports)),
        paragraph(
          "In the last columns, the dot is the mean, the line its interval, and the band where the claim says that it lies.",
        ),
      ],
    },
    ...reports.map(sectionOf),
  ],
  footer: "Made by npm run study -- --html. docs/study.md describes the method, and has our conclusions.",
});
