import { html, type Markup } from "./markup.ts";

/** A paragraph. */
export const paragraph = (text: string): Markup => html`<p class="wide">${text}</p>
`;

/** Numbers that are to be seen first, each with its name. */
export const tiles = (entries: readonly (readonly [name: string, value: string])[]): Markup =>
  html`<dl class="tiles wide">${entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
`;

/** Names and what they are, one below the other. */
export const facts = (entries: readonly (readonly [name: string, value: string])[]): Markup =>
  html`<dl class="facts">${entries.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
`;

/** Text whose columns must stay below each other. */
export const preformatted = (text: string): Markup =>
  html`<pre tabindex="0">${text}</pre>
`;

/** How much of a row something takes: as much as a chart, two of them, or all. */
export type Width = "narrow" | "broad" | "wide";

/** Something with a heading. */
export const card = (title: string, content: Markup, { width = "narrow" }: { readonly width?: Width } = {}): Markup =>
  html`<div class="card ${width}"><h3>${title}</h3>
${content}</div>
`;

/** Findings, each with how serious it is. */
export const notes = (
  entries: readonly { readonly level: "good" | "watch" | "bad"; readonly text: string }[],
): Markup =>
  html`<ul class="notes wide">${entries.map(
    ({ level, text }) => html`<li class="${level}"><strong>${levels[level]}:</strong> ${text}</li>`,
  )}</ul>
`;

const levels = { good: "Good", watch: "Watch", bad: "Problem" } as const;

/** One bar of a bar chart. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** The text behind the bar. */
  readonly text: string;
  /** Whether it is the one that the others are compared with. */
  readonly isOwn?: boolean;
}

/** Bars from the left, the longest as wide as the place for them. */
export const bars = (entries: readonly Bar[]): Markup => {
  const most = Math.max(...entries.map(({ value }) => value));
  return html`<table class="bars"><tbody>
${entries.map(
  ({ label, value, text, isOwn }) =>
    html`<tr${isOwn ? html` class="own"` : undefined}><th scope="row">${label}</th><td><span class="bar" style="width: ${Math.max(0.5, (100 * value) / most).toFixed(1)}%"></span></td><td class="number">${text}</td></tr>
`,
)}</tbody></table>
`;
};

/** A mean with its interval, and the region that a claim names. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly region: readonly [from: number, to: number];
}

/** An interval as a line with a dot, above a band for the region: what lies in what is seen at once. */
export const intervalBar = ({ mean, low, high, region }: Interval): Markup => {
  const ends = [low, high, ...region].filter(Number.isFinite);
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  // A margin, so that a region without an end is seen to go on.
  const margin = most > least ? 0.25 * (most - least) : 1;
  const at = (value: number): number => {
    const within = Math.min(Math.max(value, least - margin), most + margin);
    return (100 * (within - least + margin)) / (most - least + 2 * margin);
  };
  const span = (from: number, to: number): string =>
    `left: ${at(from).toFixed(1)}%; width: ${(at(to) - at(from)).toFixed(1)}%`;
  return html`<span class="interval" aria-hidden="true"><span class="region" style="${span(...region)}"></span><span class="whisker" style="${span(low, high)}"></span><span class="mean" style="left: ${at(mean).toFixed(1)}%"></span></span>`;
};
