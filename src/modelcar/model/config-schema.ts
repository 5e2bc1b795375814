import * as z from "../../base/zod.ts";
import type { ModelConfig, RopeScaling } from "./model-config.ts";

/** Sizes and counts: larger ones are lies. */
const size = z.number().check(z.gte(0), z.lte(1e12), z.int());
const count = z.optional(size);
const flag = z.optional(z.boolean());
/** A part of a head that rotary positions take. */
const share = z.optional(z.number().check(z.gte(0), z.lte(1)));
/** Names and patterns of layers; no model has longer ones, nor control characters in them. */
const word = z.string().check(z.maxLength(1_000), z.regex(/^[^\u0000-\u001f\u007f-\u009f]*$/));
const text = z.optional(word);
const orNull = z.optional(z.nullable(size));
const texts = z.optional(z.array(word));
const counts = z.optional(z.array(size));
const object = z.optional(z.record(z.string(), z.unknown()));

const rope = z.object({
  rope_type: text,
  type: text,
  factor: z.optional(z.number().check(z.gt(0), z.lte(1e6))),
  original_max_position_embeddings: count,
  partial_rotary_factor: share,
} satisfies Every<RopeScaling>);

const basics = {
  ...{ architectures: texts, model_type: text, torch_dtype: text, dtype: text },
  ...{ hidden_size: count, intermediate_size: count, num_hidden_layers: count, num_attention_heads: count },
  ...{ num_key_value_heads: count, head_dim: count, vocab_size: count, max_position_embeddings: count },
  ...{ tie_word_embeddings: flag, partial_rotary_factor: share, rotary_dim: orNull },
  rope_scaling: z.optional(z.nullable(rope)),
  rope_parameters: z.optional(z.nullable(rope)),
};

const attention = {
  ...{
    sliding_window: orNull,
    use_sliding_window: flag,
    max_window_layers: count,
    sliding_window_pattern: count,
  },
  ...{ layer_types: texts, attn_layer_indices: counts, attn_layer_period: count, attn_layer_offset: count },
  ...{ hybrid_override_pattern: text, full_attention_interval: count, attention_chunk_size: orNull },
  ...{ no_rope_layers: counts, num_kv_shared_layers: count, global_head_dim: count },
  ...{ num_global_key_value_heads: orNull, kv_lora_rank: orNull, q_lora_rank: orNull },
  ...{ qk_rope_head_dim: count, qk_nope_head_dim: count, v_head_dim: count, index_head_dim: count },
  ...{ num_nextn_predict_layers: count, layers_block_type: texts, attn_type_list: counts },
  ...{ block_configs: z.optional(z.array(z.record(z.string(), z.unknown()))), linear_attn_config: object },
  ...{ hybrid_layer_pattern: counts, mamba_step: count },
};

const experts = {
  ...{ num_local_experts: count, num_experts: count, n_routed_experts: count, num_experts_per_tok: count },
  ...{ n_shared_experts: orNull, moe_intermediate_size: count, shared_expert_intermediate_size: count },
  ...{ shared_intermediate_size: count, intermediate_size_mlp: count, first_k_dense_replace: count },
  moe_layer_freq: z.optional(z.union([size, z.array(size)])),
  ...{ moe_shared_expert_intermediate_size: count, expert_layer_period: count, expert_layer_offset: count },
  ...{ interleave_moe_layer_step: count, decoder_sparse_step: count, mlp_only_layers: counts },
};

const rank = z.optional(z.union([size, z.literal("auto")]));

const recurrent = {
  ...{
    mamba_d_conv: count,
    mamba_d_state: count,
    mamba_expand: count,
    mamba_n_groups: count,
    mamba_n_heads: count,
  },
  mamba_d_head: z.optional(z.union([size, z.literal("auto")])),
  ...{
    mamba_num_heads: count,
    mamba_head_dim: count,
    conv_kernel: count,
    ssm_state_size: count,
    n_groups: count,
  },
  ...{
    state_size: count,
    linear_conv_kernel_dim: count,
    linear_key_head_dim: count,
    linear_num_key_heads: count,
  },
  ...{ linear_num_value_heads: count, linear_value_head_dim: count, conv_L_cache: count },
  ...{ mamba_ssm_cache_dtype: text, mamba_ssm_dtype: text },
  /** Mamba writes "auto" for a sixteenth of the hidden size. */
  ...{ time_step_rank: rank, mamba_dt_rank: rank },
};

const otherNames = {
  ...{
    n_layer: count,
    n_head: count,
    n_embd: count,
    n_positions: count,
    multi_query: flag,
    num_kv_heads: count,
  },
  ...{ new_decoder_architecture: flag, d_model: count, encoder_layers: count, decoder_layers: count },
  ...{ decoder_attention_heads: count, max_source_positions: count, max_target_positions: count },
};

/** All keys of a type, none left out. */
type Every<T> = { [Key in keyof Required<T>]: unknown };

/** Parts that hold a config again. */
type Part = "text_config" | "llm_config" | "language_config" | "thinker_config";

const keys = {
  ...basics,
  ...attention,
  ...experts,
  ...recurrent,
  ...otherNames,
  ...{ quantization_config: object, compression_config: object, vision_config: object, audio_config: object },
} satisfies Every<Omit<ModelConfig, Part>>;

const inner = z.object(keys);

const part = z.optional(inner);

/** The keys of `config.json` that are read (`ModelConfig`), with their types. */
export const configSchema = z.extend(inner, {
  ...{ text_config: part, llm_config: part, language_config: part },
  thinker_config: z.optional(z.extend(inner, { text_config: part })),
});
