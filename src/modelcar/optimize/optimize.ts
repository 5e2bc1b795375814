import { argumentChanges } from "../decision/argument-changes.ts";
import { type Candidate, candidates, roomiest } from "../decision/pools.ts";
import { type Trial, type Tried, tryOn } from "../decision/trial.ts";
import type { Change, ModelNeed } from "../decision/types.ts";
import type { GpuType } from "../gpus/types.ts";
import type { Inventory } from "../inventory/types.ts";
import type { ModelEntry } from "../manifest/types.ts";
import { devicesOf } from "../settings/devices.ts";
import type { ServingSettings } from "../settings/types.ts";
import { withoutRefused } from "./forced.ts";
import { type Edited, explicitParallel, singleValues } from "./tidy.ts";

export interface Optimized {
  args: string[];
  /** Devices that these arguments ask for, as `gpu_count`; undefined where the entry has none. */
  gpuCount: number | undefined;
  /** What was edited, each with its reason; empty: the arguments are fine. */
  changes: Change[];
  /** Whether `decide` gives the model a GO by itself with these arguments and this `gpu_count`. */
  deployable: boolean;
}

export interface OptimizeInput extends Tried {
  candidate: Candidate;
  inventory: Inventory;
}

/**
 * The fewest edits of the arguments with which the model starts on a candidate of the inventory, and none beyond what is
 * wrong. Applied to its own result it changes nothing.
 */
export function optimize(input: OptimizeInput): Optimized {
  const { entry } = input;
  const now = on(input, entry);
  const said = tidied(entry, now.evaluation.settings);
  const tidy = said.changes.length === 0 ? now : on(input, { ...entry, args: said.args });
  const repaired = repair(input, { ...entry, args: said.args }, tidy);
  const { settings } = repaired.trial.evaluation;
  const gpuCount = gpuCountOf(entry, settings);
  const final =
    gpuCount === repaired.entry.gpuCount ? repaired.trial : on(input, { ...repaired.entry, gpuCount });
  return {
    args: repaired.entry.args,
    gpuCount,
    changes: lastOfEach([...said.changes, ...repaired.changes, ...countChange(entry.gpuCount, gpuCount)]),
    deployable: final.verdict === "GO",
  };
}

const on = ({ candidate, facts, inventory }: OptimizeInput, entry: ModelEntry): Trial =>
  tryOn(candidate, { entry, facts }, inventory);

/**
 * `gpu_count` goes with the arguments, where the file has one: it is what the pod asks for, and the OpenDataHub tests set
 * --tensor-parallel-size to it whatever the arguments say.
 */
const gpuCountOf = ({ gpuCount }: ModelEntry, settings: ServingSettings): number | undefined =>
  gpuCount === undefined ? undefined : devicesOf(settings);

function countChange(before: number | undefined, after: number | undefined): Change[] {
  if (after === undefined || after === before) return [];
  const why = `what the pod asks for: it was ${before}, and these arguments take ${after}`;
  return [{ kind: "argument", what: "gpu_count", value: String(after), why }];
}

/** Of several edits of one flag, the one that stays. */
const lastOfEach = (changes: readonly Change[]): Change[] =>
  changes.filter(({ what }, i) => !changes.slice(i + 1).some((later) => later.what === what));

/** Edits of arguments that start as they are, `settings` those that they mean: what is said twice, or brings nothing. */
export function tidied(entry: ModelEntry, settings: ServingSettings): Edited {
  const single = singleValues(entry, settings);
  const { args, changes } = explicitParallel({ ...entry, args: single.args }, settings);
  return { args, changes: lastOfEach([...single.changes, ...changes]) };
}

/** An entry of an inventory that its arguments were made for. */
export interface OptimizedFor extends Optimized {
  /** Undefined: the inventory has no GPU that is known, or the model could not be read. */
  gpu: GpuType | undefined;
}

/**
 * The arguments for the GPUs of an inventory on which the fewest edits make the model start. Where it starts on none,
 * they stay as they are.
 */
export function optimizeFor({ entry, facts }: ModelNeed, inventory: Inventory): OptimizedFor {
  const unchanged = {
    ...{ args: entry.args, gpuCount: entry.gpuCount, changes: [] },
    ...{ deployable: false, gpu: undefined },
  };
  if (facts === undefined) return unchanged;
  const tried = roomiest(candidates(inventory).open)
    .filter(({ gpu }) => gpu !== undefined)
    .map((candidate) => ({
      ...optimize({ entry, facts, candidate, inventory }),
      gpu: candidate.gpu,
    }));
  const starting = tried.filter(({ deployable }) => deployable);
  return starting.sort((a, b) => a.changes.length - b.changes.length)[0] ?? unchanged;
}

interface Repaired {
  entry: ModelEntry;
  changes: Change[];
  /** With the entry that came of it. */
  trial: Trial;
}

/**
 * The mildest change with which the model starts, `trial` as it is. Where more is wrong than that mends, what vLLM refuses
 * goes first. What is not known is no reason for an edit.
 */
function repair(input: OptimizeInput, entry: ModelEntry, trial: Trial): Repaired {
  const unchanged = { entry, changes: [], trial };
  if (trial.verdict === "UNKNOWN") return unchanged;
  const mended = mend(input, unchanged);
  if (mended !== undefined) return mended;
  const { args, changes } = withoutRefused(entry, trial);
  if (changes.length === 0) return unchanged;
  const accepted = { ...entry, args };
  return mend(input, { entry: accepted, changes, trial: on(input, accepted) }) ?? unchanged;
}

/** By the mildest change of arguments, where one is needed; undefined: none is enough. */
function mend(input: OptimizeInput, now: Repaired): Repaired | undefined {
  const { facts, inventory } = input;
  if (now.trial.verdict === "GO") return now;
  const [attempt] = argumentChanges({ entry: now.entry, facts }, inventory, now.trial);
  if (attempt === undefined) return undefined;
  const { entry, steps } = attempt;
  return { entry, changes: [...now.changes, ...steps], trial: on(input, entry) };
}

/** A model's block of serving arguments, as far as it was edited. */
export function servingArguments({ args, changes }: Edits) {
  const count = changes.find(({ what }) => what === "gpu_count")?.value;
  return { args, ...(count !== undefined && { gpu_count: Number(count) }) };
}

interface Edits {
  args: readonly string[];
  changes: readonly { what: string; value?: string | undefined }[];
}

/**
 * The block that peers of this tool hand from their decision to their configuration: `{"args": […]}` for one model,
 * by name for several; with `gpu_count` where that has to change, too.
 */
export function optimizedArgumentsJson(models: readonly (Edits & { name: string })[]): string {
  const [only] = models;
  const value =
    models.length === 1 && only !== undefined
      ? servingArguments(only)
      : Object.fromEntries(models.map((model) => [model.name, servingArguments(model)]));
  return JSON.stringify(value, null, 2);
}
