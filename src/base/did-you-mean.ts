import { distance } from "fastest-levenshtein";

/** `maxTokens`, `max-tokens` and `MAX_TOKENS` are all meant as `max_tokens`. */
const plain = (word: string): string => word.toLowerCase().replace(/[_\s.-]/g, "");

/** Nothing longer is a slip of the keyboard in a name of ours. */
const MAX_WORD = 64;

/** The candidate that someone who wrote `word` probably meant, or undefined when none is near. */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_WORD) return undefined;
  let best: { candidate: string; score: number } | undefined;
  for (const candidate of candidates) {
    const score = unlikeness(word, candidate);
    if (score !== undefined && (best === undefined || score < best.score)) best = { candidate, score };
  }
  return best?.candidate;
}

/** 0 the same but for spelling conventions, more the less likely; undefined when too far apart. */
function unlikeness(word: string, candidate: string): number | undefined {
  const [a, b] = [plain(word), plain(candidate)];
  if (a === b) return 0;
  const most = Math.max(1, Math.floor(Math.min(a.length, b.length) / 3));
  const slips = Math.abs(a.length - b.length) > most ? undefined : typingErrors(a, b);
  if (slips !== undefined && slips <= most) return slips;
  const parts = candidate.toLowerCase().split(/[_-]/);
  const isPart = a.length > 2 && (parts.includes(a) || b.startsWith(a));
  return isPart || word.toLowerCase().endsWith(`_${candidate}`)
    ? 10 + (slips ?? typingErrors(a, b))
    : undefined;
}

/** Levenshtein's distance, in which two letters that changed places are one slip, not two. */
function typingErrors(a: string, b: string): number {
  const errors = distance(a, b);
  return errors === 2 && a.length === b.length && sorted(a) === sorted(b) ? 1 : errors;
}

const sorted = (text: string): string => [...text].sort().join("");
