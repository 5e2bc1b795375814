import { graphsInBudget } from "../settings/defaults.ts";
import type { GpuType, RuntimeVersion, ServingSettings, Term } from "../types.ts";
import type { ModelShape } from "./shape.ts";
import { bytesText, GIB, MIB, wholeText } from "./units.ts";

/**
 * What sampling holds at its peak: logits in two types, their order, probabilities and sums. Fits what vLLM logged for
 * vocabularies of 128 to 262 thousand: 1.26 GiB for 256 sequences of Llama 3 (vllm#10511), 4.8 and 5.6 GiB for 1024 of
 * Llama 3 and Qwen (llm-d-planner), 9.96 GiB for 1024 of Gemma 3 (vllm#21489): 39 to 41 bytes each.
 */
const SAMPLING_BYTES = 40;

/** What llm-d-planner takes for models that encode images first. */
const MULTIMODAL_FLOOR = 2.5 * GIB;

/** Peak memory of one step that vLLM measures before it sizes the cache. */
export function activations(shape: ModelShape | undefined, settings: ServingSettings): Term {
  const tokens = settings.maxNumBatchedTokens;
  if (shape === undefined) {
    const bytes = 2 * GIB;
    return { label: "activations", bytes, formula: "2.00 GiB supposed: the config does not tell more" };
  }
  const sequences = Math.min(settings.maxNumSeqs, tokens);
  const sampling = shape.encoderOnly ? 0 : sequences * shape.vocabulary * SAMPLING_BYTES;
  const forward = tokens * widestLayer(shape, settings.tensorParallel) * 2;
  const floor = shape.multimodal ? MULTIMODAL_FLOOR : 0;
  const bytes = Math.max(sampling, forward, floor);
  const why =
    bytes === sampling
      ? `sampling: ${wholeText(sequences)} sequences × vocabulary of ${wholeText(shape.vocabulary)} × ${SAMPLING_BYTES} bytes`
      : bytes === forward
        ? `the widest layer: ${wholeText(tokens)} tokens × ${wholeText(widestLayer(shape, settings.tensorParallel))} values × 2 bytes`
        : "encoding of images or sound, supposed";
  return { label: "activations", bytes, formula: `${why} = ${bytesText(bytes)}` };
}

/** Values a token that are alive at once in the widest layer: the residual stream twice, and the feed-forward. */
function widestLayer({ hidden, intermediate, experts }: ModelShape, tensorParallel: number): number {
  const dense = (3 * intermediate) / tensorParallel;
  const routed =
    experts === undefined ? 0 : experts.perToken * ((3 * experts.intermediate) / tensorParallel + hidden);
  return Math.ceil(3 * hidden + Math.max(dense, routed));
}

/** CUDA graphs of one layer, from logs: 0.65 GiB for 34 layers (vllm#21489), 1.3 GiB for 48 with experts. */
const GRAPH_LAYER = 20 * MIB;

/**
 * Memory of CUDA graphs as far as it reduces the room for the cache. Before 0.21 vLLM captured them outside of its
 * budget; then only what does not fit there counts.
 */
export function graphs(
  shape: ModelShape | undefined,
  settings: ServingSettings,
  runtime: RuntimeVersion,
  outside: number,
): Term {
  const label = "CUDA graphs";
  if (settings.enforceEager) return { label, bytes: 0, formula: "none: --enforce-eager" };
  const layers = Math.ceil((shape?.layers ?? 48) / settings.pipelineParallel);
  const all = layers * GRAPH_LAYER;
  const text = `${layers} layers × ${bytesText(GRAPH_LAYER)} = ${bytesText(all)}`;
  if (graphsInBudget(runtime.version)) return { label, bytes: all, formula: text };
  const bytes = Math.max(0, all - outside);
  return {
    label,
    bytes,
    formula: `${text}, captured in the ${bytesText(outside)} outside of the budget before vLLM 0.21: ${bytesText(bytes)} count`,
  };
}

/** Memory that is not PyTorch's: CUDA context growth and NCCL buffers, as llm-d-planner measured them. */
export function overhead(
  shape: ModelShape | undefined,
  settings: ServingSettings,
  gpu: Pick<GpuType, "vendor">,
): Term {
  const gpus = settings.tensorParallel * settings.pipelineParallel * settings.dataParallel;
  const base = (gpus > 1 ? 0.6 : 0.15) * GIB;
  const lora = loraBytes(shape, settings);
  const what = gpu.vendor === "nvidia" ? "CUDA" : "device";
  const text = `${what} context and ${gpus > 1 ? "communication" : "kernels"}: ${bytesText(base)}`;
  return {
    label: "runtime overhead",
    bytes: base + lora,
    formula:
      lora > 0
        ? `${text}; ${settings.loraAdapters} LoRA adapters of rank ${settings.maxLoraRank}: ${bytesText(lora)}`
        : text,
  };
}

/** Room for adapters on every linear layer: rank × (in + out) values of 2 bytes a layer. */
function loraBytes(shape: ModelShape | undefined, settings: ServingSettings): number {
  if (shape === undefined || settings.loraAdapters === 0) return 0;
  const { hidden, heads, headSize, kvHeads, intermediate, layers } = shape;
  const query = heads * headSize;
  const attention = 2 * (hidden + query) + 2 * (hidden + kvHeads * headSize);
  const width = attention + 3 * (hidden + intermediate);
  return (settings.loraAdapters * settings.maxLoraRank * width * layers * 2) / settings.pipelineParallel;
}
