import { parseJson } from "../../base/json.ts";
import { fields } from "../../base/lenient-json.ts";
import type { ModelConfig } from "./model-config.ts";
import { readConfig } from "./read-config.ts";

/** Mistral's keys → those of transformers (vLLM's `_remap_mistral_*`, config format `mistral`). */
const KEYS: Readonly<Record<string, keyof ModelConfig>> = {
  dim: "hidden_size",
  n_layers: "num_hidden_layers",
  n_heads: "num_attention_heads",
  n_kv_heads: "num_key_value_heads",
  head_dim: "head_dim",
  hidden_dim: "intermediate_size",
  vocab_size: "vocab_size",
  sliding_window: "sliding_window",
  max_seq_len: "max_position_embeddings",
  max_position_embeddings: "max_position_embeddings",
  tied_embeddings: "tie_word_embeddings",
};

/** A `params.json` in the words of a `config.json`; undefined when it is none of Mistral's. */
export function mistralConfig(text: string): ModelConfig | undefined {
  const params = fields(parseJson(text));
  if (params["dim"] === undefined || params["n_layers"] === undefined) return undefined;
  const named = Object.entries(params).flatMap(([key, value]) => {
    const name = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
    return name === undefined ? [] : [[name, value] as const];
  });
  const moe = fields(params["moe"]);
  const experts = { num_local_experts: moe["num_experts"], num_experts_per_tok: moe["num_experts_per_tok"] };
  const isMoe = experts.num_local_experts !== undefined;
  const architectures = [isMoe ? "MixtralForCausalLM" : "MistralForCausalLM"];
  const config = {
    architectures,
    model_type: "mistral",
    ...Object.fromEntries(named),
    ...(isMoe && experts),
  };
  return readConfig(JSON.stringify(config)).config;
}
