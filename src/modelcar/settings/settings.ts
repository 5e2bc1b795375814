import { counted } from "../../base/counted.ts";
import { stringField } from "../../base/json.ts";
import type { GpuType } from "../gpus/types.ts";
import type { ModelEntry } from "../manifest/types.ts";
import type { QuantizationFacts } from "../quantization/types.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import { isAtLeast } from "../runtime/version.ts";
import { parseArguments } from "./arguments.ts";
import { defaultBatch, defaultUtilization } from "./defaults.ts";
import { devicesOf, type Parallel, parallelOf } from "./devices.ts";
import { kvCacheDtype } from "./kv-dtype.ts";
import { isOn, valueReader } from "./read-values.ts";
import { refusedValues } from "./refused.ts";
import type { ArgumentProblem, ParsedArguments, ServingSettings } from "./types.ts";

/** What the defaults depend on. */
export interface SettingsContext {
  runtime: RuntimeVersion;
  gpu: Pick<GpuType, "memoryMiB" | "name"> | undefined;
  /** The model's own limit, tokens. */
  contextLimit: number | undefined;
  /** Of the checkpoint, which may ask for a type of the KV cache. */
  quantization?: QuantizationFacts | undefined;
}

/** Where none is told: one of the smallest that servers have. */
const SUPPOSED_GPU = { memoryMiB: 24 * 1024, name: "supposed" };

/** Flags whose value argparse reads as JSON (vllm/engine/arg_utils.py); the ones that are not read here otherwise. */
const JSON_FLAGS = [
  "kv-transfer-config",
  "kv-events-config",
  "override-generation-config",
  "attention-config",
];

/**
 * The settings that vLLM would serve this entry with. `--tensor-parallel-size` is taken from `gpu_count` when no
 * argument gives it, as the OpenDataHub suite does, with a warning that vLLM alone would not.
 */
export function servingSettings(entry: ModelEntry, context: SettingsContext): ServingSettings {
  return settingsOf(parseArguments(entry.args, entry.name, context.runtime), entry.gpuCount, context);
}

export function settingsOf(
  parsed: ParsedArguments,
  gpuCount: number | undefined,
  { runtime, gpu, contextLimit, quantization }: SettingsContext,
): ServingSettings {
  const { version } = runtime;
  const read = valueReader(parsed, runtime);
  const problems = read.problems;
  const maxModelLen = read.length("max-model-len");
  const length = typeof maxModelLen === "number" ? maxModelLen : (contextLimit ?? 4096);
  const batch = defaultBatch(version, gpu ?? SUPPOSED_GPU, length);
  for (const flag of ["tensor-parallel-size", "pipeline-parallel-size", "data-parallel-size"])
    read.positive(flag);
  for (const flag of JSON_FLAGS) read.json(flag);
  const { isImplied, ...parallel } = parallelOf(parsed, gpuCount);
  problems.push(...parallelProblems(parallel, isImplied, gpuCount), ...refusedValues(parsed, version));
  const inParts = chunkedPrefill(parsed, version, length);
  const cache = kvCacheDtype(read.choice("kv-cache-dtype"), quantization, version);
  read.choice("load-format");
  return {
    ...parallel,
    decodeContextParallel: read.positive("decode-context-parallel-size") ?? 1,
    expertParallel: read.enabled("enable-expert-parallel"),
    maxModelLen,
    gpuMemoryUtilization: read.fraction("gpu-memory-utilization") ?? defaultUtilization(version).value,
    kvCacheMemoryBytes: read.amount("kv-cache-memory-bytes"),
    kvCacheDtype: cache.dtype,
    kvCacheOrigin: cache.origin,
    mambaCacheDtype: read.choice("mamba-cache-dtype"),
    mambaSsmCacheDtype: read.choice("mamba-ssm-cache-dtype"),
    blockSize: read.blockSize("block-size") ?? 16,
    hybridCache: hybridCache(parsed, version),
    chunkedPrefill: inParts,
    maxNumSeqs: read.positive("max-num-seqs") ?? batch.sequences,
    maxNumBatchedTokens:
      read.amount("max-num-batched-tokens") ?? stepTokens(batch.tokens, inParts, length, version),
    dtype: dtypeOf(read.choice("dtype")),
    quantization: read.text("quantization"),
    enforceEager: read.enabled("enforce-eager"),
    cpuOffloadGiB: read.number("cpu-offload-gb") ?? 0,
    loraAdapters: read.enabled("enable-lora") ? (read.positive("max-loras") ?? 1) : 0,
    maxLoraRank: read.positive("max-lora-rank") ?? 16,
    trustRemoteCode: read.enabled("trust-remote-code"),
    speculative: speculative(read.json("speculative-config"), read.text("speculative-model")),
    allowLongMaxModelLen: false,
    given: new Set(parsed.byFlag.keys()),
    isRepeated: parsed.all.length > new Set(parsed.all.map(({ flag }) => flag)).size,
    problems,
  };
}

/** What drafts tokens ahead; undefined: nothing does. */
function speculative(config: unknown, model: string | undefined): ServingSettings["speculative"] {
  const field = (name: string): string | undefined => stringField(config, name);
  if (config === undefined && model === undefined) return undefined;
  return { model: field("model") ?? model, method: field("method") };
}

/**
 * Whether layers with a window may keep less than the others: since 0.10, and not where it is switched off. A connector
 * that moves the cache elsewhere switched it off in 0.10 to 0.30, unless the argument says otherwise
 * (vllm/config/vllm.py, need_disable_hybrid_kv_cache_manager).
 */
function hybridCache(parsed: ParsedArguments, version: string | undefined): boolean {
  if (isAtLeast(version, "0.10.0") === false || isOn(parsed, "disable-hybrid-kv-cache-manager")) return false;
  return !parsed.byFlag.has("kv-transfer-config") || parsed.byFlag.has("disable-hybrid-kv-cache-manager");
}

/**
 * Whether long prompts are taken in parts. The first engine did so for contexts above 32,768 only (arg_utils.py,
 * use_long_context); the second always does in 0.8 to 0.11, whatever the argument says (_set_default_args), and lets
 * itself be told otherwise since 0.13.
 */
function chunkedPrefill(
  parsed: ParsedArguments,
  version: string | undefined,
  length: number,
): ServingSettings["chunkedPrefill"] {
  const given = parsed.byFlag.has("enable-chunked-prefill");
  const asked = isOn(parsed, "enable-chunked-prefill");
  if (isAtLeast(version, "0.8.0") === false) return given ? asked : length > 32768;
  if (!given || asked) return true;
  if (version === undefined) return undefined;
  return isAtLeast(version, "0.12.0") === true
    ? false
    : isAtLeast(version, "0.10.2") === true
      ? true
      : undefined;
}

/** A step takes the longest prompt where the second engine is not to take it in parts (arg_utils.py, since 0.13). */
const stepTokens = (
  usual: number,
  inParts: boolean | undefined,
  length: number,
  version: string | undefined,
): number => (inParts === false && isAtLeast(version, "0.12.0") === true ? Math.max(usual, length) : usual);

/** `half` is `float16`, `float` is `float32` (vllm/config). */
const dtypeOf = (text: string | undefined): string =>
  text === "half" ? "float16" : text === "float" ? "float32" : (text ?? "auto");

function parallelProblems(
  parallel: Parallel,
  isImplied: boolean,
  gpuCount: number | undefined,
): ArgumentProblem[] {
  const asked = devicesOf(parallel);
  if (gpuCount === undefined) return [];
  const problem = (severity: ArgumentProblem["severity"], code: string, text: string): ArgumentProblem[] => [
    { severity, code, flag: "--tensor-parallel-size", text },
  ];
  if (isImplied)
    return problem(
      "warning",
      "tp-implied",
      `gpu_count is ${gpuCount} and no --tensor-parallel-size is given: vLLM by itself would use one GPU; supposed is ${parallel.tensorParallel}`,
    );
  if (asked > gpuCount)
    return problem(
      "error",
      "gpu-count",
      `gpu_count is ${gpuCount}, so the pod gets ${counted(gpuCount, "GPU")}, but the arguments ask for ${asked}: vLLM does not start`,
    );
  return asked === gpuCount
    ? []
    : problem(
        "warning",
        "tp-gpu-count",
        `gpu_count is ${gpuCount}, but the arguments ask for ${asked}; the OpenDataHub tests set --tensor-parallel-size to gpu_count`,
      );
}
