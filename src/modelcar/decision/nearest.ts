import type { Inventory } from "../inventory/types.ts";
import { argumentChanges } from "./argument-changes.ts";
import { tolerationSteps } from "./cluster-steps.ts";
import { hardwareChanges, otherChanges, pairChanges, tolerationPairs } from "./other-changes.ts";
import { type Excluded, roomiest } from "./pools.ts";
import { known, offered, type Question } from "./step.ts";
import { byVerdict, type Trial, type Tried } from "./trial.ts";
import type { Change } from "./types.ts";

const MAX_CHANGES = 6;

/**
 * The smallest changes that turn a model into a GO, the mildest first: arguments on the devices that lack least, then
 * all else, with edits of arguments where it is not enough alone; two of them where nothing less is. Each, when it is
 * made, is a GO by `decide`.
 */
export function nearestChanges(
  tried: Tried,
  inventory: Inventory,
  trials: readonly Trial[],
  excluded: readonly Excluded[],
): Change[] {
  const roomy = new Set(roomiest(trials.map(({ candidate }) => candidate)));
  const kinds = known(trials)
    .filter(({ candidate }) => roomy.has(candidate))
    .sort(byVerdict);
  const edits = firstOf(kinds, (trial) => argumentChanges(tried, inventory, trial));
  const withEdits = edits.length === 0;
  const tolerations = tolerationSteps(tried, inventory, excluded);
  const asked = (now: Trial | undefined): Question[] =>
    now === undefined ? [] : [{ tried, inventory, now, withEdits }];
  const changes = [
    ...edits.map(({ change }) => change),
    ...offered(tolerations, { withEdits }),
    ...asked(kinds[0]).flatMap(otherChanges),
  ];
  if (changes.length > 0) return changes.slice(0, MAX_CHANGES);
  const pairs = [...tolerationPairs(tolerations), ...asked(kinds[0]).flatMap(pairChanges)];
  if (pairs.length > 0 || kinds.length > 0) return pairs;
  const [tolerated] = known(tolerations[0]?.trials() ?? []);
  return firstOf([hardwareChanges, pairChanges], (change) => asked(tolerated).flatMap(change));
}

/** What the first that has any gives. */
function firstOf<T, R>(all: readonly T[], of: (one: T) => R[]): R[] {
  for (const one of all) {
    const found = of(one);
    if (found.length > 0) return found;
  }
  return [];
}
