import { clip } from "../../base/clip.ts";

export interface LineRange {
  /** First line, from 1. */
  offset: number;
  /** Lines at most. */
  limit?: number;
}

/** Lines of a text, at most `maxChars` characters of them, with a note when there are others. */
export function selectLines(text: string, { offset, limit }: LineRange, maxChars: number): string {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  if (offset > lines.length) return lines.length === 0 ? "" : `[the file has only ${lines.length} lines]`;
  const wanted = lines.slice(offset - 1, limit === undefined ? undefined : offset - 1 + limit);
  const fitting = wanted.slice(0, countFitting(wanted, maxChars));
  const last = offset - 1 + fitting.length;
  const body = fitting.length === 1 ? cutLine(fitting[0]!, maxChars) : fitting.join("\n");
  if (offset === 1 && last === lines.length) return body;
  const more = last < lines.length ? `; call again with offset ${last + 1} for more` : "";
  return `${body}\n\n[lines ${offset} to ${last} of ${lines.length}${more}]`;
}

/** How many of the lines fit; one at least, which may then have to be cut. */
function countFitting(lines: readonly string[], maxChars: number): number {
  let chars = 0;
  const tooMany = lines.findIndex((line) => {
    chars += line.length + 1;
    return chars > maxChars + 1;
  });
  return tooMany === -1 ? lines.length : Math.max(1, tooMany);
}

const cutLine = (line: string, max: number): string =>
  line.length <= max ? line : `${clip(line, max)} [line cut: ${line.length - max} more characters]`;
