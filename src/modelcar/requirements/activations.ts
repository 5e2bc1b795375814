import type { RuntimeVersion } from "../runtime/types.ts";
import { isAtLeast } from "../runtime/version.ts";
import { graphsInBudget } from "../settings/defaults.ts";
import { expertShards } from "../settings/devices.ts";
import type { ServingSettings } from "../settings/types.ts";
import { type Amount, size, sum, told } from "./arithmetic.ts";
import { sampling } from "./sampling.ts";
import { type ModelShape, modelBytes } from "./shape.ts";
import type { Term } from "./types.ts";
import { bytesText, GIB, MIB, wholeText } from "./units.ts";

/**
 * What llm-d-planner took for models that encode images first. Large images need more than their text does; models
 * with small ones were measured below it (0.79 GiB for granite-vision-3.3-2b, docs/accuracy of llm-d-planner).
 */
const MULTIMODAL_FLOOR = 2.5 * GIB;

interface ActivationsInput {
  shape: ModelShape | undefined;
  settings: ServingSettings;
  runtime: RuntimeVersion;
  /** Experts in MXFP4 go through kernels that keep no workspace of their own. */
  mxfp4: boolean;
}

/** Peak memory of one step that vLLM measures before it sizes the cache: the larger of the forward pass and sampling. */
export function activations({ shape, settings, runtime, mxfp4 }: ActivationsInput): Term {
  const label = "activations";
  if (shape === undefined)
    return { label, bytes: 2 * GIB, formula: "2.00 GiB (supposed: the config does not tell more)" };
  const tokens = settings.maxNumBatchedTokens;
  const plain = modelBytes(shape, settings);
  const workspace = mxfp4 ? 0 : expertsWorkspace(shape, settings, runtime) * plain;
  const own = sampling(shape, settings, runtime, plain);
  const amounts = [
    own.bytes === 0 ? own : sum([own, size(workspace, "buffers of the experts")]),
    forward(tokens, widestLayer(shape, settings), plain),
    size(shape.multimodal ? MULTIMODAL_FLOOR : 0, "encoding of images or sound, supposed"),
  ];
  const largest = amounts.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  return { label, bytes: largest.bytes, formula: told(largest) };
}

const forward = (tokens: number, widest: number, plain: number): Amount => ({
  bytes: tokens * widest * plain,
  text: `the widest layer: ${wholeText(tokens)} tokens × ${wholeText(widest)} values × ${plain} bytes`,
});

/** Values a token that are alive at once in the widest layer: the residual stream twice, and the feed-forward. */
function widestLayer({ hidden, intermediate, experts }: ModelShape, settings: ServingSettings): number {
  const dense = (3 * intermediate) / settings.tensorParallel;
  const width = experts === undefined ? 0 : experts.intermediate / expertShards(settings);
  const routed = experts === undefined ? 0 : experts.perToken * (3 * width + hidden);
  return Math.ceil(3 * hidden + Math.max(dense, routed));
}

/**
 * Values that the fused-experts kernel keeps between steps, so that they add to the peak of sampling: for every token
 * and each of its experts the larger of gate-and-up and output, and what comes between. Measured with 0.19: 2.68 GiB
 * for Qwen3-30B-A3B where sampling takes 2.1, 1.21 GiB for Mixtral over two GPUs where it takes 0.5 (llm-d-planner).
 */
function expertsWorkspace(
  { experts, hidden }: ModelShape,
  settings: ServingSettings,
  runtime: RuntimeVersion,
): number {
  if (experts === undefined || isAtLeast(runtime.version, "0.17.0") === false) return 0;
  const width = experts.intermediate / expertShards(settings);
  return settings.maxNumBatchedTokens * experts.perToken * (Math.max(2 * width, hidden) + width);
}

/**
 * CUDA graphs of one layer at all batch sizes. Logged: 0.84 GiB for the 32 layers of Llama 3.1 8B (0.19), 0.39 and
 * 1.03 GiB for the 24 and 36 of gpt-oss (0.11): 17 to 29 MiB a layer (llm-d-planner, llm-d-benchmark).
 */
const GRAPH_LAYER = 25 * MIB;

/** Batch sizes that are captured: 1, 2, 4, then every 8 to 256 and every 16 to 512, at most twice `--max-num-seqs`. */
function captureSizes(sequences: number): number {
  const largest = Math.min(512, 2 * sequences);
  const below = (limit: number, step: number): number =>
    Math.max(0, Math.floor((Math.min(largest, limit) - (limit === 512 ? 256 : 0)) / step));
  return Math.min(3, largest) + below(256, 8) + below(512, 16);
}

const USUAL_SIZES = captureSizes(256);

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
  if (settings.enforceEager) return { label, bytes: 0, formula: "0 bytes (--enforce-eager)" };
  const layers = Math.ceil((shape?.layers ?? 48) / settings.pipelineParallel);
  const sizes = captureSizes(settings.maxNumSeqs);
  const all = (layers * GRAPH_LAYER * sizes) / USUAL_SIZES;
  const text = `${layers} layers × ${bytesText(GRAPH_LAYER)} × ${sizes} / ${USUAL_SIZES} batch sizes`;
  if (graphsInBudget(runtime.version)) return { label, bytes: all, formula: told({ bytes: all, text }) };
  const bytes = Math.max(0, all - outside);
  const room = `${bytesText(outside)} (outside of the budget, where vLLM before 0.21 captures them)`;
  const formula =
    bytes === 0
      ? `0 bytes (of ${text} = ${bytesText(all)} find room in the ${bytesText(outside)} outside of the budget, where vLLM before 0.21 captures them)`
      : told({ bytes, text: `${text} − ${room}` });
  return { label, bytes, formula };
}
