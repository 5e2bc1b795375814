import type { Inventory } from "../inventory/types.ts";
import { argumentChanges } from "./argument-changes.ts";
import { otherChanges, tolerationChanges } from "./other-changes.ts";
import { type Excluded, kindOf } from "./pools.ts";
import { byVerdict, type Trial, type Tried } from "./trial.ts";
import type { Change } from "./types.ts";

const MAX_CHANGES = 6;

/**
 * The smallest changes that turn a model into a GO, the mildest first: arguments on the devices that lack least, then
 * all else. Each, when it is made, is a GO by `decide`.
 */
export function nearestChanges(
  tried: Tried,
  inventory: Inventory,
  trials: readonly Trial[],
  excluded: readonly Excluded[],
): Change[] {
  const kinds = new Map<string, Trial>();
  for (const trial of [...trials].sort(byVerdict))
    if (trial.candidate.gpu !== undefined && !kinds.has(kindOf(trial.candidate)))
      kinds.set(kindOf(trial.candidate), trial);
  const [best] = kinds.values();
  const edits = firstOf([...kinds.values()], (trial) => argumentChanges(tried, inventory, trial));
  return [
    ...edits.map(({ change }) => change),
    ...tolerationChanges(tried, inventory, excluded),
    ...(best === undefined ? [] : otherChanges(tried, inventory, best)),
  ].slice(0, MAX_CHANGES);
}

/** What the first that has any gives. */
function firstOf<T, R>(all: readonly T[], of: (one: T) => R[]): R[] {
  for (const one of all) {
    const found = of(one);
    if (found.length > 0) return found;
  }
  return [];
}
