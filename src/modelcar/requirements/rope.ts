import type { RopeScaling } from "../model/model-config.ts";
import type { ModelShape } from "./shape.ts";

/**
 * Bytes of the table of sines and cosines that vLLM computes for every position of the config, whatever
 * `--max-model-len` says, and keeps on each GPU beside the weights
 * (vllm/model_executor/layers/rotary_embedding). 0.03 GiB for Llama 3.1, logged as 14.99 GiB instead of the 14.96 of
 * its tensors (vllm#17122); 0.5 GiB for Gemma 3, which stretches its positions eightfold; 2.5 GiB for the ten million
 * positions of Llama 4 Scout (llm-d-planner, vLLM 0.19).
 */
export function ropeTableBytes({ config, caches, headSize }: ModelShape, plain: number): number {
  const attends = caches.some(({ kind }) => !["state", "cross"].includes(kind));
  const limit = config.max_position_embeddings;
  if (!attends || limit === undefined || config.max_source_positions !== undefined) return 0;
  const share = config.rope_parameters?.partial_rotary_factor ?? config.partial_rotary_factor ?? 1;
  const width = config.qk_rope_head_dim ?? config.rotary_dim ?? Math.floor(headSize * share);
  return positions(limit, config.rope_parameters ?? config.rope_scaling ?? undefined) * width * plain;
}

function positions(limit: number, scaling: RopeScaling | undefined): number {
  const type = scaling?.rope_type ?? scaling?.type;
  const factor = scaling?.factor ?? 1;
  if (type === "linear") return limit * factor;
  return type === "yarn" ? (scaling?.original_max_position_embeddings ?? limit) * factor : limit;
}
