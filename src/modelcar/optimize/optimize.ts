import { evaluate } from "../decision/evaluate.ts";
import { argumentChanges } from "../decision/nearest.ts";
import { candidates } from "../decision/pools.ts";
import { parseArguments } from "../settings/arguments.ts";
import { withArgument, withoutArgument } from "../settings/edit.ts";
import type {
  Change,
  GpuType,
  Inventory,
  ModelEntry,
  ModelFacts,
  ModelNeed,
  RuntimeVersion,
  ServingSettings,
} from "../types.ts";

export interface Optimized {
  args: string[];
  /** What was edited, each with its reason; empty: the arguments are fine. */
  changes: Change[];
  /** Whether the model starts with these arguments. */
  deployable: boolean;
}

export interface OptimizeInput {
  entry: ModelEntry;
  facts: ModelFacts;
  gpu: GpuType;
  runtime: RuntimeVersion;
  /** Free devices of this type in the node. */
  devices: number;
}

/**
 * The fewest edits of the arguments with which the model starts, and none beyond what is wrong. Applied to its own
 * result it changes nothing.
 */
export function optimize(input: OptimizeInput): Optimized {
  const { entry } = input;
  const single = singleValues(entry.args, entry);
  const parallel = explicitParallel(single.args, entry);
  const repaired = repair({ ...input, entry: { ...entry, args: parallel.args } });
  const last = singleGpu(repaired.args, repaired.settings);
  return {
    args: last.args,
    changes: lastOfEach([...single.changes, ...parallel.changes, ...repaired.changes, ...last.changes]),
    deployable: repaired.deployable,
  };
}

/** Of several edits of one flag, the one that stays. */
const lastOfEach = (changes: readonly Change[]): Change[] =>
  changes.filter(({ what }, i) => !changes.slice(i + 1).some((later) => later.what === what));

/** Edits of arguments that start as they are, `settings` those that they mean: what is said twice, or brings nothing. */
export function tidied(entry: ModelEntry, settings: ServingSettings): Edited {
  const single = singleValues(entry.args, entry);
  const parallel = explicitParallel(single.args, entry);
  const last = singleGpu(parallel.args, settings);
  return { args: last.args, changes: lastOfEach([...single.changes, ...parallel.changes, ...last.changes]) };
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
  const unchanged = { args: entry.args, changes: [], deployable: false, gpu: undefined };
  if (facts === undefined) return unchanged;
  const tried = new Map<string, OptimizedFor>();
  for (const { gpu, free, devices: all } of candidates(inventory).open) {
    const devices = free ?? all;
    const key = JSON.stringify([gpu, devices]);
    if (gpu === undefined || devices < 1 || tried.has(key)) continue;
    tried.set(key, { ...optimize({ entry, facts, gpu, runtime: inventory.runtime, devices }), gpu });
  }
  const starting = [...tried.values()].filter(({ deployable }) => deployable);
  return starting.sort((a, b) => a.changes.length - b.changes.length)[0] ?? unchanged;
}

interface Edited {
  args: string[];
  changes: Change[];
}

/** Of duplicates the value that vLLM takes, so that every reader takes the same. */
function singleValues(args: string[], entry: ModelEntry): Edited {
  const parsed = parseArguments(args, "{{.Name}}");
  const twice = [...parsed.byFlag.values()].filter(
    ({ flag }) => parsed.all.filter((one) => one.flag === flag).length > 1,
  );
  return {
    args: twice.reduce((list, { flag, value }) => withArgument(list, flag, value), args),
    changes: twice.map(({ flag, value }) => ({
      kind: "argument",
      what: `--${flag}`,
      value,
      why: `it was given more than once in ${entry.name}; vLLM takes the last`,
    })),
  };
}

/** `gpu_count` alone does not spread the model. */
function explicitParallel(args: string[], entry: ModelEntry): Edited {
  const { byFlag } = parseArguments(args, entry.name);
  const implied = entry.gpuCount !== undefined && entry.gpuCount > 1;
  if (!implied || byFlag.has("tensor-parallel-size") || byFlag.has("pipeline-parallel-size"))
    return { args, changes: [] };
  const value = String(entry.gpuCount);
  const why = `gpu_count is ${value}; without the flag vLLM uses one GPU`;
  return {
    args: withArgument(args, "tensor-parallel-size", value),
    changes: [{ kind: "argument", what: "--tensor-parallel-size", value, why }],
  };
}

/** An executor for several processes brings nothing but start-up time on one GPU. */
function singleGpu(args: string[], settings: ServingSettings): Edited {
  const alone = settings.tensorParallel * settings.pipelineParallel * settings.dataParallel === 1;
  if (!alone || !settings.given.has("distributed-executor-backend")) return { args, changes: [] };
  const why = "one GPU needs no distributed executor";
  return {
    args: withoutArgument(args, "distributed-executor-backend"),
    changes: [{ kind: "remove-argument", what: "--distributed-executor-backend", value: undefined, why }],
  };
}

/** The mildest change with which the model starts; `settings` are what its arguments then mean. What is not known is no reason for an edit. */
function repair(input: OptimizeInput): Optimized & { settings: ServingSettings } {
  const { args } = input.entry;
  const now = evaluate(input);
  const { tensorParallel, pipelineParallel, dataParallel } = now.settings;
  const tooMany = tensorParallel * pipelineParallel * dataParallel > input.devices;
  if (now.verdict === "UNKNOWN" || (now.verdict === "GO" && !tooMany))
    return { args, changes: [], deployable: now.verdict === "GO", settings: now.settings };
  const attempt = argumentChanges(input, now, input.devices)[0];
  if (attempt === undefined) return { args, changes: [], deployable: false, settings: now.settings };
  const { settings } = evaluate(attempt.input);
  return { args: attempt.input.entry.args, changes: attempt.steps, deployable: true, settings };
}

/**
 * The block that peers of this tool hand from their decision to their configuration: `{"args": […]}` for one model,
 * by name for several.
 */
export function optimizedArgumentsJson(models: readonly { name: string; args: readonly string[] }[]): string {
  const [only] = models;
  const value =
    models.length === 1 && only !== undefined
      ? { args: only.args }
      : Object.fromEntries(models.map(({ name, args }) => [name, { args }]));
  return JSON.stringify(value, null, 2);
}
