import type { Inventory } from "../inventory/types.ts";
import { argumentChanges } from "./argument-changes.ts";
import type { Attempt } from "./attempt.ts";
import { changeWith } from "./change-text.ts";
import { kindTrials, type Trial, type Tried } from "./trial.ts";
import type { Change } from "./types.ts";

/** What a change is asked of: a model on an inventory, with the trial that is nearest to a GO. */
export interface Question {
  tried: Tried;
  inventory: Inventory;
  now: Trial;
  /** Whether a change may need edits of arguments beside it: where these alone are enough, it is not worth telling. */
  withEdits: boolean;
}

/** A change beyond arguments as if it were made. */
export interface Step {
  tried: Tried;
  inventory: Inventory;
  /** As it is told of the devices on which the model then runs. */
  change: (on: Trial) => Change;
  /** On each kind of devices, the best first. */
  trials: () => Trial[];
}

export function step(tried: Tried, inventory: Inventory, change: Step["change"]): Step {
  let trials: Trial[] | undefined;
  return {
    ...{ tried, inventory, change },
    trials: () => {
      trials ??= kindTrials(tried, inventory);
      return trials;
    },
  };
}

/** Steps that edits of arguments are looked for beside, and kinds of devices for each. */
const [MOST_STEPS, MOST_KINDS] = [4, 4];

/** The first step that makes a GO; where none does alone, the first that does with edits of arguments. */
export function offered(steps: readonly Step[], { withEdits }: Pick<Question, "withEdits">): Change[] {
  for (const { trials, change } of steps) {
    const [best] = trials();
    if (best?.verdict === "GO") return [change(best)];
  }
  if (!withEdits) return [];
  for (const one of steps.slice(0, MOST_STEPS)) {
    const found = edited(one);
    if (found !== undefined) return [changeWith(one.change(found.on), found.edits.steps)];
  }
  return [];
}

/** The edits with which a step makes a GO, on the devices that lack least. */
function edited({ tried, inventory, trials }: Step): { edits: Attempt; on: Trial } | undefined {
  for (const on of known(trials()).slice(0, MOST_KINDS)) {
    const [edits] = argumentChanges(tried, inventory, on);
    if (edits !== undefined) return { edits, on };
  }
  return undefined;
}

/** On devices that are known: nothing can be decided on others. */
export const known = (trials: readonly Trial[]): Trial[] =>
  trials.filter(({ candidate }) => candidate.gpu !== undefined);
