import type { Inventory } from "../inventory/types.ts";
import type { ModelEntry } from "../manifest/types.ts";
import { type Attempt, attempt } from "./attempt.ts";
import { roomOf } from "./pools.ts";
import { devicesLeft } from "./quota.ts";
import { singleEdits } from "./single-edits.ts";
import { type Trial, type Tried, tryOn } from "./trial.ts";

/**
 * Changes of arguments alone that make the model start on the candidate of a trial, the mildest first: one edit, or two
 * where none alone is enough. Each was tried there as `decide` tries it, node and quotas included.
 */
export function argumentChanges({ entry, facts }: Tried, inventory: Inventory, now: Trial): Attempt[] {
  const { candidate } = now;
  const on = (changed: ModelEntry): Trial => tryOn(candidate, { entry: changed, facts }, inventory);
  const room = Math.min(roomOf(candidate), devicesLeft(candidate.pool.resource, inventory));
  if (room < 1) return [];
  const next = (from: ModelEntry, trial: Trial): Attempt[] =>
    singleEdits(from, trial).filter(({ gpus }) => (gpus ?? trial.gpus) <= room);
  const first = next(entry, now).map((edit) => ({ edit, trial: on(edit.entry) }));
  const alone = first.filter(({ trial }) => trial.verdict === "GO");
  if (alone.length > 0) return alone.map(({ edit }) => edit);
  const isNew = unseen();
  const pairs = first.flatMap(({ edit, trial }) => {
    const seconds = next(edit.entry, trial).filter((second) => isApart(edit, second));
    for (const second of seconds) {
      if (!isNew(second.entry)) continue;
      const { verdict, evaluation } = on(second.entry);
      const context = evaluation.requirements?.contextLength ?? 0;
      if (verdict === "GO") return [{ pair: together(edit, second), context }];
    }
    return [];
  });
  const [longest] = pairs.sort((a, b) => b.context - a.context);
  return longest === undefined ? [] : [longest.pair];
}

/** Whether the edits are of different flags. */
const isApart = (first: Attempt, second: Attempt): boolean =>
  !second.steps.some(({ what }) => first.steps.some((step) => step.what === what));

const together = (first: Attempt, { steps, entry }: Attempt): Attempt =>
  attempt([...first.steps, ...steps], entry);

/** Whether an entry is seen for the first time: two edits lead to the same in either order. */
function unseen(): (entry: ModelEntry) => boolean {
  const seen = new Set<string>();
  return ({ args, gpuCount }) => {
    const before = seen.size;
    return seen.add(JSON.stringify([[...args].sort(), gpuCount])).size > before;
  };
}
