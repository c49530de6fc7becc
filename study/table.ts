import type { Unit } from "./experiment.ts";
import type { ExperimentReport, Row } from "./report.ts";

const percent = (value: number): string => (100 * value).toFixed(2);

/** Seconds, with more digits below a tenth of a second. */
const seconds = (value: number): string => value.toFixed(Math.abs(value) < 0.1 ? 4 : 2);

const digits: Readonly<Record<Unit, (value: number) => string>> = {
  "%": percent,
  points: (value) => `${value > 0 ? "+" : ""}${percent(value)}`,
  s: seconds,
  loss: (value) => value.toFixed(3),
  parameters: (value) => String(Math.round(value)),
  ratio: (value) => value.toFixed(2),
};

const suffixes: Readonly<Record<Unit, string>> = {
  "%": " %",
  points: " points",
  s: " s",
  loss: "",
  parameters: "",
  ratio: "",
};

/** The mean over the seeds. */
export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean of a row and its interval, with their unit. */
export const shown = (row: Row): string => {
  const show = digits[row.unit];
  const interval = row.low === row.high ? "" : ` [${show(row.low)}, ${show(row.high)}]`;
  return `${show(row.mean)}${interval}${suffixes[row.unit]}`;
};

/** The names, accuracies, losses and times of the variants. */
export const measured = ({ variants }: ExperimentReport): readonly (readonly string[])[] =>
  Object.entries(variants).map(([variant, measures]) => {
    const show = (measure: string, text: (value: number) => string): string => {
      const values = measures[measure];
      if (!values) return "–";
      return Number.isFinite(meanOf(values)) ? text(meanOf(values)) : "not finite";
    };
    return [variant, show("accuracy", percent), show("loss", digits.loss), show("seconds", seconds)];
  });

/** One experiment as Markdown: the results of its variants, and the verdicts on its claims. */
export const tableOf = (report: ExperimentReport): string => {
  const { name, setting, choices, rows } = report;
  const variants = measured(report).map((cells) => `| ${cells.join(" | ")} |`);
  const chosen = Object.entries(choices).map(([what, value]) => `${what} ${value}`);
  const claims = rows.map((row) => `| ${row.quote} | ${row.question} | ${shown(row)} | **${row.verdict}** |`);
  return [
    `## ${name}`,
    chosen.length > 0 ? `${setting} Chosen: ${chosen.join(", ")}.` : setting,
    ["| variant | accuracy % | training loss | seconds |", "|---|---|---|---|", ...variants].join("\n"),
    ["| the note says | measured | mean [95 % interval] | verdict |", "|---|---|---|---|", ...claims].join("\n"),
  ].join("\n\n");
};

/** How many claims held, and the rule. */
export const verdictsOf = (reports: readonly ExperimentReport[]): string => {
  const verdicts = reports.flatMap(({ rows }) => rows.map(({ verdict }) => verdict));
  const count = (wanted: string): number => verdicts.filter((verdict) => verdict === wanted).length;
  return (
    `Of ${verdicts.length} claims ${count("held")} held, ${count("did not hold")} did not, ${count("within noise")} are within noise. ` +
    "A claim held when the whole 95 % interval of the mean (Student's t over the seeds; comparisons are differences within " +
    "a seed) lies where the claim says, did not hold when none of it does; else the seeds do not tell."
  );
};
