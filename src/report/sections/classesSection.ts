import { decode, object } from "../../base/codec.ts";
import type { History } from "../../train/history/history.ts";
import type { ClassInspection, Mistake } from "../../train/history/inspection.ts";
import { formatPercent } from "../../train/history/numberText.ts";
import { confusionMatrix } from "../../train/metrics/confusionMatrix.ts";
import { card } from "../page/blocks.ts";
import { dataTable } from "../page/dataTable.ts";
import { html, type Markup } from "../page/markup.ts";
import type { Section } from "../page/page.ts";
import { evaluatedOn } from "./evaluatedOn.ts";

/** What classes are called. */
type NameOf = (label: number) => string;

/** A matrix of more classes than this is unreadable. */
const mostInMatrix = 40;

const matrixOf = (counts: ClassInspection["confusion"], nameOf: NameOf): Markup => {
  const rows = counts.map((row, label) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    const cells = row.map((count, predicted) => {
      const kind = count === 0 ? "none" : predicted === label ? "hit" : "miss";
      // By the root, so that a few mistakes among many examples are seen.
      const share = total > 0 ? Math.sqrt(count / total) : 0;
      return html`<td class="${kind}" style="--share: ${share.toFixed(3)}" title="${nameOf(label)} taken for ${nameOf(predicted)}: ${count} of ${total}">${count === 0 ? "·" : count}</td>`;
    });
    return html`<tr><th scope="row">${nameOf(label)}</th>${cells}</tr>
`;
  });
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Confusion matrix"><table class="confusion">
<thead><tr><th scope="col">is \\ taken for</th>${counts.map((_, label) => html`<th scope="col">${nameOf(label)}</th>`)}</tr></thead>
<tbody>
${rows}</tbody></table></div>
`;
};

/** The number of confusions that are shown. */
const mostConfusions = 20;

/** In place of a matrix that would be too large: which classes were most often taken for which others. */
const confusionsOf = (counts: ClassInspection["confusion"], nameOf: NameOf): Markup => {
  const all = counts.flatMap((row, label) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.flatMap((count, predicted) =>
      count > 0 && predicted !== label ? [{ label, predicted, count, total }] : [],
    );
  });
  const most = all.sort((a, b) => b.count - a.count).slice(0, mostConfusions);
  return html`<p class="hint">The matrix of ${counts.length} classes is left out: it would be too large to be read.</p>
${dataTable({
  head: ["is", "taken for", "examples", "of its class"],
  textColumns: 2,
  rows: most.map(({ label, predicted, count, total }) => [
    nameOf(label),
    nameOf(predicted),
    String(count),
    formatPercent(count / total),
  ]),
})}`;
};

const scoresOf = (counts: ClassInspection["confusion"], nameOf: NameOf): Markup => {
  const { classes, macro } = confusionMatrix.how.value(counts.flat());
  const row = (name: string, scores: typeof macro, support: string): string[] => [
    name,
    ...[scores.precision, scores.recall, scores.f1].map((fraction) => (100 * fraction).toFixed(2)),
    support,
  ];
  return dataTable({
    head: ["class", "precision %", "recall %", "F1 %", "examples"],
    rows: [
      ...classes.map((scores, label) => row(nameOf(label), scores, String(scores.support))),
      row("mean", macro, String(counts.flat().reduce((sum, count) => sum + count, 0))),
    ],
  });
};

const caption = ({ row, label, predicted, probability, labelProbability }: Mistake, nameOf: NameOf): string =>
  `${nameOf(label)}, taken for ${nameOf(predicted)} (${formatPercent(probability)}; ${nameOf(label)}: ${formatPercent(labelProbability)}), row ${row}`;

const picturesOf = (
  mistakes: readonly Mistake[],
  [height, width, channels]: NonNullable<ClassInspection["imageShape"]>,
  nameOf: NameOf,
): Markup =>
  html`<div class="images">${mistakes.map((mistake) => {
    const { label, predicted, probability, row, pixels = "" } = mistake;
    return html`<figure><canvas width="${width}" height="${height}" data-channels="${channels}" data-pixels="${pixels}" role="img" aria-label="${caption(mistake, nameOf)}"></canvas><figcaption><strong>${nameOf(label)}</strong> taken for <strong>${nameOf(predicted)}</strong>, ${formatPercent(probability)}, row ${row}</figcaption></figure>`;
  })}</div>
`;

const listOf = (mistakes: readonly Mistake[], nameOf: NameOf): Markup =>
  dataTable({
    head: ["row", "is", "taken for", "its probability", "that of what it is"],
    rows: mistakes.map(({ row, label, predicted, probability, labelProbability }) => [
      String(row),
      nameOf(label),
      nameOf(predicted),
      formatPercent(probability),
      formatPercent(labelProbability),
    ]),
  });

/** The counts of a metric `confusionMatrix`, where only that was asked for. */
const countsOfMetric = ({ epochs }: History): ClassInspection["confusion"] | undefined => {
  const last = epochs.at(-1);
  const matrix = last?.validationDetails?.confusionMatrix ?? last?.details?.confusionMatrix;
  if (matrix === undefined) return undefined;
  const { counts } = decode("report", "the confusion matrix", object, matrix);
  const isMatrix =
    Array.isArray(counts) &&
    counts.length > 0 &&
    counts.every((row) => Array.isArray(row) && row.length === counts.length);
  return isMatrix ? counts : undefined;
};

/** Which classes were taken for which, and the most confident mistakes. */
export const classes = (history: History): Section => {
  const last = history.inspections.findLast(({ classes }) => classes);
  const seen = last?.classes;
  const names = history.inspections.find(({ setup }) => setup)?.setup?.classNames;
  const nameOf: NameOf = (label) => names?.[label] ?? String(label);
  const counts = seen?.confusion ?? countsOfMetric(history);
  if (!counts || counts.length === 0) return { title: "Classes", blocks: [] };
  const { mistakes = [], imageShape } = seen ?? {};
  const blocks: Markup[] = [];
  if (counts.length <= mostInMatrix)
    blocks.push(
      card("Confusion matrix", matrixOf(counts, nameOf), {
        width: counts.length > 14 ? "wide" : counts.length > 6 ? "broad" : "narrow",
      }),
    );
  else blocks.push(card("The most frequent confusions", confusionsOf(counts, nameOf), { width: "broad" }));
  blocks.push(card("Scores", scoresOf(counts, nameOf)));
  if (mistakes.length > 0) {
    const content = imageShape ? picturesOf(mistakes, imageShape, nameOf) : listOf(mistakes, nameOf);
    blocks.push(card("The most confident mistakes", content, { width: "wide" }));
  }
  return { title: "Classes", lead: last && seen ? evaluatedOn(seen, last, history) : "Of the last epoch.", blocks };
};
