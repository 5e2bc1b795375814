import type { ModelConfig, RopeScaling } from "./model-config.ts";

/** The part of a config that describes the language model. */
export const languagePart = (config: ModelConfig): ModelConfig =>
  config.text_config ??
  config.llm_config ??
  config.language_config ??
  config.thinker_config?.text_config ??
  config.thinker_config ??
  config;

/** Types whose factor is in max_position_embeddings already. */
const ALREADY_IN = ["su", "longrope", "llama3", "mrope", "default", "proportional"];

/**
 * The longest context, in tokens, as vLLM derives it (`_get_and_verify_max_len`): the smallest limit in the config, times
 * the factor of RoPE scaling; YaRN scales the original limit.
 */
export function contextLimit(config: ModelConfig): number | undefined {
  const text = languagePart(config);
  const limits = [text.max_position_embeddings, text.n_positions, text.max_target_positions].filter(
    (limit): limit is number => limit !== undefined && limit > 0,
  );
  if (limits.length === 0) return undefined;
  const limit = Math.min(...limits);
  return scaled(limit, text.rope_scaling ?? text.rope_parameters ?? undefined, text.model_type ?? "");
}

function scaled(limit: number, scaling: RopeScaling | undefined, modelType: string): number {
  const type = scaling?.rope_type ?? scaling?.type ?? "default";
  // Gemma 3 writes its limit with the factor in it.
  if (scaling === undefined || ALREADY_IN.includes(type) || modelType.startsWith("gemma3")) return limit;
  const base = type === "yarn" ? (scaling.original_max_position_embeddings ?? limit) : limit;
  return Math.floor(base * (scaling.factor ?? 1));
}
