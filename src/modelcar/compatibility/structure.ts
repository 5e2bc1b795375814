import type { QuantizationFacts, QuantizationScheme } from "../quantization/types.ts";
import { denseLayers } from "../requirements/parameters.ts";
import { isLatent, type ModelShape } from "../requirements/shape.ts";
import { mamba2Widths } from "../requirements/states.ts";
import { isAtLeast } from "../runtime/version.ts";
import { expertShards } from "../settings/devices.ts";
import type { ServingSettings } from "../settings/types.ts";
import { capabilityText, type RuleContext, reason } from "./context.ts";
import { decodeContextReasons } from "./decode-context.ts";
import type { Reason } from "./types.ts";

/** What the shape of the model says against the way it is spread over GPUs. */
export function structureReasons(context: RuleContext): Reason[] {
  const { shape, settings } = context;
  if (shape === undefined) return [];
  const { tensorParallel, pipelineParallel } = settings;
  const split = [
    ...(tensorParallel > 1 ? parallelReasons(shape, tensorParallel) : []),
    ...recurrentReasons(context, shape),
    ...expertReasons(shape, settings),
    ...decodeContextReasons(context, shape),
  ];
  const stages =
    pipelineParallel > shape.layers
      ? [
          reason(
            "blocks",
            "pp-layers",
            `${pipelineParallel} pipeline stages, but only ${shape.layers} layers`,
          ),
        ]
      : [];
  return [...split, ...stages, ...quantizedShardReasons(context)];
}

/** Tensor-parallel sizes up to `most` that the shape allows, quantization included. */
export function validTensorParallel(context: RuleContext, most = 16): number[] {
  const heads = context.shape?.heads ?? 0;
  const valid: number[] = [];
  for (let tensorParallel = 1; tensorParallel <= most; tensorParallel++) {
    if (heads % tensorParallel !== 0) continue;
    const settings = { ...context.settings, tensorParallel };
    const isBlocked = structureReasons({ ...context, settings }).some(({ kind }) => kind === "blocks");
    if (!isBlocked) valid.push(tensorParallel);
  }
  return valid;
}

const PARALLEL = "vllm/model_executor/layers/linear.py, vllm/config/model.py verify_with_parallel_config";

function parallelReasons(shape: ModelShape, tp: number): Reason[] {
  const found: Reason[] = [];
  const { heads, kvHeads, vocabulary, intermediate } = shape;
  const undivided = (code: string, what: string): void => {
    found.push(
      reason("blocks", code, `${what} cannot be divided by a tensor-parallel size of ${tp}`, PARALLEL),
    );
  };
  if (heads % tp !== 0) undivided("tp-heads", `${heads} attention heads`);
  if (kvHeads > 0 && kvHeads % tp !== 0 && tp % kvHeads !== 0 && !isLatent(shape))
    undivided("tp-kv-heads", `${kvHeads} KV heads`);
  if ((Math.ceil(vocabulary / 64) * 64) % tp !== 0)
    undivided("tp-vocabulary", `a vocabulary of ${vocabulary}, padded to a multiple of 64,`);
  if (intermediate % tp !== 0 && hasDense(shape))
    undivided("tp-feed-forward", `a feed-forward width of ${intermediate}`);
  return found;
}

function expertReasons({ experts }: ModelShape, settings: ServingSettings): Reason[] {
  if (experts === undefined) {
    if (!settings.expertParallel) return [];
    const text = "--enable-expert-parallel is given, but the model has no experts: vLLM refuses to start";
    return [
      reason(
        "blocks",
        "expert-parallel-dense",
        text,
        "vllm/config/model.py, _verify_with_expert_parallelism",
      ),
    ];
  }
  const shards = expertShards(settings);
  if (experts.intermediate % shards === 0) return [];
  const { tensorParallel, dataParallel } = settings;
  const over =
    dataParallel === 1 ? `a tensor-parallel size of ${shards}` : `${tensorParallel} × ${dataParallel} GPUs`;
  const hint = dataParallel === 1 ? "" : "; --enable-expert-parallel keeps them whole";
  const text = `experts of width ${experts.intermediate} cannot be divided by ${over}${hint}`;
  return [reason("blocks", "tp-experts", text, "vllm/model_executor/layers/fused_moe/config.py")];
}

const MAMBA = "vllm/model_executor/layers/mamba/mamba_mixer2.py";

/**
 * Mamba 2 is divided by heads, and its groups with them, but where there is only one. Quantized ones were not divided at
 * all up to 0.10, and up to 0.14 only where the groups are.
 */
function recurrentReasons({ facts, settings, runtime }: RuleContext, shape: ModelShape): Reason[] {
  const tp = settings.tensorParallel;
  if (tp === 1 || !shape.caches.some(({ kind }) => kind === "state")) return [];
  const widths = mamba2Widths(shape.config, shape.hidden);
  if (widths === undefined) return [];
  const { heads, groups } = widths;
  const blocked = (code: string, text: string): Reason => reason("blocks", code, text, MAMBA);
  if (heads % tp !== 0)
    return [
      blocked("tp-mamba-heads", `${heads} Mamba heads cannot be divided by a tensor-parallel size of ${tp}`),
    ];
  if (groups % tp !== 0 && groups !== 1)
    return [
      blocked(
        "tp-mamba-groups",
        `${groups} Mamba groups cannot be divided by a tensor-parallel size of ${tp}`,
      ),
    ];
  if (facts.quantization === undefined || isAtLeast(runtime.version, "0.16.0") === true) return [];
  const early = isAtLeast(runtime.version, "0.11.0") === false;
  if (!early && groups % tp === 0) return [];
  const isSure = isAtLeast(runtime.version, "0.15.0") === false;
  const text = early
    ? `quantized Mamba layers are not divided in vLLM ${runtime.version}: --tensor-parallel-size=1`
    : `quantized Mamba layers are divided only where the tensor-parallel size divides their groups, of which there is ${groups}${isSure ? "" : ", up to 0.14 or 0.15"}`;
  return [
    isSure ? blocked("tp-mamba-quantized", text) : reason("unknown", "tp-mamba-quantized", text, MAMBA),
  ];
}

/** Whether there are feed-forward layers of one width; those of searched models (DeciLM) differ, in multiples of 256. */
const hasDense = (shape: ModelShape): boolean =>
  shape.config.block_configs === undefined && denseLayers(shape) > 0;

/** A width that row-parallel layers divide, as one GPU gets it. */
interface Shard {
  what: string;
  width: number;
}

function shards({ shape, settings }: RuleContext): Shard[] {
  if (shape === undefined) return [];
  const tp = settings.tensorParallel;
  const { experts, heads, headSize, config } = shape;
  const value = isLatent(shape) ? (config.v_head_dim ?? headSize) : headSize;
  const all: Shard[] = [{ what: "attention output", width: (heads * value) / tp }];
  if (hasDense(shape)) all.push({ what: "feed-forward", width: shape.intermediate / tp });
  if (experts !== undefined)
    all.push({
      what: "experts",
      width: experts.intermediate / expertShards(settings),
    });
  return all.filter(({ width }) => width > 0 && Number.isInteger(width));
}

const GROUPED: readonly QuantizationScheme[] = [
  "awq-int4",
  "gptq-int4",
  "gptq-int8",
  "w4a16",
  "w8a16-int8",
  "auto-round",
];

function quantizedShardReasons(context: RuleContext): Reason[] {
  const { facts } = context;
  const own = facts.quantization;
  if (own === undefined || own.fromName) return [];
  if (own.blockSize !== undefined) return blockReasons(own, context);
  if (GROUPED.includes(own.scheme)) return [...groupReasons(own, context), ...marlinReasons(own, context)];
  return own.scheme.startsWith("w8a8-fp8") ? narrowReasons(context) : [];
}

/** Every shard must hold whole blocks of FP8 scales. Only layers that are divided are checked. */
function blockReasons({ blockSize }: QuantizationFacts, context: RuleContext): Reason[] {
  const size = Math.max(...(blockSize ?? [128]));
  if (context.settings.tensorParallel === 1) return [];
  return unaligned(context, size).map((shard) =>
    reason("blocks", "tp-fp8-block", `${shard} the FP8 block of ${size}`, "vllm#17569, vllm#25292"),
  );
}

function groupReasons({ groupSize, descAct }: QuantizationFacts, context: RuleContext): Reason[] {
  if (groupSize === undefined || descAct === true) return [];
  const source = "vllm#2699; QwenLM/Qwen3-VL#831";
  return unaligned(context, groupSize).map((shard) =>
    reason("blocks", "tp-group-size", `${shard} the quantization group of ${groupSize}`, source),
  );
}

/** The shards that do not hold whole units of `size`, in words that go on with what the unit is. */
const unaligned = (context: RuleContext, size: number): string[] =>
  shards(context)
    .filter(({ width }) => width % size !== 0)
    .map(({ what, width }) => `${what}: ${width} a GPU is no multiple of`);

/** Marlin takes inputs in multiples of 128. AWQ and GPTQ have slower kernels to fall back to since 0.8. */
function marlinReasons({ scheme, groupSize }: QuantizationFacts, context: RuleContext): Reason[] {
  const { gpu, runtime } = context;
  if (gpu.vendor !== "nvidia" || (gpu.capability ?? 0) < 80) return [];
  const falls = scheme === "awq-int4" || scheme.startsWith("gptq");
  const early = isAtLeast(runtime.version, "0.8.0") === false;
  return shards(context)
    .filter(({ what, width }) => width % 128 !== 0 && what !== "experts")
    .filter(({ width }) => groupSize === undefined || width % groupSize === 0)
    .map(({ what, width }) => {
      const text = `${what}: ${width} a GPU is no multiple of 128, which the Marlin kernel needs`;
      const source = "vllm#9913, vllm#13640, vllm-project/llm-compressor#57";
      if (early) return reason("blocks", "tp-marlin", text, source);
      return falls
        ? reason("warning", "tp-marlin", `${text}; a slower kernel is used`, source)
        : reason("unknown", "tp-marlin", `${text}; whether another kernel takes it is not known`, source);
    });
}

/** FP8 without FP8 hardware goes by Marlin, which took outputs in multiples of 64 only; newer releases pad them. */
function narrowReasons(context: RuleContext): Reason[] {
  const { gpu, runtime } = context;
  if (gpu.capability === undefined || gpu.capability >= 89) return [];
  if (isAtLeast(runtime.version, "0.30.0") === true) return [];
  return shards(context)
    .filter(({ what, width }) => what !== "attention output" && width % 64 !== 0)
    .map(({ what, width }) =>
      reason(
        isAtLeast(runtime.version, "0.12.0") === false ? "blocks" : "unknown",
        "tp-fp8-marlin",
        `${what}: ${width} a GPU is no multiple of 64, which Marlin needs for FP8 at compute capability ${capabilityText(gpu.capability ?? 0)}`,
        "vllm/model_executor/layers/quantization/utils/marlin_utils.py",
      ),
    );
}
