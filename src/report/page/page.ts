import { program, style } from "#report-page";
import { html, Markup } from "./markup.ts";

/** A part of a page under a heading of its own. */
export interface Section {
  readonly title: string;
  /** What is to be seen, in a sentence or two. */
  readonly lead?: string;
  readonly blocks: readonly Markup[];
}

/** A page that needs nothing but itself. */
export interface Page {
  readonly title: string;
  /** What the page is about, in a line. */
  readonly lead: string | Markup;
  readonly sections: readonly Section[];
  /** Who made it, and when. */
  readonly footer: string;
}

/** Nothing is loaded from anywhere: the page needs no network. */
const policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:";

const anchorOf = (title: string): string => title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");

/** The page as the text of an HTML file, with its styles, its program and its data in it. */
export const renderPage = ({ title, lead, sections, footer }: Page): string => {
  const shown = sections.filter(({ blocks }) => blocks.length > 0);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p>${lead}</p>
<p class="undrawn">Charts and pictures are drawn by a program, which may not run here: read the numbers below their headings.</p>
<nav aria-label="Sections">${shown.map((section) => html`<a href="#${anchorOf(section.title)}">${section.title}</a>`)}</nav>
</header>
<main>
${shown.map(
  (section) => html`<section id="${anchorOf(section.title)}" aria-labelledby="${anchorOf(section.title)}-title">
<h2 id="${anchorOf(section.title)}-title">${section.title}</h2>
${section.lead === undefined ? undefined : html`<p class="lead">${section.lead}</p>`}
<div class="blocks">
${section.blocks}
</div>
</section>
`,
)}</main>
<footer>${footer}</footer>
<script>${new Markup(program.replaceAll("</script", "<\\/script"))}</script>
</body>
</html>
`.text;
};
