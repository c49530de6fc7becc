import { ValueError } from "../base/errors.ts";
import { checkOptions, text } from "../base/options.ts";
import { showValue } from "../base/showValue.ts";
import { History } from "../train/history/history.ts";
import { html } from "./page/markup.ts";
import { type Page, renderPage } from "./page/page.ts";
import { counted } from "./page/words.ts";
import { activations } from "./sections/activationsSection.ts";
import { classes } from "./sections/classesSection.ts";
import { comparison } from "./sections/comparisonSection.ts";
import { curves } from "./sections/curvesSection.ts";
import { filters } from "./sections/filtersSection.ts";
import { gradients } from "./sections/gradientsSection.ts";
import { setup } from "./sections/setupSection.ts";
import { summary } from "./sections/summarySection.ts";
import { values } from "./sections/valuesSection.ts";
import { weights } from "./sections/weightsSection.ts";

/** Options of `saveReport` and `renderReport`. */
export interface ReportOptions {
  /** The heading. Default: the name of the model, or those of the runs. */
  readonly title?: string;
}

/** What a report is about: a run, or several runs by their names. */
export type Reported = History | Readonly<Record<string, History>>;

/**
 * A report of a training run as the text of an HTML file; see `saveReport`.
 * @throws ValueError for anything but histories, or options that do not exist.
 * @example
 * const history = new History([{ epoch: 0, loss: 0.5, steps: 10, seconds: 0.1 }]);
 * renderReport(history, { title: "First try" }).includes("<h1>First try</h1>"); // true
 */
export const renderReport = (reported: Reported, options: ReportOptions = {}): string =>
  renderPage(pageOf("renderReport", reported, options));

/** Those of the epochs, or the largest that was seen: an epoch that failed has no record. */
const stepsOf = ({ epochs, inspections }: History): number => {
  const complete = epochs.reduce((sum, epoch) => sum + epoch.steps, 0);
  const [first, last] = [inspections[0], inspections.at(-1)];
  // The optimizer may have made steps before the run.
  return first && last ? Math.max(complete, last.step - Math.max(0, first.step - 1)) : complete;
};

/** @throws ValueError for anything but histories, or options that do not exist. */
export const pageOf = (where: string, reported: Reported, options: ReportOptions): Page => {
  const { title } = checkOptions(where, options, { title: text });
  const footer = `Made by gradus, ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC.`;
  if (reported instanceof History) {
    const seen = reported.inspections.find(({ setup }) => setup)?.setup;
    const sections = [summary, curves, gradients, activations, weights, filters, classes, values, setup];
    return {
      title: title ?? (seen ? `Training of ${seen.model}` : "Training"),
      lead: `${counted(reported.epochs.length, "epoch")}, ${counted(stepsOf(reported), "step")}`,
      sections: sections.map((section) => section(reported)),
      footer,
    };
  }
  const runs = typeof reported === "object" && reported !== null ? Object.entries(reported) : [];
  if (runs.length === 0 || runs.some(([, run]) => !(run instanceof History))) {
    const got = runs.length === 0 ? showValue(reported) : `an object with ${runs.map(([name]) => name).join(", ")}`;
    throw new ValueError(
      `${where}: the first argument must be a History, or an object of histories by name, got ${got}. Pass what fit gave.`,
    );
  }
  return {
    title: title ?? `${counted(runs.length, "run")} compared`,
    // Names that are written from the right must not turn those beside them.
    lead: html`${runs.map(([name], index) => html`${index > 0 ? ", " : ""}<bdi>${name}</bdi>`)}`,
    sections: comparison(runs),
    footer,
  };
};
