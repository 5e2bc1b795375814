import { validTensorParallel } from "../compatibility/structure.ts";
import { GPU_TYPES } from "../gpus/table.ts";
import { quantizationFacts } from "../quantization/facts.ts";
import { wholeText } from "../requirements/units.ts";
import { withArgument, withoutArgument } from "../settings/edit.ts";
import type { Change, GpuType, QuantizationFacts } from "../types.ts";
import { type Evaluation, type EvaluationInput, evaluate } from "./evaluate.ts";

/** One or two edits with the input that they lead to, to be tried. */
export interface Attempt {
  /** As it is told: two edits in one. */
  change: Change;
  /** The edits one by one. */
  steps: Change[];
  input: EvaluationInput;
  /** Devices that the changed model needs. */
  gpus: number;
}

/**
 * Changes of arguments alone that make the model start on at most `devices` GPUs of this type, the mildest first: one
 * edit, or two where none alone is enough. Each is tried: what is told here has been evaluated to a GO.
 */
export function argumentChanges(input: EvaluationInput, now: Evaluation, devices: number): Attempt[] {
  const enough = (attempt: Attempt): boolean => attempt.gpus <= devices && starts(attempt.input);
  const first = single(input, now).filter(({ gpus }) => gpus <= devices);
  const alone = first.filter(enough);
  if (alone.length > 0) return alone;
  const pairs = first.flatMap((attempt) => {
    const second = single(attempt.input, evaluate(attempt.input)).find(
      (next) => next.change.what !== attempt.change.what && enough(next),
    );
    return second === undefined ? [] : [together(attempt, second)];
  });
  return pairs.sort((a, b) => contextOf(b) - contextOf(a)).slice(0, 1);
}

/** Tokens that a sequence may have after the change. */
const contextOf = ({ input }: Attempt): number => evaluate(input).requirements?.contextLength ?? 0;

function together(first: Attempt, { change, input, gpus }: Attempt): Attempt {
  const steps = [first.change, change];
  const what = steps
    .map((step) => (step.value === undefined ? step.what : `${step.what}=${step.value}`))
    .join(" ");
  const why = steps.map((step) => step.why).join("; ");
  return { change: { kind: "argument", what, value: undefined, why }, steps, input, gpus };
}

const starts = (input: EvaluationInput): boolean => evaluate(input).verdict === "GO";

const one = (change: Change): Pick<Attempt, "change" | "steps"> => ({ change, steps: [change] });

const argument = (
  input: EvaluationInput,
  flag: string,
  value: string | undefined,
  why: string,
  gpus: number,
): Attempt => ({
  ...one({ kind: "argument", what: `--${flag}`, value, why }),
  input: { ...input, entry: { ...input.entry, args: withArgument(input.entry.args, flag, value) } },
  gpus,
});

const removal = (input: EvaluationInput, flag: string, why: string, gpus: number): Attempt => ({
  ...one({ kind: "remove-argument", what: `--${flag}`, value: undefined, why }),
  input: { ...input, entry: { ...input.entry, args: withoutArgument(input.entry.args, flag) } },
  gpus,
});

function single(input: EvaluationInput, now: Evaluation): Attempt[] {
  const { settings } = now;
  const gpus = settings.tensorParallel * settings.pipelineParallel * settings.dataParallel;
  const codes = new Set(now.reasons.filter(({ kind }) => kind === "blocks").map(({ code }) => code));
  const attempts: Attempt[] = [];
  if (codes.has("quantization-mismatch") || codes.has("quantization-absent"))
    attempts.push(removal(input, "quantization", "the checkpoint tells its quantization itself", gpus));
  if (codes.has("bfloat16-capability"))
    attempts.push(argument(input, "dtype", "half", "the GPU has no bfloat16", gpus));
  if (codes.has("kv-fp8-capability") || codes.has("kv-fp8-chip"))
    attempts.push(removal(input, "kv-cache-dtype", "the GPU cannot hold an FP8 KV cache", gpus));
  if (codes.has("batch-size"))
    attempts.push(
      argument(
        input,
        "max-num-batched-tokens",
        String(settings.maxNumSeqs),
        "it must not be below --max-num-seqs",
        gpus,
      ),
    );
  return [
    ...attempts,
    ...memoryAttempts(input, now, gpus, lengthAttempts(input, now, gpus)),
    ...parallelAttempts(input, now),
  ];
}

/** Least context that is worth telling. */
const USEFUL_CONTEXT = 1024;

function lengthAttempts(input: EvaluationInput, now: Evaluation, gpus: number): Attempt[] {
  const limit = now.context.shape?.contextLimit ?? now.context.facts.contextLimit;
  const fitting = now.requirements?.largestContext ?? 0;
  const most = Math.min(limit ?? fitting, fitting);
  const round = most >= 2048 ? Math.floor(most / 1024) * 1024 : Math.floor(most / 256) * 256;
  const asked = now.requirements?.contextLength ?? Number.POSITIVE_INFINITY;
  if (round < USEFUL_CONTEXT || round >= asked) return [];
  const text =
    most === limit
      ? `the model was made for ${wholeText(most)} tokens`
      : `the longest context that fits is ${wholeText(most)} tokens`;
  return [argument(input, "max-model-len", String(round), text, gpus)];
}

/**
 * What saves memory, what costs least first. A context that nobody asked for is given up sooner than one that the
 * arguments name.
 */
function memoryAttempts(
  input: EvaluationInput,
  now: Evaluation,
  gpus: number,
  shorter: Attempt[],
): Attempt[] {
  if (now.verdict !== "NO-GO (memory)") return shorter;
  const { settings } = now;
  const fewer = (count: number): Attempt[] =>
    settings.maxNumSeqs > count
      ? [
          argument(
            input,
            "max-num-seqs",
            String(count),
            "sampling for fewer sequences at once takes less memory",
            gpus,
          ),
        ]
      : [];
  const fuller =
    settings.gpuMemoryUtilization < 0.95 && settings.kvCacheMemoryBytes === undefined
      ? [argument(input, "gpu-memory-utilization", "0.95", "the GPU is the model's alone", gpus)]
      : [];
  const halved =
    settings.kvCacheDtype === "auto" && hasFp8(input.gpu)
      ? [argument(input, "kv-cache-dtype", "fp8", "a KV cache in FP8 takes half the memory", gpus)]
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

function parallelAttempts(input: EvaluationInput, now: Evaluation): Attempt[] {
  const { settings } = now;
  const others = settings.pipelineParallel * settings.dataParallel;
  return validTensorParallel(now.context)
    .filter((size) => size !== settings.tensorParallel)
    .sort((a, b) => distance(a, settings.tensorParallel) - distance(b, settings.tensorParallel))
    .map((size) =>
      argument(
        input,
        "tensor-parallel-size",
        String(size),
        parallelReason(size, settings.tensorParallel),
        size * others,
      ),
    );
}

/** More GPUs rather than fewer: fewer never have more room. */
const distance = (size: number, now: number): number => (size > now ? size - now : 100 + now - size);

const parallelReason = (size: number, now: number): string =>
  size > now ? `the model spreads over ${size} GPUs` : `${size} divides the model, ${now} does not`;

/** Beyond arguments: another quantization, more or other GPUs, another runtime. Each is evaluated to a GO. */
export function otherChanges(input: EvaluationInput, now: Evaluation, devices: number): Change[] {
  if (now.verdict === "GO") return [sameGpus(input, now)];
  return [
    ...releaseChange(input, now),
    ...quantizationChanges(input),
    ...moreGpus(input, now, devices),
    ...otherGpu(input, now),
  ];
}

/** The model itself runs on such GPUs; the node has too few of them. */
function sameGpus(input: EvaluationInput, { settings }: Evaluation): Change {
  const count = settings.tensorParallel * settings.pipelineParallel * settings.dataParallel;
  const why = "as many of these GPUs, free in one node";
  return { kind: "hardware", what: "GPUs", value: `${count}x ${input.gpu.name}`, why };
}

function releaseChange(input: EvaluationInput, now: Evaluation): Change[] {
  const late = now.reasons.find(({ code }) =>
    ["architecture-release", "quantization-release"].includes(code),
  );
  const needed = /needs vLLM (\d[\d.]*\d)/.exec(late?.text ?? "")?.[1];
  if (late?.kind !== "blocks" || needed === undefined) return [];
  if (!starts({ ...input, runtime: { ...input.runtime, version: needed } })) return [];
  return [{ kind: "runtime", what: "vLLM", value: needed, why: late.text }];
}

const PICKS: readonly [string, QuantizationFacts][] = [
  ["FP8 (W8A8)", quantizationFacts("compressed-tensors", "w8a8-fp8", { weightBits: 8, activationBits: 8 })],
  ["INT8 (W8A8)", quantizationFacts("compressed-tensors", "w8a8-int8", { weightBits: 8, activationBits: 8 })],
  [
    "INT4 (W4A16)",
    quantizationFacts("compressed-tensors", "w4a16", { weightBits: 4, groupSize: 128, symmetric: true }),
  ],
];

/** The mildest quantization of a model in 16 bits, or another for one that the GPU cannot run, that would start. */
function quantizationChanges(input: EvaluationInput): Change[] {
  const { facts, entry } = input;
  if (facts.config === undefined) return [];
  const args = withoutArgument(entry.args, "quantization");
  const pick = PICKS.find(([, quantization]) => {
    if (quantization.scheme === facts.quantization?.scheme) return false;
    return starts({
      ...input,
      entry: { ...entry, args },
      facts: { ...facts, tensors: undefined, quantization },
    });
  });
  if (pick === undefined) return [];
  const why = `a checkpoint of this model in ${pick[0]} fits and runs on ${input.gpu.name}`;
  return [{ kind: "model", what: "quantization", value: pick[0], why }];
}

/** Servers with more GPUs than this are rare. */
const SERVER = 8;

function moreGpus(input: EvaluationInput, now: Evaluation, devices: number): Change[] {
  const sizes = validTensorParallel(now.context, SERVER);
  const spread = (size: number): EvaluationInput =>
    argument(input, "tensor-parallel-size", String(size), "", size).input;
  const enough = sizes.find((size) => size > devices && starts(spread(size)));
  if (enough !== undefined) {
    const why = `with --tensor-parallel-size=${enough}, on one node with as many`;
    return [{ kind: "hardware", what: "GPUs", value: `${enough}x ${input.gpu.name}`, why }];
  }
  const most = sizes.at(-1) ?? 1;
  if (most < SERVER || now.settings.pipelineParallel > 1 || now.settings.dataParallel > 1) return [];
  const staged = argument(spread(most), "pipeline-parallel-size", "2", "", 2 * most);
  if (!starts(staged.input)) return [];
  const why = `with --tensor-parallel-size=${most} --pipeline-parallel-size=2`;
  return [{ kind: "hardware", what: "GPUs", value: `two nodes of ${most}x ${input.gpu.name}`, why }];
}

/** Sold for desks, not for servers. */
const FOR_DESKS = /^(GB10|RTX-[345]090)$/;

function otherGpu(input: EvaluationInput, now: Evaluation): Change[] {
  const larger = [...GPU_TYPES]
    .filter(({ vendor, id }) => vendor === input.gpu.vendor && id !== input.gpu.id && !FOR_DESKS.test(id))
    .sort((a, b) => a.memoryMiB - b.memoryMiB || (a.capability ?? 0) - (b.capability ?? 0));
  const gpu = larger.find((type) => starts({ ...input, gpu: type }));
  if (gpu === undefined) return [];
  const count = now.settings.tensorParallel * now.settings.pipelineParallel;
  return [
    { kind: "hardware", what: "GPU", value: `${count}x ${gpu.name}`, why: "with the arguments as they are" },
  ];
}
