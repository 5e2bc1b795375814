import type { Output } from "./streams.ts";
import { pad, truncate } from "./wrap.ts";

export interface Column {
  title: string;
  align?: "right";
  /** Gives way when the table is too wide for the terminal. */
  shrinks?: boolean;
}

/** A column of numbers. */
export const right = (title: string): Column => ({ title, align: "right" });

const GAP = "  ";
const MIN_SHRUNK = 10;

/**
 * Aligned columns below a header. On a terminal, columns that `shrink` are cut so that a row fits a line; in a pipe
 * nothing is cut.
 */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], out: Output): string {
  const cells = [columns.map(({ title }) => out.colors.bold(title)), ...rows];
  const widths = fit(columns, naturalWidths(cells), out.isTTY ? out.columns : Infinity);
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, i) => place(cell, columns[i], widths[i]!))
          .join(GAP)
          .trimEnd()}\n`,
    )
    .join("");
}

const naturalWidths = (cells: readonly (readonly string[])[]): number[] =>
  (cells[0] ?? []).map((_, i) => Math.max(...cells.map((row) => Bun.stringWidth(row[i] ?? ""))));

/** Takes from the widest shrinking column until the row fits, or nothing is left to take. */
function fit(columns: readonly Column[], widths: number[], available: number): number[] {
  const result = [...widths];
  const total = () => result.reduce((sum, width) => sum + width, GAP.length * (result.length - 1));
  while (total() > available) {
    const widest = columns
      .map((column, i) => (column.shrinks && result[i]! > MIN_SHRUNK ? i : -1))
      .filter((i) => i >= 0)
      .sort((a, b) => result[b]! - result[a]!)[0];
    if (widest === undefined) break;
    result[widest]! -= 1;
  }
  return result;
}

function place(cell: string, column: Column | undefined, width: number): string {
  if (Bun.stringWidth(cell) > width) return truncate(Bun.stripANSI(cell), width);
  return column?.align === "right" ? " ".repeat(width - Bun.stringWidth(cell)) + cell : pad(cell, width);
}

/** `key  value` lines, the values aligned; continuation lines are indented below their value. */
export function keyValues(entries: readonly (readonly [string, string])[], { colors }: Output): string {
  const width = Math.max(0, ...entries.map(([key]) => Bun.stringWidth(key)));
  const indent = " ".repeat(width + GAP.length);
  return entries
    .map(([key, value]) => `${colors.dim(pad(key, width))}${GAP}${value.replaceAll("\n", `\n${indent}`)}\n`)
    .join("");
}
