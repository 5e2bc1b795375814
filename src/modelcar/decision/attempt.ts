import type { ModelEntry } from "../manifest/types.ts";
import { parseArguments } from "../settings/arguments.ts";
import { renamedArgument, withArgument } from "../settings/edit.ts";
import { togetherChange } from "./change-text.ts";
import { applied, changeOf, type Edit, type Slip, UNKNOWN_FLAG } from "./refused-edits.ts";
import type { Change } from "./types.ts";

/** Edits of arguments with the entry that they lead to. */
export interface Attempt {
  /** As it is told: all edits in one. */
  change: Change;
  /** The edits one by one. */
  steps: Change[];
  entry: ModelEntry;
  /** Devices that the pod then asks for; undefined: as before. */
  gpus?: number;
}

export const attempt = (steps: Change[], entry: ModelEntry): Attempt => ({
  change: togetherChange(steps),
  steps,
  entry,
});

/** A flag set. */
export function argument(entry: ModelEntry, flag: string, value: string, why: string): Attempt {
  const change = changeOf({ flag, value, why });
  return attempt([change], { ...entry, args: withArgument(entry.args, flag, value) });
}

/** None where the edit changes nothing. */
export function editAttempt(entry: ModelEntry, edit: Edit): Attempt[] {
  const args = applied(entry.args, edit);
  return args === undefined ? [] : [attempt([changeOf(edit)], { ...entry, args })];
}

/** The flag that was meant in place of the one that is written; none where the arguments give it as well. */
export function renamed(entry: ModelEntry, { flag, meant }: Slip): Attempt[] {
  const given = (args: readonly string[]) => parseArguments(args, entry.name).byFlag;
  if (given(entry.args).has(meant)) return [];
  const args = renamedArgument(entry.args, flag, meant);
  const value = given(args).get(meant)?.value;
  const steps: Change[] = [
    changeOf({ flag, why: UNKNOWN_FLAG }),
    { kind: "argument", what: `--${meant}`, value, why: `probably what --${flag} was meant to be` },
  ];
  return [attempt(steps, { ...entry, args })];
}
