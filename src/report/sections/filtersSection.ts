import type { History } from "../../train/history/history.ts";
import type {
  ExampleInspection,
  FeatureMapInspection,
  FilterInspection,
  Inspection,
} from "../../train/history/inspection.ts";
import { shortNumber } from "../../train/history/numberText.ts";
import { card } from "../page/blocks.ts";
import { html, type Markup } from "../page/markup.ts";
import type { Section } from "../page/page.ts";
import { capitalized, counted } from "../page/words.ts";

type PictureShape = FilterInspection["imageShape"];

/** Pictures of one size, with one text for readers who do not see them. Signed ones have a colour for each sign. */
const pictureGrid = (
  pictures: readonly string[],
  [height, width, channels]: PictureShape,
  { text, kind, isSigned = false }: { readonly text: string; readonly kind: string; readonly isSigned?: boolean },
): Markup =>
  html`<div class="grid ${kind}" role="img" aria-label="${text}">${pictures.map(
    (pixels) =>
      html`<canvas width="${width}" height="${height}" data-channels="${channels}"${isSigned ? html` data-signed` : undefined} data-pixels="${pixels}"></canvas>`,
  )}</div>
`;

const shownOf = (shown: number, all: number, what: string): string =>
  shown < all ? `the first ${shown} of ${all} ${what}` : `${all} ${all === 1 ? what.replace(/s$/, "") : what}`;

const whenOf = ({ epoch }: Inspection): string =>
  epoch < 0.05 ? "after the first step" : `after ${counted(epoch, "epoch")}`;

/** The filters of a layer, at the times when they were recorded. */
const filterCard = (layer: string, inspections: readonly Inspection[]): Markup => {
  const seen = inspections.flatMap((inspection) => {
    const own = inspection.filters?.find((filter) => filter.layer === layer);
    return own ? [{ own, when: whenOf(inspection) }] : [];
  });
  // The last ones first: they are what training was for.
  const times = seen.length > 1 ? [seen[seen.length - 1], seen[0]] : seen;
  const [{ own }] = times;
  const [height, width, channels] = own.imageShape;
  const hint =
    channels === 1
      ? "Blue: light there raises the output. Orange: light there lowers it."
      : "Each colour is the weight of its channel; middle gray is a weight of 0.";
  const grids = times.map(({ own: { filters, imageShape, largest, pictures }, when }) => {
    const limit = `the strongest colour is a weight of ±${shortNumber(largest)}`;
    const text = `${shownOf(pictures.length, filters, "filters")} ${when}`;
    return html`<p class="hint">${capitalized(text)}; ${limit}.</p>
${pictureGrid(pictures, imageShape, { text: `${layer}: ${text}`, kind: "filters", isSigned: channels === 1 })}`;
  });
  return card(
    `Filters of ${layer}, ${height} x ${width}`,
    html`<p class="hint">${hint}</p>
${grids}`,
    { width: own.pictures.length > 16 ? "broad" : "narrow" },
  );
};

const mapBlock = ({ layer, channels, imageShape, low, high, maps }: FeatureMapInspection): Markup => {
  const [height, width] = imageShape;
  const text = `${layer}: ${shownOf(maps.length, channels, "channels")}, ${height} x ${width}`;
  return html`<h4>${text}</h4>
<p class="hint">Black is ${shortNumber(low)}, white ${shortNumber(high)}.</p>
${pictureGrid(maps, imageShape, { text, kind: "maps" })}`;
};

const exampleCard = ({ data, row, pixels, imageShape, layers }: ExampleInspection): Markup => {
  const picture =
    pixels !== undefined && imageShape
      ? pictureGrid([pixels], imageShape, { text: `Row ${row} of ${data}`, kind: "example" })
      : undefined;
  return card(`Feature maps of row ${row} of ${data}`, html`${picture}${layers.map(mapBlock)}`, { width: "wide" });
};

/** What the filters of convolutions look like, and what layers of images compute for an example. */
export const filters = ({ inspections }: History): Section => {
  const last = inspections.findLast(({ filters: own }) => own)?.filters ?? [];
  const example = inspections.findLast(({ example: own }) => own)?.example;
  const cards = last.map(({ layer }) => filterCard(layer, inspections));
  return {
    title: "Filters",
    lead: "What convolutions look for, and where they find it: a feature map is bright where its filter answers.",
    blocks: [...cards, ...(example ? [exampleCard(example)] : [])],
  };
};
