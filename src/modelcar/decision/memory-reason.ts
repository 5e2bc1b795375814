import { reason } from "../compatibility/context.ts";
import type { Reason } from "../compatibility/types.ts";
import type { ModelShape } from "../requirements/shape.ts";
import type { Requirements } from "../requirements/types.ts";
import { bytesText, wholeText } from "../requirements/units.ts";
import type { ServingSettings } from "../settings/types.ts";

interface MemoryInput {
  estimate: Requirements;
  settings: ServingSettings;
  shape: ModelShape | undefined;
}

/** Why a GPU has too little memory, if it does: what vLLM would fail at first. Else how much is left. */
export function memoryReason(input: MemoryInput): Reason {
  const { budget, total, margin } = input.estimate;
  const loading = whileLoading(input);
  const early = loading?.kind === "memory" ? loading : fixedCache(input);
  if (early !== undefined) return early;
  if (margin >= 0 && loading !== undefined) return loading;
  if (margin >= 0)
    return reason("note", "memory-fits", `needs ${needs(input)}: ${bytesText(budget - total)} are left`);
  return weightsAlone(input) ?? noCache(input) ?? tooFewStates(input) ?? tooLong(input);
}

const lacks = (code: string, text: string, source?: string): Reason => reason("memory", code, text, source);

const needs = ({ estimate: { total, budget } }: MemoryInput): string =>
  `${bytesText(total)} a GPU of ${bytesText(budget)} that vLLM may use`;

function whileLoading({ estimate }: MemoryInput): Reason | undefined {
  const { loadPeak = 0, loadPeakUnclear, usable } = estimate;
  if (loadPeak <= usable) return undefined;
  const text = `while loading, the weights take ${bytesText(loadPeak)} of a GPU that has ${bytesText(usable)}: they are quantized only after that`;
  const source = "docs.vllm.ai, FP8: online dynamic quantization; vllm#31914";
  return loadPeakUnclear === true
    ? reason("unknown", "memory-loading", `${text}, or one by one in newer releases (0.16 does)`, source)
    : lacks("memory-loading", text, source);
}

function fixedCache({ estimate: { total, budget }, settings }: MemoryInput): Reason | undefined {
  const fixed = settings.kvCacheMemoryBytes;
  if (fixed === undefined || total <= budget) return undefined;
  return lacks(
    "memory-fixed-cache",
    `--kv-cache-memory-bytes asks for ${bytesText(fixed)} of KV cache, and beside ${bytesText(total - fixed)} for all else a GPU of ${bytesText(budget)} has not that much`,
    "vllm/config/cache.py, kv_cache_memory_bytes",
  );
}

function weightsAlone({ estimate: { weights, budget } }: MemoryInput): Reason | undefined {
  if (weights.bytes <= budget) return undefined;
  return lacks(
    "memory-weights",
    `the weights alone take ${bytesText(weights.bytes)} of ${bytesText(budget)} that vLLM may use of a GPU`,
  );
}

function noCache(input: MemoryInput): Reason | undefined {
  if (input.estimate.kvRoom > 0) return undefined;
  return lacks(
    "memory-no-cache",
    `needs ${needs(input)}: weights and activations leave no room for a KV cache`,
  );
}

function tooFewStates({ estimate: { mostStates, kvRoom }, settings }: MemoryInput): Reason | undefined {
  if (mostStates === undefined || mostStates >= settings.maxNumSeqs) return undefined;
  return lacks(
    "memory-states",
    `--max-num-seqs is ${settings.maxNumSeqs}, and ${bytesText(kvRoom)} of cache hold the recurrent states of ${wholeText(mostStates)} sequences; vLLM wants a block for each`,
    "vllm#38270",
  );
}

function tooLong({ estimate, shape }: MemoryInput): Reason {
  const { contextLength, kv, kvRoom, largestContext } = estimate;
  const most = shape === undefined ? "" : `; the longest that fits is ${wholeText(largestContext)}`;
  return lacks(
    "memory-context",
    `one sequence of ${wholeText(contextLength)} tokens needs ${bytesText(kv.bytes)} of KV cache a GPU, and ${bytesText(kvRoom)} are left for it${most}`,
  );
}
