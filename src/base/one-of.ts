/** `a`, `a or b`, `a, b or c`. */
export function oneOf(words: readonly string[], conjunction = "or"): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} ${conjunction} ${last}`;
}
