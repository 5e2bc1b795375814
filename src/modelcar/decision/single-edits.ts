import { validTensorParallel } from "../compatibility/structure.ts";
import type { GpuType } from "../gpus/types.ts";
import type { ModelEntry } from "../manifest/types.ts";
import { wholeText } from "../requirements/units.ts";
import { devicesOf } from "../settings/devices.ts";
import type { ArgumentProblem, ServingSettings } from "../settings/types.ts";
import { type Attempt, argument, attempt, editAttempt, renamed } from "./attempt.ts";
import { blockers, type Edit, refusedEdits, slips } from "./refused-edits.ts";
import { spread } from "./spread.ts";
import type { Trial } from "./trial.ts";
import type { Change } from "./types.ts";

/** Edits that might each help, the mildest first. */
export function singleEdits(entry: ModelEntry, now: Trial): Attempt[] {
  const { evaluation } = now;
  const { settings } = evaluation;
  return [
    ...slips(evaluation).flatMap((slip) => renamed(entry, slip)),
    ...refusedEdits(evaluation).flatMap((edit) => editAttempt(entry, edit)),
    ...settings.problems.flatMap((problem) => joinedAttempts(entry, problem)),
    ...chosenEdits(evaluation).flatMap((edit) => editAttempt(entry, edit)),
    ...countAttempts(entry, settings),
    ...memoryAttempts(entry, now, lengthAttempts(entry, now)),
    ...parallelAttempts(entry, now),
  ];
}

/** Of several values that would do, the one that changes least. */
function chosenEdits(evaluation: Trial["evaluation"]): Edit[] {
  const edits: Readonly<Record<string, Edit>> = {
    "batch-size": {
      flag: "max-num-batched-tokens",
      value: String(evaluation.settings.maxNumSeqs),
      why: "it must not be below --max-num-seqs",
    },
    "utilization-free": {
      flag: "gpu-memory-utilization",
      value: String(FULLEST),
      why: "the CUDA context needs some memory",
    },
    "batch-parts": { flag: "max-num-batched-tokens", why: "a step must take the longest prompt whole" },
    "float16-unstable": { flag: "dtype", why: "the model's own type does not overflow" },
    "quantization-dtype": {
      flag: "dtype",
      value: "half",
      why: "the kernels of the quantization compute in float16",
    },
  };
  return [...blockers(evaluation)].flatMap((code) => edits[code] ?? []);
}

/** One element with a space in it, as a flag and its value. */
function joinedAttempts(entry: ModelEntry, { severity, code, flag: text }: ArgumentProblem): Attempt[] {
  if (severity !== "error" || code !== "argument-form") return [];
  const [, flag, value] = /^(--?[A-Za-z][\w-]*)\s+(\S+)$/.exec(text) ?? [];
  if (flag === undefined || !entry.args.includes(text)) return [];
  const args = entry.args.map((one) => (one === text ? `${flag}=${value}` : one));
  const why = "with a space in it, it is taken for a model's name";
  return [attempt([{ kind: "argument", what: flag, value, why }], { ...entry, args })];
}

/** `gpu_count` is what the pod gets: less than the arguments ask for is too few, more may not be there. */
function countAttempts(entry: ModelEntry, settings: ServingSettings): Attempt[] {
  const devices = devicesOf(settings);
  if (entry.gpuCount === undefined || entry.gpuCount === devices) return [];
  const why = "as many as the arguments ask for";
  const change: Change = { kind: "argument", what: "gpu_count", value: String(devices), why };
  return [{ ...attempt([change], { ...entry, gpuCount: devices }), gpus: devices }];
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
      const change = wider.change(parallelReason(size, evaluation));
      return { ...attempt([change], wider.entry), gpus: wider.devices };
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
