import { isAtLeast } from "../runtime/version.ts";
import type { GpuType } from "../types.ts";

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

const GIB = 2 ** 30;

/**
 * Most tokens of a step and most sequences at once, when they are not given: they set the peak of activations.
 * From 70 GiB on (not A100) vLLM takes the larger ones, from 160 GiB on larger still in newer releases
 * (vllm/engine/arg_utils.py, get_batch_defaults).
 */
export function defaultBatch(
  version: string | undefined,
  gpu: Pick<GpuType, "memoryMiB" | "name">,
  maxModelLen: number,
): { tokens: number; sequences: number } {
  if (isAtLeast(version, "0.8.0") === false)
    return { tokens: Math.max(Math.min(maxModelLen, 32768), 2048), sequences: 256 };
  const memory = gpu.memoryMiB * 2 ** 20;
  const large = memory >= 70 * GIB && !/A100/i.test(gpu.name);
  if (!large) return { tokens: 2048, sequences: 256 };
  const sequences = isAtLeast(version, "0.8.5") === false ? 256 : 1024;
  const largest = memory >= 160 * GIB && isAtLeast(version, "0.28.0") === true;
  return { tokens: largest ? 16384 : 8192, sequences };
}
