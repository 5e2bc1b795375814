import type { QuantizationFacts } from "../quantization/types.ts";
import { isAtLeast } from "../runtime/version.ts";

/** The type of the KV cache in effect, and where it comes from. */
export interface KvCacheDtype {
  dtype: string;
  /** The checkpoint asks for it, no argument; `unclear`: it does, and the release does not tell whether vLLM follows. */
  origin: "default" | "argument" | "checkpoint" | "unclear";
}

/**
 * `--kv-cache-dtype`, else what the checkpoint's scales were made for. ModelOpt's `kv_cache_quant_algo` counts since
 * 0.14 (vllm/utils/torch_utils.py, resolve_kv_cache_dtype_string), the `kv_cache_scheme` of compressed-tensors since
 * vllm#30141, which 0.16 has and 0.14 has not; from then to 0.20 it even counted more than the argument
 * (vllm/model_executor/layers/attention/attention.py), since 0.22 only where the argument is absent or `auto`.
 */
export function kvCacheDtype(
  argument: string | undefined,
  checkpoint: QuantizationFacts | undefined,
  version: string | undefined,
): KvCacheDtype {
  const given = argument === undefined || argument === "auto" ? undefined : argument;
  const asked = checkpoint?.kvCacheDtype;
  const own: KvCacheDtype =
    given === undefined ? { dtype: "auto", origin: "default" } : { dtype: given, origin: "argument" };
  if (checkpoint === undefined || asked === undefined) return own;
  const isModelopt = checkpoint.method.toLowerCase().startsWith("modelopt");
  if (isModelopt && given !== undefined) return own;
  const follows = isModelopt ? isAtLeast(version, "0.14.0") : followsScheme(given, version);
  if (follows === undefined) return given === undefined ? { dtype: "auto", origin: "unclear" } : own;
  return follows ? { dtype: asked, origin: "checkpoint" } : own;
}

function followsScheme(given: string | undefined, version: string | undefined): boolean | undefined {
  const since = isAtLeast(version, "0.16.0");
  if (since === undefined) return undefined;
  if (since) return given === undefined || isAtLeast(version, "0.22.0") === false;
  return isAtLeast(version, "0.15.0") === true ? undefined : false;
}
