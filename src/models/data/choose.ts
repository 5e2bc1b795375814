/** A sequence of fractions in [0, 1) that is the same for the same seed everywhere (mulberry32). */
export function fractions(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * `limit` of the items, spread by chance and in their order; all where there are no more. The same for the same seed.
 * Every set of this size is as likely (Floyd's algorithm; Bentley and Floyd, CACM 30(9), 1987).
 */
export function choose<T>(items: readonly T[], limit: number, seed: number): readonly T[] {
  if (items.length <= limit) return items;
  const next = fractions(seed);
  const chosen = new Set<number>();
  for (let last = items.length - limit; last < items.length; last++) {
    const pick = Math.floor(next() * (last + 1));
    chosen.add(chosen.has(pick) ? last : pick);
  }
  return [...chosen].sort((a, b) => a - b).map((index) => items[index]!);
}
