import { contextLimit, languagePart } from "../model/context-limit.ts";
import type { ModelConfig } from "../model/model-config.ts";

/**
 * What transformers supposes when a published config leaves a key out; only for classes whose published configs do so
 * (huggingface/transformers, configuration_*.py).
 */
const CLASS_DEFAULTS: Readonly<Record<string, ModelConfig>> = {
  gemma3_text: {
    num_attention_heads: 8,
    num_key_value_heads: 4,
    head_dim: 256,
    vocab_size: 262208,
    max_position_embeddings: 131072,
    sliding_window: 4096,
    sliding_window_pattern: 6,
    tie_word_embeddings: true,
  },
  gemma2: { head_dim: 256, sliding_window: 4096, tie_word_embeddings: true },
  gemma: { head_dim: 256, tie_word_embeddings: true },
  cohere: { tie_word_embeddings: true },
  cohere2: { tie_word_embeddings: true, sliding_window_pattern: 4 },
  gpt2: { tie_word_embeddings: true },
  gpt_bigcode: { tie_word_embeddings: true },
  falcon: { tie_word_embeddings: true },
  bloom: { tie_word_embeddings: true },
  whisper: { tie_word_embeddings: true },
  opt: { tie_word_embeddings: true },
  mistral: { max_position_embeddings: 131072, vocab_size: 32000 },
};

/**
 * The language part of a config: `text_config` of a multimodal model (or the other names for it) over the outer keys,
 * with the defaults of its class.
 */
export function textConfig(config: ModelConfig): ModelConfig {
  const inner = languagePart(config);
  const merged = inner === config ? config : { ...outerOf(config), ...inner };
  return { ...CLASS_DEFAULTS[merged.model_type ?? ""], ...merged };
}

function outerOf({
  architectures,
  torch_dtype,
  dtype,
  tie_word_embeddings,
  quantization_config,
}: ModelConfig) {
  return {
    ...(architectures === undefined ? {} : { architectures }),
    ...(torch_dtype === undefined ? {} : { torch_dtype }),
    ...(dtype === undefined ? {} : { dtype }),
    ...(tie_word_embeddings === undefined ? {} : { tie_word_embeddings }),
    ...(quantization_config === undefined ? {} : { quantization_config }),
  };
}

/** The longest context that vLLM allows the model, tokens; also where the config leaves it to its class. */
export const modelLimit = (config: ModelConfig): number | undefined => contextLimit(textConfig(config));
