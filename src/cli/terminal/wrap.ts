import type { Output } from "./streams.ts";

const LEAST_WIDTH = 20;

/** Columns that a text which is to be wrapped has behind so many others; no end where it is no terminal. */
export const widthBehind = (taken: number, { isTTY, columns }: Output): number =>
  isTTY ? Math.max(LEAST_WIDTH, columns - taken) : Number.POSITIVE_INFINITY;

/** Breaks a text at spaces so that no line is wider than `width`, if its words are not. */
export function wrap(text: string, width: number): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let current = "";
    for (const word of paragraph.split(" ")) {
      const longer = current === "" ? word : `${current} ${word}`;
      if (current !== "" && Bun.stringWidth(longer) > width) {
        lines.push(current);
        current = word;
      } else current = longer;
    }
    return [...lines, current];
  });
}

/** Cuts a text that is wider than `width` columns and marks the cut with `…`. */
export function truncate(text: string, width: number): string {
  if (Bun.stringWidth(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += Bun.stringWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return width < 1 ? "" : `${kept}…`;
}

/** Fills up with spaces to `width` columns (Unicode widths; colours count as nothing). */
export const pad = (text: string, width: number): string =>
  text + " ".repeat(Math.max(0, width - Bun.stringWidth(text)));
