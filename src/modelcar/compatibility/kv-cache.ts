import { isLatent } from "../requirements/shape.ts";
import { isAtLeast } from "../runtime/version.ts";
import { hasText, type RuleContext, reason, releaseText } from "./context.ts";
import type { Reason } from "./types.ts";

const SOURCE =
  "vllm/platforms/cuda.py, get_attn_backend_cls; vllm/attention/selector.py (0.6); vllm#26431, vllm#24577";

/** Whether attention can read a KV cache of the type that is in effect. */
export function kvCacheReasons(context: RuleContext): Reason[] {
  const { settings, gpu } = context;
  const { kvCacheDtype: kind, kvCacheOrigin: origin } = settings;
  if (origin === "unclear") return unclearReasons(context);
  if (kind.startsWith("nvfp4")) return narrowReasons(context);
  if (!kind.startsWith("fp8")) return [];
  if (gpu.vendor === "amd")
    return gpu.gfx === "gfx90a"
      ? [reason("blocks", "kv-fp8-chip", `${gpu.name} has no FP8, so no FP8 KV cache`, "rocm.docs.amd.com")]
      : [];
  const { capability } = gpu;
  if (capability === undefined || capability >= 89) return [];
  const found = capability < 80 ? olderReasons(context) : ampereReasons(context);
  return origin === "checkpoint" ? found.map(fromCheckpoint) : found;
}

const has = ({ gpu }: RuleContext): string => hasText(gpu, gpu.capability ?? 0);

const fromCheckpoint = (one: Reason): Reason => ({
  ...one,
  text: `the checkpoint asks for an FP8 KV cache: ${one.text}. --kv-cache-dtype=bfloat16 keeps it in 16 bits`,
});

function unclearReasons(context: RuleContext): Reason[] {
  const { gpu, runtime } = context;
  const text = `the checkpoint asks for an FP8 KV cache; whether ${releaseText(runtime)} follows is not known, so 16 bits are reckoned`;
  const source = "vllm/utils/torch_utils.py, resolve_kv_cache_dtype_string; vllm#30141";
  const isRisky = gpu.capability !== undefined && gpu.capability < 89;
  return [
    isRisky
      ? reason(
          "unknown",
          "kv-fp8-release",
          `${text}; ${has(context)}, where not every release can read one`,
          source,
        )
      : reason("note", "kv-fp8-release", text, source),
  ];
}

function narrowReasons(context: RuleContext): Reason[] {
  const { gpu, settings } = context;
  if (gpu.capability !== undefined && gpu.capability >= 100 && gpu.capability < 110) return [];
  const text = `whether a KV cache of ${settings.kvCacheDtype} can be read on ${gpu.name} is not known; it was made for data-center Blackwell`;
  return [reason("unknown", "kv-nvfp4", text, "vllm/v1/attention/backends/flashinfer.py")];
}

/** Up to 0.10 the first engine took over, with XFormers; since 0.11.2 backends are tried in turn, FlashInfer second. */
function ampereReasons(context: RuleContext): Reason[] {
  const { settings, runtime, shape } = context;
  const { version } = runtime;
  const warned = (text: string): Reason[] => [
    reason("warning", "kv-fp8-backend", `${has(context)}: ${text}`, SOURCE),
  ];
  if (isAtLeast(version, "0.11.0") === false)
    return warned("an FP8 KV cache runs there with XFormers, in the first engine, slower than without");
  if (settings.given.has("attention-backend") || settings.kvCacheDtype === "fp8_e5m2")
    return warned("an FP8 KV cache runs there with FlashInfer only");
  const latent = shape !== undefined && isLatent(shape);
  if (isAtLeast(version, "0.11.2") === true && !latent)
    return warned(
      "an FP8 KV cache runs there with FlashInfer only, which vLLM picks where the image carries it",
    );
  const text = `${has(context)}; the default attention kernels need 8.9 for an FP8 KV cache`;
  const isSure = version !== undefined && isAtLeast(version, "0.11.1") === false;
  return [
    isSure
      ? reason("blocks", "kv-fp8-capability", `${text} (FlashInfer alone has it from 8.0)`, SOURCE)
      : reason(
          "unknown",
          "kv-fp8-capability",
          `${text}, and whether ${releaseText(runtime)} takes FlashInfer instead is not known`,
          SOURCE,
        ),
  ];
}

function olderReasons(context: RuleContext): Reason[] {
  const text = `${has(context)}; no attention kernel has an FP8 KV cache there`;
  return isAtLeast(context.runtime.version, "0.11.0") === false
    ? [
        reason(
          "unknown",
          "kv-fp8-capability",
          `${text} in newer releases; whether the first engine's has is not known`,
          SOURCE,
        ),
      ]
    : [reason("blocks", "kv-fp8-capability", text, SOURCE)];
}
