import type { ModelConfig } from "../model/model-config.ts";
import type { GgufHeader } from "./header.ts";

/** llama.cpp's architecture names → the classes that vLLM serves them with; others stay unknown. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  llama: "LlamaForCausalLM",
  mistral3: "MistralForCausalLM",
  qwen2: "Qwen2ForCausalLM",
  qwen2moe: "Qwen2MoeForCausalLM",
  qwen3: "Qwen3ForCausalLM",
  qwen3moe: "Qwen3MoeForCausalLM",
  gemma: "GemmaForCausalLM",
  gemma2: "Gemma2ForCausalLM",
  gemma3: "Gemma3ForCausalLM",
  phi3: "Phi3ForCausalLM",
  granite: "GraniteForCausalLM",
  granitemoe: "GraniteMoeForCausalLM",
  falcon: "FalconForCausalLM",
  starcoder2: "Starcoder2ForCausalLM",
  stablelm: "StableLmForCausalLM",
  deepseek2: "DeepseekV2ForCausalLM",
  "gpt-oss": "GptOssForCausalLM",
  command_r: "CohereForCausalLM",
  "command-r": "CohereForCausalLM",
};

/** The metadata of a GGUF file in the words of a `config.json`, as far as both say the same. */
export function ggufConfig({ metadata, tensors }: GgufHeader): ModelConfig {
  const name = metadata.get("general.architecture");
  const arch = typeof name === "string" ? name : "";
  const number = (key: string): number | undefined => {
    const value = metadata.get(`${arch}.${key}`);
    const first = Array.isArray(value)
      ? Math.max(...value.filter((item) => typeof item === "number"))
      : value;
    return typeof first === "number" && Number.isFinite(first) && first >= 0 ? first : undefined;
  };
  const heads = number("attention.head_count");
  // One that has no class here is told by its own name, which vLLM's registry has not: nothing is decided on it.
  const architecture = Object.hasOwn(ARCHITECTURES, arch) ? ARCHITECTURES[arch] : arch || undefined;
  const config: Record<keyof ModelConfig, unknown> | ModelConfig = {
    model_type: arch,
    architectures: architecture === undefined ? undefined : [architecture],
    hidden_size: number("embedding_length"),
    intermediate_size: number("feed_forward_length"),
    num_hidden_layers: number("block_count"),
    num_attention_heads: heads,
    num_key_value_heads: number("attention.head_count_kv") ?? heads,
    head_dim: number("attention.key_length"),
    vocab_size: number("vocab_size") ?? vocabularyOf(metadata),
    max_position_embeddings: number("context_length"),
    sliding_window: number("attention.sliding_window"),
    num_local_experts: number("expert_count") || undefined,
    num_experts_per_tok: number("expert_used_count") || undefined,
    moe_intermediate_size: number("expert_feed_forward_length"),
    kv_lora_rank: number("attention.kv_lora_rank"),
    q_lora_rank: number("attention.q_lora_rank"),
    tie_word_embeddings: !tensors.some((tensor) => tensor.name === "output.weight"),
  };
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

function vocabularyOf(metadata: GgufHeader["metadata"]): number | undefined {
  const tokens = metadata.get("tokenizer.ggml.tokens");
  if (Array.isArray(tokens)) return tokens.length;
  return typeof tokens === "object" ? tokens.count : undefined;
}
