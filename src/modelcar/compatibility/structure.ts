import type { ModelShape } from "../requirements/shape.ts";
import { isAtLeast } from "../runtime/version.ts";
import type { QuantizationFacts, QuantizationScheme, Reason } from "../types.ts";
import { capabilityText, type RuleContext, reason } from "./context.ts";

/** What the shape of the model says against the way it is spread over GPUs. */
export function structureReasons(context: RuleContext): Reason[] {
  const { shape, settings } = context;
  if (shape === undefined) return [];
  const { tensorParallel, pipelineParallel } = settings;
  const split = tensorParallel > 1 ? parallelReasons(shape, tensorParallel, settings.expertParallel) : [];
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
  return Array.from({ length: most }, (_, i) => i + 1).filter((tensorParallel) => {
    const settings = { ...context.settings, tensorParallel };
    return structureReasons({ ...context, settings }).every(({ kind }) => kind !== "blocks");
  });
}

const PARALLEL = "vllm/model_executor/layers/linear.py, vllm/config/model.py verify_with_parallel_config";

function parallelReasons(shape: ModelShape, tp: number, expertParallel: boolean): Reason[] {
  const found: Reason[] = [];
  const { heads, kvHeads, vocabulary, intermediate, experts } = shape;
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
  if (experts !== undefined && !expertParallel && experts.intermediate % tp !== 0)
    undivided("tp-experts", `experts of width ${experts.intermediate}`);
  return found;
}

const isLatent = ({ caches }: ModelShape): boolean => caches.some(({ kind }) => kind === "latent");

const hasDense = ({ experts, layers }: ModelShape): boolean =>
  experts === undefined || experts.layers < layers;

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
      width: settings.expertParallel ? experts.intermediate : experts.intermediate / tp,
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
