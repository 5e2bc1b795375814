import type { GpuType } from "../gpus/types.ts";
import { GIB, MIB } from "../requirements/units.ts";
import { isAtLeast } from "../runtime/version.ts";

/** A default of vLLM with the place that says so. */
export interface Default {
  value: number;
  source: string;
}

/** Newest release that these defaults and rules were checked against. */
export const CHECKED_UP_TO = "0.30.0";

/**
 * `--gpu-memory-utilization` when it is not given. 0.92 is in the source of 0.25.0; for what lies between and for an
 * unknown version the lower of the two is taken.
 */
export const defaultUtilization = (version: string | undefined): Default =>
  isAtLeast(version, "0.25.0") === true
    ? { value: 0.92, source: "vllm/config/cache.py, v0.25.0" }
    : { value: 0.9, source: "docs.vllm.ai, engine arguments" };

/** Whether the memory for CUDA graphs is taken out of the budget before the KV cache is sized. Unknown counts as yes. */
export const graphsInBudget = (version: string | undefined): boolean => isAtLeast(version, "0.21.0") ?? true;

/**
 * Most tokens of a step and most sequences at once, when they are not given: they set the peak of activations.
 * Before 0.8 a step takes the whole context, or 2,048 tokens where that is above 32,768 and prefill is chunked (since
 * 0.5.4; vllm#10517 has a model that starts with 20,000 and 35,000 tokens, but not with 29,000). Then
 * GPUs from 70 GiB on (not A100) take the larger ones, in 0.8.4 only H100 and H200 (vllm#16158, vllm#17073), from 160
 * GiB on larger still in newer releases (vllm/engine/arg_utils.py, get_batch_defaults). 0.8.0 to 0.8.3 took 1,024
 * sequences on every GPU (vllm#15357).
 */
export function defaultBatch(
  version: string | undefined,
  gpu: Pick<GpuType, "memoryMiB" | "name">,
  maxModelLen: number,
): { tokens: number; sequences: number } {
  if (isAtLeast(version, "0.8.0") === false)
    return {
      tokens:
        maxModelLen > 32768 && isAtLeast(version, "0.5.4") === true ? 2048 : Math.max(maxModelLen, 2048),
      sequences: 256,
    };
  const memory = gpu.memoryMiB * MIB;
  const named = isAtLeast(version, "0.8.5") === false;
  const large = named ? /H[12]00/i.test(gpu.name) : memory >= 70 * GIB && !/A100/i.test(gpu.name);
  const everywhere = isAtLeast(version, "0.8.4") === false;
  const largest = memory >= 160 * GIB && isAtLeast(version, "0.28.0") === true;
  return {
    tokens: large ? (largest ? 16384 : 8192) : 2048,
    sequences: large || everywhere ? 1024 : 256,
  };
}
