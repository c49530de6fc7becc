import { writeFile } from "#platform";
import { checkPath } from "../base/checkPath.ts";
import { renderPage } from "./page/page.ts";
import { pageOf, type Reported, type ReportOptions } from "./renderReport.ts";

/**
 * Writes a report of a training run: one HTML file that needs no network, with the curves of loss, metrics and learning
 * rate; and, when `inspector()` was among the callbacks, gradients, activations and weights of the layers over time, the
 * confusion matrix and the most confident mistakes. Several runs, by name, are compared. Where there are no files,
 * `renderReport` gives the text.
 *
 * A reader of the file sees the old report or the new one, never a part.
 * @param reported The history of a run, or an object of histories by name.
 * @throws ValueError for anything but histories, or a path that is not text; DataError when the file cannot be written.
 * @example
 * const { train, validation } = await loadDigits();
 * const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
 * const optimizer = new SGD({ learningRate: 0.5 });
 * const history = await fit(model, train, { optimizer, epochs: 3, validation, callbacks: [inspector()] });
 * await saveReport(history, "report.html");
 */
export const saveReport = async (reported: Reported, path: string, options: ReportOptions = {}): Promise<void> => {
  checkPath("saveReport", path, reported);
  const page = pageOf("saveReport", reported, options);
  await writeFile(path, new TextEncoder().encode(renderPage(page)));
};
