import { writtenType } from "../requirements/weights-input.ts";
import { compareVersions, isAtLeast } from "../runtime/version.ts";
import { hasText, type RuleContext, reason, releaseText } from "./context.ts";
import { kvCacheReasons } from "./kv-cache.ts";
import type { Reason } from "./types.ts";

/**
 * Model types that float16 is refused for: their activations overflow. First and, where one was taken off the list, last
 * release (vllm/config/model.py, _FLOAT16_NOT_SUPPORTED_MODELS; there is no list in 0.9.0).
 */
const NO_FLOAT16: Readonly<Record<string, { from: string; until?: string }>> = {
  gemma2: { from: "0.9.1" },
  gemma3: { from: "0.9.1" },
  gemma3_text: { from: "0.10.0" },
  glm4: { from: "0.9.1" },
  plamo2: { from: "0.9.1", until: "0.28.0" },
};

/** bfloat16 needs compute capability 8.0; the type of the KV cache has demands of its own. */
export const dtypeReasons = (context: RuleContext): Reason[] => [
  ...float16Reasons(context),
  ...bfloat16Reasons(context),
  ...packedReasons(context),
  ...kvCacheReasons(context),
];

/** The model's type as the list has it: of the whole config, or of its language part. */
function refusesFloat16({ facts, shape, runtime }: RuleContext): string | undefined {
  const types = [facts.config?.model_type, shape?.modelType];
  const { version } = runtime;
  return types.find((type) => {
    const row = NO_FLOAT16[type ?? ""];
    if (row === undefined) return false;
    const isGone =
      row.until !== undefined && version !== undefined && compareVersions(version, row.until) > 0;
    return isAtLeast(version, row.from) !== false && !isGone;
  });
}

function float16Reasons(context: RuleContext): Reason[] {
  const type = refusesFloat16(context);
  if (context.settings.dtype !== "float16" || type === undefined) return [];
  const text = `${type} is not served in float16, where its activations overflow: --dtype=bfloat16 or float32`;
  return [reason("blocks", "float16-unstable", text, "vllm/config/model.py, _FLOAT16_NOT_SUPPORTED_MODELS")];
}

const BFLOAT16 = "vllm#1157, vllm#946; vllm/platforms/cuda.py, check_if_supports_dtype";

function bfloat16Reasons(context: RuleContext): Reason[] {
  const { settings, gpu, runtime } = context;
  const { capability } = gpu;
  if (capability === undefined || capability >= 80) return [];
  const has = hasText(gpu, capability);
  const refused = `${has}; bfloat16 needs 8.0. Serve in float16: --dtype=half`;
  if (settings.dtype === "bfloat16") return [reason("blocks", "bfloat16-capability", refused, BFLOAT16)];
  if (writtenType(context) !== "bfloat16" || settings.dtype !== "auto") return [];
  const falls = isAtLeast(runtime.version, "0.9.0");
  if (falls === false) return [reason("blocks", "bfloat16-capability", refused, BFLOAT16)];
  if (refusesFloat16(context) !== undefined)
    return [
      reason(
        "unknown",
        "bfloat16-fallback",
        `${has}: what cannot be served in float16 becomes float32 there, which takes twice the memory. Say --dtype=float32 to have it reckoned`,
        BFLOAT16,
      ),
    ];
  const becomes = `${has}: the model's bfloat16 becomes float16 there`;
  if (falls) return [reason("warning", "bfloat16-fallback", becomes, BFLOAT16)];
  const text = `${becomes} since vLLM 0.9, and older releases refuse to start; ${releaseText(runtime)}. --dtype=half runs with all`;
  return [reason("unknown", "bfloat16-fallback", text, BFLOAT16)];
}

/** What Marlin takes of a group of 4-bit weights (verify_marlin_supports_shape, check_marlin_supported). */
const MARLIN_GROUPS: readonly (number | undefined)[] = [undefined, 32, 64, 128];

/**
 * The plain kernels of AWQ and GPTQ compute in float16 only, those of Marlin in both; `--quantization=awq` or `gptq`
 * forces the plain ones. One class for both kernels takes bfloat16 again: GPTQ in 0.22, AWQ in 0.25 at the latest.
 */
function packedReasons(context: RuleContext): Reason[] {
  const { facts, settings, gpu, runtime } = context;
  const own = facts.quantization;
  const [method] = /^(awq|gptq)(?=-int)/.exec(own?.scheme ?? "") ?? [];
  if (own === undefined || method === undefined || !["nvidia", "amd"].includes(gpu.vendor)) return [];
  const capable = gpu.capability === undefined || gpu.capability >= 80;
  const asked = settings.dtype === "auto" && capable ? writtenType(context) : settings.dtype;
  const hasMarlin = gpu.vendor === "nvidia" && MARLIN_GROUPS.includes(own.groupSize);
  const plain = settings.quantization === method || !hasMarlin;
  if (asked !== "bfloat16" || !plain || isAtLeast(runtime.version, "0.25.0") === true) return [];
  const kind = isAtLeast(runtime.version, "0.22.0") === false ? "blocks" : "unknown";
  const text = `the plain kernels of ${method.toUpperCase()} compute in float16 only, and bfloat16 is asked for: --dtype=half${settings.quantization === method ? `, or no --quantization=${method}` : ""}`;
  const source = "vllm/model_executor/layers/quantization, get_supported_act_dtypes";
  return [reason(kind, "quantization-dtype", text, source)];
}
