import { oneOf } from "../../base/one-of.ts";
import type { ArgumentProblem, GpuType, ModelEntry, RuntimeVersion, ServingSettings } from "../types.ts";
import { type ParsedArguments, parseArguments } from "./arguments.ts";
import { defaultBatch, defaultUtilization } from "./defaults.ts";
import { humanInteger, plainNumber } from "./numbers.ts";

/** What the defaults depend on. */
export interface SettingsContext {
  runtime: RuntimeVersion;
  gpu: Pick<GpuType, "memoryMiB" | "name"> | undefined;
  /** The model's own limit, tokens. */
  contextLimit: number | undefined;
}

const UNKNOWN_GPU = { memoryMiB: 24 * 1024, name: "unknown" };

/**
 * The settings that vLLM would serve this entry with. `--tensor-parallel-size` is taken from `gpu_count` when no
 * argument gives it, as the OpenDataHub suite does, with a warning that vLLM alone would not.
 */
export function servingSettings(entry: ModelEntry, context: SettingsContext): ServingSettings {
  return settingsOf(parseArguments(entry.args, entry.name), entry.gpuCount, context);
}

export function settingsOf(
  parsed: ParsedArguments,
  gpuCount: number | undefined,
  { runtime, gpu, contextLimit }: SettingsContext,
): ServingSettings {
  const read = reader(parsed);
  const problems = read.problems;
  const maxModelLen = read.length("max-model-len");
  const length = typeof maxModelLen === "number" ? maxModelLen : (contextLimit ?? 4096);
  const batch = defaultBatch(runtime.version, gpu ?? UNKNOWN_GPU, length);
  const tensorParallel = read.positive("tensor-parallel-size");
  const pipelineParallel = read.positive("pipeline-parallel-size") ?? 1;
  problems.push(...parallelProblems(tensorParallel, pipelineParallel, gpuCount));
  const given = new Set(parsed.byFlag.keys());
  return {
    tensorParallel: tensorParallel ?? impliedParallel(gpuCount, pipelineParallel),
    pipelineParallel,
    dataParallel: read.positive("data-parallel-size") ?? 1,
    expertParallel: read.enabled("enable-expert-parallel"),
    maxModelLen,
    gpuMemoryUtilization:
      read.fraction("gpu-memory-utilization") ?? defaultUtilization(runtime.version).value,
    kvCacheMemoryBytes: read.positive("kv-cache-memory-bytes"),
    kvCacheDtype: read.text("kv-cache-dtype") ?? "auto",
    blockSize: read.positive("block-size") ?? 16,
    maxNumSeqs: read.positive("max-num-seqs") ?? batch.sequences,
    maxNumBatchedTokens: read.positive("max-num-batched-tokens") ?? batch.tokens,
    dtype: dtypeOf(read.text("dtype")),
    quantization: read.text("quantization"),
    enforceEager: read.enabled("enforce-eager"),
    cpuOffloadGiB: read.number("cpu-offload-gb") ?? 0,
    loraAdapters: read.enabled("enable-lora") ? (read.positive("max-loras") ?? 1) : 0,
    maxLoraRank: read.positive("max-lora-rank") ?? 16,
    trustRemoteCode: read.enabled("trust-remote-code"),
    hfOverrides: read.text("hf-overrides"),
    speculativeConfig: read.text("speculative-config"),
    allowLongMaxModelLen: false,
    given,
    problems,
  };
}

/** `half` is `float16`, `float` is `float32` (vllm/config). */
const dtypeOf = (text: string | undefined): string =>
  text === "half" ? "float16" : text === "float" ? "float32" : (text ?? "auto");

const impliedParallel = (gpuCount: number | undefined, pipeline: number): number =>
  gpuCount === undefined || gpuCount < 1 ? 1 : Math.max(1, Math.floor(gpuCount / pipeline));

function parallelProblems(
  tensor: number | undefined,
  pipeline: number,
  gpuCount: number | undefined,
): ArgumentProblem[] {
  if (gpuCount === undefined) return [];
  const warning = (code: string, text: string): ArgumentProblem[] => [
    { severity: "warning", code, flag: "--tensor-parallel-size", text },
  ];
  if (tensor === undefined)
    return gpuCount > pipeline
      ? warning(
          "tp-implied",
          `gpu_count is ${gpuCount} and no --tensor-parallel-size is given: vLLM by itself would use one GPU; supposed is ${impliedParallel(gpuCount, pipeline)}`,
        )
      : [];
  return tensor * pipeline === gpuCount
    ? []
    : warning(
        "tp-gpu-count",
        `gpu_count is ${gpuCount}, but the arguments ask for ${tensor * pipeline} GPUs; the OpenDataHub tests set --tensor-parallel-size to gpu_count`,
      );
}

/** Typed access to arguments; what cannot be read is a problem and counts as not given. */
function reader(parsed: ParsedArguments) {
  const problems = [...parsed.problems];
  const raw = (flag: string): string | undefined => parsed.byFlag.get(flag)?.value;
  const read = <T>(flag: string, expected: string, parse: (text: string) => T | undefined): T | undefined => {
    if (!parsed.byFlag.has(flag)) return undefined;
    const text = raw(flag);
    const value = text === undefined ? undefined : parse(text);
    if (value === undefined)
      problems.push({
        severity: "error",
        code: "argument-value",
        flag: `--${flag}`,
        text: `--${flag}${text === undefined ? " has no value" : `=${text}`}: expected ${expected}`,
      });
    return value;
  };
  const isTrue = (text: string | undefined): boolean =>
    !["false", "0", "no"].includes(text?.toLowerCase() ?? "");
  return {
    problems,
    text: (flag: string) => read(flag, "a value", (text) => (text === "" ? undefined : text)),
    number: (flag: string) => read(flag, "a number of 0 or more", (text) => atLeast(plainNumber(text), 0)),
    positive: (flag: string) => read(flag, "a whole number from 1", (text) => atLeast(humanInteger(text), 1)),
    fraction: (flag: string) =>
      read(flag, "a number above 0, at most 1", (text) => {
        const value = plainNumber(text);
        return value !== undefined && value > 0 && value <= 1 ? value : undefined;
      }),
    length: (flag: string) =>
      read<number | "auto">(flag, `a number of tokens (also ${oneOf(["32k", "32K", "auto"])})`, (text) =>
        ["auto", "-1"].includes(text) ? "auto" : atLeast(humanInteger(text), 1),
      ),
    enabled: (flag: string): boolean => parsed.byFlag.has(flag) && isTrue(raw(flag)),
  };
}

const atLeast = (value: number | undefined, minimum: number): number | undefined =>
  value !== undefined && value >= minimum ? value : undefined;
