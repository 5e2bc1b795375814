import { validTensorParallel } from "../compatibility/structure.ts";
import type { GpuType } from "../gpus/types.ts";
import type { Inventory } from "../inventory/types.ts";
import type { ModelEntry } from "../manifest/types.ts";
import { wholeText } from "../requirements/units.ts";
import { devicesOf } from "../settings/devices.ts";
import { withArgument, withoutArgument } from "../settings/edit.ts";
import type { ServingSettings } from "../settings/types.ts";
import { spread } from "./spread.ts";
import { type Trial, type Tried, tryOn } from "./trial.ts";
import type { Change } from "./types.ts";

/** One or two edits with the entry that they lead to. */
export interface Attempt {
  /** As it is told: two edits in one. */
  change: Change;
  /** The edits one by one. */
  steps: Change[];
  entry: ModelEntry;
  /** Devices that the pod then asks for; undefined: as before. */
  gpus?: number;
}

/**
 * Changes of arguments alone that make the model start on the candidate of a trial, the mildest first: one edit, or two
 * where none alone is enough. Each was tried there as `decide` tries it, node and quotas included.
 */
export function argumentChanges({ entry, facts }: Tried, inventory: Inventory, now: Trial): Attempt[] {
  const on = ({ entry: changed }: Attempt): Trial =>
    tryOn(now.candidate, { entry: changed, facts }, inventory);
  const room = now.candidate.free ?? now.candidate.devices;
  const next = (from: ModelEntry, trial: Trial): Attempt[] =>
    single(from, trial).filter(({ gpus }) => (gpus ?? trial.gpus) <= room);
  const first = next(entry, now).map((attempt) => ({ attempt, trial: on(attempt) }));
  const alone = first.filter(({ trial }) => trial.verdict === "GO");
  if (alone.length > 0) return alone.map(({ attempt }) => attempt);
  const seen = new Set<string>();
  const isNew = ({ entry: { args, gpuCount } }: Attempt): boolean => {
    const key = JSON.stringify([[...args].sort(), gpuCount]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  };
  const pairs = first.flatMap(({ attempt, trial }) => {
    const seconds = next(attempt.entry, trial).filter(({ change }) => change.what !== attempt.change.what);
    for (const second of seconds) {
      if (!isNew(second)) continue;
      const { verdict, evaluation } = on(second);
      const context = evaluation.requirements?.contextLength ?? 0;
      if (verdict === "GO") return [{ pair: together(attempt, second), context }];
    }
    return [];
  });
  const [longest] = pairs.sort((a, b) => b.context - a.context);
  return longest === undefined ? [] : [longest.pair];
}

function together(first: Attempt, { change, entry }: Attempt): Attempt {
  const steps = [first.change, change];
  const what = steps
    .map(({ kind, what, value }) =>
      kind === "remove-argument" ? `without ${what}` : value === undefined ? what : `${what}=${value}`,
    )
    .join(" ");
  const why = steps.map((step) => step.why).join("; ");
  return { change: { kind: "argument", what, value: undefined, why }, steps, entry };
}

const attempt = (
  kind: Change["kind"],
  what: string,
  value: string | undefined,
  why: string,
  entry: ModelEntry,
): Attempt => {
  const change = { kind, what, value, why };
  return { change, steps: [change], entry };
};

const argument = (entry: ModelEntry, flag: string, value: string, why: string): Attempt =>
  attempt("argument", `--${flag}`, value, why, { ...entry, args: withArgument(entry.args, flag, value) });

const removal = (entry: ModelEntry, flag: string, why: string): Attempt =>
  attempt("remove-argument", `--${flag}`, undefined, why, {
    ...entry,
    args: withoutArgument(entry.args, flag),
  });

function single(entry: ModelEntry, now: Trial): Attempt[] {
  const { settings, reasons } = now.evaluation;
  const codes = new Set(reasons.filter(({ kind }) => kind === "blocks").map(({ code }) => code));
  const attempts: Attempt[] = [];
  if (codes.has("quantization-mismatch") || codes.has("quantization-absent"))
    attempts.push(removal(entry, "quantization", "the checkpoint tells its quantization itself"));
  if (codes.has("bfloat16-capability"))
    attempts.push(argument(entry, "dtype", "half", "the GPU has no bfloat16"));
  if (settings.given.has("kv-cache-dtype") && (codes.has("kv-fp8-capability") || codes.has("kv-fp8-chip")))
    attempts.push(removal(entry, "kv-cache-dtype", "the GPU cannot hold an FP8 KV cache"));
  if (codes.has("batch-size"))
    attempts.push(
      argument(
        entry,
        "max-num-batched-tokens",
        String(settings.maxNumSeqs),
        "it must not be below --max-num-seqs",
      ),
    );
  return [
    ...attempts,
    ...refusedAttempts(entry, settings, codes),
    ...countAttempts(entry, settings),
    ...memoryAttempts(entry, now, lengthAttempts(entry, now)),
    ...parallelAttempts(entry, now),
  ];
}

/** Flags and values that vLLM refuses, where taking them away or another value is all that is needed. */
function refusedAttempts(
  entry: ModelEntry,
  settings: ServingSettings,
  codes: ReadonlySet<string>,
): Attempt[] {
  const attempts = settings.problems.flatMap(({ severity, code, flag }) => {
    if (severity !== "error") return [];
    if (code === "argument-form") return joinedAttempts(entry, flag);
    if (code === "argument-unknown")
      return [removal(entry, flag.slice(2), "this vLLM has no such flag, and ends at once")];
    return code === "argument-value"
      ? [removal(entry, flag.slice(2), "its value is none that this vLLM takes")]
      : [];
  });
  if (codes.has("expert-parallel-dense"))
    attempts.push(removal(entry, "enable-expert-parallel", "the model has no experts"));
  if (codes.has("utilization-free"))
    attempts.push(argument(entry, "gpu-memory-utilization", "0.95", "the CUDA context needs some memory"));
  if (codes.has("batch-parts"))
    attempts.push(removal(entry, "max-num-batched-tokens", "a step must take the longest prompt whole"));
  if (codes.has("float16-unstable"))
    attempts.push(removal(entry, "dtype", "the model's own type does not overflow"));
  if (codes.has("quantization-dtype"))
    attempts.push(argument(entry, "dtype", "half", "the kernels of the quantization compute in float16"));
  return attempts;
}

/** One element with a space in it, as a flag and its value. */
function joinedAttempts(entry: ModelEntry, text: string): Attempt[] {
  const [, flag, value] = /^(--?[A-Za-z][\w-]*)\s+(\S+)$/.exec(text) ?? [];
  if (flag === undefined || !entry.args.includes(text)) return [];
  const args = entry.args.map((one) => (one === text ? `${flag}=${value}` : one));
  const why = "with a space in it, it is taken for a model's name";
  return [attempt("argument", flag, value, why, { ...entry, args })];
}

/** `gpu_count` is what the pod gets: less than the arguments ask for is too few, more may not be there. */
function countAttempts(entry: ModelEntry, settings: ServingSettings): Attempt[] {
  const devices = devicesOf(settings);
  if (entry.gpuCount === undefined || entry.gpuCount === devices) return [];
  const why = "as many as the arguments ask for";
  return [
    {
      ...attempt("argument", "gpu_count", String(devices), why, { ...entry, gpuCount: devices }),
      gpus: devices,
    },
  ];
}

/** Least context that is worth telling. */
const USEFUL_CONTEXT = 1024;

function lengthAttempts(entry: ModelEntry, { evaluation }: Trial): Attempt[] {
  const { context, requirements } = evaluation;
  const limit = context.shape?.contextLimit ?? context.facts.contextLimit;
  const fitting = requirements?.largestContext ?? 0;
  const most = Math.min(limit ?? fitting, fitting);
  const round = most >= 2048 ? Math.floor(most / 1024) * 1024 : Math.floor(most / 256) * 256;
  const asked = requirements?.contextLength ?? Number.POSITIVE_INFINITY;
  if (round < USEFUL_CONTEXT || round >= asked) return [];
  const text =
    most === limit
      ? `the model was made for ${wholeText(most)} tokens`
      : `the longest context that fits is ${wholeText(most)} tokens`;
  return [argument(entry, "max-model-len", String(round), text)];
}

/** Most of a GPU that vLLM is told to take; where the weights alone are more, only spreading them helps. */
const FULLEST = 0.95;

/**
 * What saves memory, what costs least first. A context that nobody asked for is given up sooner than one that the
 * arguments name.
 */
function memoryAttempts(entry: ModelEntry, { evaluation }: Trial, shorter: Attempt[]): Attempt[] {
  if (evaluation.verdict !== "NO-GO (memory)") return shorter;
  const { settings, context, requirements } = evaluation;
  if (requirements !== undefined && requirements.weights.bytes > FULLEST * requirements.usable) return [];
  const fewer = (count: number): Attempt[] =>
    settings.maxNumSeqs > count
      ? [
          argument(
            entry,
            "max-num-seqs",
            String(count),
            "sampling for fewer sequences at once takes less memory",
          ),
        ]
      : [];
  const fuller =
    settings.gpuMemoryUtilization < FULLEST && settings.kvCacheMemoryBytes === undefined
      ? [argument(entry, "gpu-memory-utilization", String(FULLEST), "the GPU is the model's alone")]
      : [];
  const halved =
    settings.kvCacheDtype === "auto" && hasFp8(context.gpu)
      ? [argument(entry, "kv-cache-dtype", "fp8", "a KV cache in FP8 takes half the memory")]
      : [];
  const asked = settings.given.has("max-model-len");
  return [
    ...fewer(256),
    ...(asked ? [] : shorter),
    ...fuller,
    ...fewer(64),
    ...halved,
    ...(asked ? shorter : []),
  ];
}

const hasFp8 = ({ capability, gfx, vendor }: GpuType): boolean =>
  vendor === "nvidia" ? (capability ?? 0) >= 89 : ["gfx942", "gfx950"].includes(gfx ?? "");

function parallelAttempts(entry: ModelEntry, { evaluation }: Trial): Attempt[] {
  const now = evaluation.settings.tensorParallel;
  return validTensorParallel(evaluation.context)
    .filter((size) => size !== now)
    .sort((a, b) => distance(a, now) - distance(b, now))
    .map((size) => {
      const wider = spread(entry, evaluation.settings, size);
      const why = `${parallelReason(size, evaluation)}${wider.gpuCountText}`;
      return {
        ...attempt("argument", "--tensor-parallel-size", String(size), why, wider.entry),
        gpus: wider.devices,
      };
    });
}

/** More GPUs rather than fewer: fewer never have more room. */
const distance = (size: number, now: number): number => (size > now ? size - now : 100 + now - size);

function parallelReason(size: number, { settings, reasons }: Trial["evaluation"]): string {
  const { tensorParallel } = settings;
  if (size > tensorParallel) return `the model spreads over ${size} GPUs`;
  return reasons.some(({ kind, code }) => kind === "blocks" && code.startsWith("tp-"))
    ? `${size} divides the model, ${tensorParallel} does not`
    : `${size} GPUs of a node are enough, and ${tensorParallel} cannot be had`;
}
