import { isAtLeast } from "../runtime/version.ts";
import type { Reason } from "../types.ts";
import { capabilityText, type RuleContext, reason } from "./context.ts";

/** Types that cannot be served in float16: their activations overflow (vllm/config/model.py). */
const NO_FLOAT16 = /^(gemma2|gemma3|gemma3_text|gemma3n|plamo2|glm4)$/;

/** bfloat16 needs compute capability 8.0; the type of the KV cache has demands of its own. */
export const dtypeReasons = (context: RuleContext): Reason[] => [
  ...computeReasons(context),
  ...cacheReasons(context),
];

function computeReasons({ shape, settings, gpu, runtime }: RuleContext): Reason[] {
  const { capability } = gpu;
  if (capability === undefined || capability >= 80) return [];
  const own = shape?.config.torch_dtype ?? shape?.config.dtype;
  const has = `${gpu.name} has compute capability ${capabilityText(capability)}`;
  if (settings.dtype === "float16")
    return NO_FLOAT16.test(shape?.modelType ?? "")
      ? [
          reason(
            "blocks",
            "float16-unstable",
            `${shape?.modelType} cannot be served in float16`,
            "vllm/config/model.py",
          ),
        ]
      : [];
  if (settings.dtype === "bfloat16" || (own === "bfloat16" && settings.dtype === "auto"))
    return bfloat16Reasons(settings.dtype, has, shape?.modelType ?? "", runtime.version);
  return [];
}

function bfloat16Reasons(
  asked: string,
  has: string,
  modelType: string,
  version: string | undefined,
): Reason[] {
  const source = "vllm#1157, vllm#946; vllm/platforms/cuda.py, check_if_supports_dtype";
  if (asked === "auto" && isAtLeast(version, "0.9.0") === true && !NO_FLOAT16.test(modelType))
    return [
      reason("warning", "bfloat16-fallback", `${has}: the model's bfloat16 becomes float16 there`, source),
    ];
  return [
    reason(
      "blocks",
      "bfloat16-capability",
      `${has}; bfloat16 needs 8.0. Serve in float16: --dtype=half`,
      source,
    ),
  ];
}

function cacheReasons({ settings, gpu }: RuleContext): Reason[] {
  const kind = settings.kvCacheDtype;
  if (!kind.startsWith("fp8")) return [];
  if (gpu.vendor === "amd")
    return gpu.gfx === "gfx90a"
      ? [reason("blocks", "kv-fp8-chip", `${gpu.name} has no FP8, so no FP8 KV cache`, "rocm.docs.amd.com")]
      : [];
  const { capability } = gpu;
  if (capability === undefined || capability >= 89) return [];
  const has = `${gpu.name} has compute capability ${capabilityText(capability)}`;
  if (capability < 80)
    return [
      reason("blocks", "kv-fp8-capability", `${has}; no attention kernel has an FP8 KV cache there`, SOURCE),
    ];
  if (settings.given.has("attention-backend") || kind === "fp8_e5m2")
    return [
      reason("warning", "kv-fp8-backend", `${has}: an FP8 KV cache runs there with FlashInfer only`, SOURCE),
    ];
  return [
    reason(
      "blocks",
      "kv-fp8-capability",
      `${has}; the default attention kernels need 8.9 for an FP8 KV cache (FlashInfer alone has it from 8.0)`,
      SOURCE,
    ),
  ];
}

const SOURCE = "vllm#26431, vllm#24577";
