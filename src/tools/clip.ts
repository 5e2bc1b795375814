import { clip } from "../base/clip.ts";

/** Part of a text that starts at `start`, of at most `max` characters, with a note on what else there is. */
export function clipFrom(text: string, start: number, max: number, more: (next: number) => string): string {
  const part = clip(text.slice(start), max);
  const end = start + part.length;
  if (end >= text.length) return part;
  return `${part}\n\n[characters ${start} to ${end} of ${text.length}; ${more(end)}]`;
}
