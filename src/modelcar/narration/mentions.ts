/** A word for what was decided; `not GO` is what "is not a GO" says. */
export type VerdictWord = "GO" | "NO-GO" | "UNKNOWN" | "not GO";

/** What a clause speaks of, in the order in which it does. */
export type Mention =
  | { kind: "model"; name: string; at: number; end: number }
  | { kind: "overall"; at: number; end: number }
  | { kind: "verdict"; word: VerdictWord; at: number; end: number };

const VERDICT = /^(?:NO[- ]GO|[Nn][Oo]-[Gg][Oo]|GO|UNKNOWN)(?![\w-])/;
const OVERALL = /^(?:overall|altogether|all together|all (?:\d+ |of the |the )?models)(?!\w)/i;
const NEGATED = /(?:\b(?:not|never|no|none|neither|nor|cannot be)|n['’]t)\s+(?:[\w-]+\s+){0,2}$/i;
/** Before a verdict: it is how things could be. */
const COULD_BE =
  /\b(?:would|could(?! not)|might|if|unless|until|becom\w*|turn\w*|mak(?:e|es|ing)|get(?:s|ting)?|reach\w*|into|towards?|instead of|rather than|for an?|to (?:an? )?)\b\W*(?:[\w-]+\W+){0,6}$/i;
/** After it: likewise. */
const ON_CONDITION = /^\W*\s(?:would|could|requires?|needs|is possible|if|once|only|when)\b/i;

/** Who and what a clause names, from left to right. A name hides the words within it; what is only supposed is no mention. */
export function mentionsIn(clause: string, names: readonly string[]): Mention[] {
  const found: Mention[] = [];
  const longestFirst = names.toSorted((a, b) => b.length - a.length);
  for (let at = 0; at < clause.length; ) {
    const mention = atWord(clause, at) ? mentionAt(clause, at, longestFirst) : undefined;
    if (mention !== undefined && mention !== "supposed") found.push(mention);
    at = mention === undefined || mention === "supposed" ? at + 1 : mention.end;
  }
  return found;
}

const atWord = (text: string, at: number): boolean => at === 0 || !/[\p{L}\p{N}_-]/u.test(text[at - 1]!);

function mentionAt(clause: string, at: number, names: readonly string[]): Mention | "supposed" | undefined {
  const rest = clause.slice(at);
  const name = names.find((one) => startsWithName(rest, one));
  if (name !== undefined) return { kind: "model", name, at, end: at + name.length };
  const [overall] = OVERALL.exec(rest) ?? [];
  if (overall !== undefined) return { kind: "overall", at, end: at + overall.length };
  const [verdict] = VERDICT.exec(rest) ?? [];
  if (verdict === undefined) return undefined;
  const [before, end] = [clause.slice(0, at), at + verdict.length];
  if (COULD_BE.test(before) || ON_CONDITION.test(clause.slice(end))) return "supposed";
  const word = wordOf(verdict);
  if (!NEGATED.test(before)) return { kind: "verdict", word, at, end };
  return word === "GO" ? { kind: "verdict", word: "not GO", at, end } : "supposed";
}

const wordOf = (text: string): VerdictWord =>
  text === "GO" ? "GO" : text === "UNKNOWN" ? "UNKNOWN" : "NO-GO";

/** Case counts as little as it does to a reader; `llama-8b` is not `llama-8b-instruct`. */
const startsWithName = (text: string, name: string): boolean =>
  name !== "" &&
  text.slice(0, name.length).toLowerCase() === name.toLowerCase() &&
  !/^(?:[\p{L}\p{N}_]|[-./:](?=[\p{L}\p{N}]))/u.test(text.slice(name.length));
