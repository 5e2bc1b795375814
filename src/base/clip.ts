/** The first `max` characters (UTF-16 units) of a text, never ending in half of a character. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  const cut = text.slice(0, max);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** The text, or so much of its start that with an ellipsis it has at most `max` characters. */
export const shorten = (text: string, max: number): string =>
  text.length <= max ? text : `${clip(text, max - 1)}…`;

/** What others said, in one line of at most `max` characters. */
export const oneLine = (text: string, max: number): string => clip(text.replace(/\s+/g, " ").trim(), max);
