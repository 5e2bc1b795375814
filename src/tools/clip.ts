/** The first `max` characters (UTF-16 units) of a text, never ending in half of a character. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  const cut = text.slice(0, max);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** Part of a text that starts at `start`, of at most `max` characters, with a note on what else there is. */
export function clipFrom(text: string, start: number, max: number, more: (next: number) => string): string {
  const part = clip(text.slice(start), max);
  const end = start + part.length;
  if (end >= text.length) return part;
  return `${part}\n\n[characters ${start} to ${end} of ${text.length}; ${more(end)}]`;
}
