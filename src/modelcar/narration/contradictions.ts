import { verdictWord } from "../report/text.ts";
import type { Report } from "../report/types.ts";
import { claimsIn } from "./claims.ts";
import type { VerdictWord } from "./mentions.ts";
import { foreignNumbers } from "./numbers.ts";

/**
 * Where a text says something else than the result: verdicts of models, of all together, and sizes that the result does
 * not hold. By rules, in words, without repetitions; empty: nothing was found, which is no proof that the text is right.
 */
export function contradictions(text: string, report: Report): string[] {
  const verdicts = new Map(report.models.map(({ name, verdict }) => [name, verdict]));
  const all = [report.verdict, ...[...verdicts.values()].map(verdictWord)];
  const found = claimsIn(text, [...verdicts.keys()]).flatMap(({ about, word }): string[] => {
    if (about === "something")
      return all.some((verdict) => agrees(word, verdict))
        ? []
        : [`it says ${word}, and nothing in the result is`];
    if (about === "overall")
      return agrees(word, report.verdict) ? [] : [said(word, "all together", report.verdict)];
    return about.flatMap((name) => {
      const verdict = verdicts.get(name)!;
      return agrees(word, verdictWord(verdict)) ? [] : [said(word, name, verdict)];
    });
  });
  return [...new Set([...found, ...foreignNumbers(text, report)])];
}

const agrees = (word: VerdictWord, verdict: string): boolean =>
  word === "not GO" ? verdict !== "GO" : word === verdict;

const said = (word: VerdictWord, of: string, verdict: string): string =>
  `it says ${word} of ${of}; the result is ${verdict}`;
