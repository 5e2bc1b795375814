/** What becomes of each argument of a list, and which come before it. */
export interface Alignment {
  /** By the index of the old: the new text; undefined: it goes. */
  kept: readonly (string | undefined)[];
  /** New ones, by the index of the old that they stand before; the last entry holds those at the end. */
  inserted: readonly (readonly string[])[];
}

/** The fewest edits from one list to the other: what is equal stays, what has the same flag is changed in its place. */
export function align(before: readonly string[], after: readonly string[]): Alignment {
  const best = scores(before, after);
  const kept: (string | undefined)[] = before.map(() => undefined);
  const inserted: string[][] = Array.from({ length: before.length + 1 }, () => []);
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, wanted] = [before[i], after[j]];
    const paired = old === undefined || wanted === undefined ? 0 : likeness(old, wanted);
    if (paired > 0 && best[i]![j] === paired + best[i + 1]![j + 1]!) {
      kept[i] = wanted;
      [i, j] = [i + 1, j + 1];
    } else if (i < before.length && best[i]![j] === best[i + 1]![j]) i++;
    else inserted[i]!.push(after[j++]!);
  }
  return { kept, inserted };
}

function scores(before: readonly string[], after: readonly string[]): number[][] {
  const best = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--) {
      const paired = likeness(before[i]!, after[j]!);
      const together = paired === 0 ? 0 : paired + best[i + 1]![j + 1]!;
      best[i]![j] = Math.max(together, best[i + 1]![j]!, best[i]![j + 1]!);
    }
  return best;
}

const flagOf = (argument: string): string => /^--[^=\s]+/.exec(argument)?.[0] ?? "";

function likeness(a: string, b: string): number {
  if (a === b) return 2;
  return flagOf(a) !== "" && flagOf(a) === flagOf(b) ? 1 : 0;
}
