/**
 * Jupyter notebooks: nbformat 4.5 (https://nbformat.readthedocs.io/en/latest/format_description.html), written as
 * Jupyter writes them.
 */

export interface Cell {
  /** Unique in the notebook: letters, digits, "-" and "_". */
  id: string;
  kind: "markdown" | "code";
  text: string;
}

/** The text of an .ipynb file. `name` is what Colab shows. */
export function notebook(name: string, cells: readonly Cell[]): string {
  const document = {
    cells: cells.map(cellOf),
    metadata: {
      // Outputs are not stored: logs of the agent are not for whoever gets the notebook.
      colab: { name, private_outputs: true, provenance: [] },
      kernelspec: { display_name: "Python 3", name: "python3" },
      language_info: { name: "python" },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

function cellOf({ id, kind, text }: Cell) {
  const source = linesOf(text.trimEnd());
  if (kind === "markdown") return { cell_type: kind, id, metadata: {}, source };
  return { cell_type: kind, execution_count: null, id, metadata: { cellView: "form" }, outputs: [], source };
}

/** Lines with the ends that they have. */
export const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
