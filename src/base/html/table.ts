import { html, type Markup } from "./markup.ts";

export type Cell = string | Markup;

/** A table whose columns from the second on hold numbers, unless `text` names them. */
export const htmlTable = (
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  { text = [0] }: { text?: readonly number[] } = {},
): Markup => {
  const kind = (i: number) => (text.includes(i) ? "" : "number");
  return html`<div class="scroll"><table>
<thead><tr>${columns.map((title, i) => html`<th class="${kind(i)}" scope="col">${title}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((cell, i) => html`<td class="${kind(i)}">${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>`;
};
