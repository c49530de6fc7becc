import { html, type Markup } from "./markup.ts";

export interface DataTableOptions {
  readonly caption?: string;
  readonly head: readonly string[];
  /** Cells are text, or markup of their own. */
  readonly rows: readonly (readonly (string | Markup)[])[];
  /** How many columns, from the left, hold text; numbers are aligned to the right. Default: the first one. */
  readonly textColumns?: number;
}

/** A table, which scrolls sideways where it is wider than the page. */
export const dataTable = ({ caption, head, rows, textColumns = 1 }: DataTableOptions): Markup => {
  const kind = (column: number, cell: string | Markup): string => {
    if (column >= textColumns) return "number";
    return typeof cell === "string" && /\S{25}/.test(cell) ? "text long" : "text";
  };
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${caption ?? head.join(", ")}"><table>
${caption === undefined ? undefined : html`<caption>${caption}</caption>`}
<thead><tr>${head.map((cell, column) => html`<th scope="col" class="${kind(column, cell)}">${cell}</th>`)}</tr></thead>
<tbody>
${rows.map(
  (row) =>
    html`<tr>${row.map((cell, column) =>
      column === 0
        ? html`<th scope="row" class="${kind(column, cell)}">${cell}</th>`
        : html`<td class="${kind(column, cell)}">${cell}</td>`,
    )}</tr>
`,
)}</tbody>
</table></div>
`;
};
