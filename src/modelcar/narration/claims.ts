import { type Mention, mentionsIn, type VerdictWord } from "./mentions.ts";

/** A verdict that a text gives: of these models, of all together, or of something that it does not name. */
export interface Claim {
  about: readonly string[] | "overall" | "something";
  word: VerdictWord;
}

/** What stands for a subject: names beside each other, or all together. */
type Subject = readonly string[] | "overall";

/**
 * The verdicts that a text gives, clause by clause. Verdicts that it only supposes ("would be a GO with …") are none. It
 * knows lists, table rows, headings and "it"; what a sentence says in a more roundabout way goes unnoticed.
 */
export function claimsIn(text: string, names: readonly string[]): Claim[] {
  const claims: Claim[] = [];
  let heading: Subject | undefined;
  let first = true;
  for (const line of plain(text).split("\n")) {
    let last: Subject | undefined;
    const clauses = line.split(CLAUSE_ENDS).filter((clause) => clause.trim() !== "");
    for (const clause of clauses) {
      const mentions = mentionsIn(clause, names);
      const own = subjectsOf(mentions, clause);
      const carried = PRONOUN.test(clause) ? (last ?? heading) : heading;
      const onAll = first || /\b(?:verdict|result)\b/i.test(clause);
      claims.push(...claimsOf(mentions, clause, carried ?? (onAll ? "overall" : "something")));
      last = own.at(-1) ?? last;
      first = false;
    }
    if (isHeading(line, names)) heading = last;
  }
  return claims;
}

const plain = (text: string): string =>
  text
    .replace(/[‐‑‒–]/g, "-")
    .replace(/[*`_]{1,3}(?=\S)|(?<=\S)[*`]{1,3}/g, "")
    .replace(/\bGO\s*(?:\/|or|and|,|vs\.?)\s*NO-GO\b/g, "the verdict");

const CLAUSE_ENDS = /(?<=[.!?;])\s+|,?\s+(?:but|while|whereas|although|though)\s+|\s+—\s+/i;
const PRONOUN = /\b(?:it|its|it's|this|that|they|their|both)\b/i;

/** A line with a name and little else, or one that is marked as a heading. */
function isHeading(line: string, names: readonly string[]): boolean {
  const mentions = mentionsIn(line, names);
  if (mentions.length === 0 || mentions.some(({ kind }) => kind === "verdict")) return false;
  const rest = mentions.reduceRight((text, { at, end }) => text.slice(0, at) + text.slice(end), line);
  return /^\s*#/.test(line) || rest.replace(/[^\p{L}\p{N}]/gu, "").length <= 6;
}

/** Subjects in their order; names with nothing but the glue of a list between them are one. */
function subjectsOf(mentions: readonly Mention[], clause: string): Subject[] {
  return runsOf(mentions, clause).flatMap((run) => (run.about === undefined ? [] : [run.about]));
}

type Run = { about: Subject; word?: never } | { word: VerdictWord; about?: never };

function runsOf(mentions: readonly Mention[], clause: string): Run[] {
  const runs: Run[] = [];
  for (const [i, mention] of mentions.entries()) {
    if (mention.kind === "verdict") runs.push({ word: mention.word });
    else if (mention.kind === "overall") runs.push({ about: "overall" });
    else {
      const before = mentions[i - 1];
      const last = runs.at(-1);
      const joins = before?.kind === "model" && LIST_GLUE.test(clause.slice(before.end, mention.at));
      if (joins && Array.isArray(last?.about))
        runs[runs.length - 1] = { about: [...last.about, mention.name] };
      else runs.push({ about: [mention.name] });
    }
  }
  return runs;
}

const LIST_GLUE = /^[\s,&"'’|]*(?:and|or)?[\s"'’]*$/;

/** A verdict belongs to who stands before it; in a clause that begins with one, to who comes after. */
function claimsOf(mentions: readonly Mention[], clause: string, unnamed: Claim["about"]): Claim[] {
  const runs = runsOf(mentions, clause);
  const verdictFirst = runs[0]?.word !== undefined;
  return runs.flatMap(({ word }, i): Claim[] => {
    if (word === undefined) return [];
    const before = runs.slice(0, i).findLast(({ about }) => about !== undefined)?.about;
    const after = runs.slice(i + 1).find(({ about }) => about !== undefined)?.about;
    const about = verdictFirst ? (after ?? before) : (before ?? after);
    return [{ about: about ?? unnamed, word }];
  });
}
