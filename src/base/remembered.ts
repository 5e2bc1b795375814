/** A pure function of a text that keeps its answers, at most so many; the oldest is forgotten first. */
export function remembered<T>(most: number, answer: (text: string) => T): (text: string) => T {
  const known = new Map<string, { answer: T }>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found.answer;
    const fresh = { answer: answer(text) };
    for (const oldest of known.keys()) {
      if (known.size < most) break;
      known.delete(oldest);
    }
    known.set(text, fresh);
    return fresh.answer;
  };
}
