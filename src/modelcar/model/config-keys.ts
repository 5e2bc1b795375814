import { isObject } from "../../base/lenient-json.ts";
import type { ModelConfig, RopeScaling } from "./model-config.ts";

/** What a key of `config.json` holds. */
export interface Kind {
  /** In words, after "expected". */
  expected: string;
  holds(value: unknown): boolean;
  /** Whether null says something there; elsewhere it counts as absent. */
  nullable?: true;
  /** Of an object that is read key by key. */
  keys?: () => Keys;
}

export type Keys = Readonly<Record<string, Kind>>;

/** Sizes and counts: larger ones are lies. */
const count: Kind = {
  expected: "a whole number from 0 to 10^12",
  holds: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 1e12,
};

const between = (least: number, most: number, expected: string): Kind => ({
  expected,
  holds: (value) => typeof value === "number" && value >= least && value <= most,
});

/** A part of a head that rotary positions take. */
const share = between(0, 1, "a number from 0 to 1");
const factor = between(Number.MIN_VALUE, 1e6, "a number above 0, at most a million");
const flag: Kind = { expected: "true or false", holds: (value) => typeof value === "boolean" };

/** Names and patterns of layers; no model has longer ones, nor control characters in them. */
const text: Kind = {
  expected: "a text of at most 1,000 characters, none of them for control",
  holds: (value) => typeof value === "string" && /^[^\u0000-\u001f\u007f-\u009f]{0,1000}$/.test(value),
};

const listOf = ({ holds }: Kind, expected: string): Kind => ({
  expected,
  holds: (value) => Array.isArray(value) && value.every(holds),
});
const either = (one: Kind, other: Kind): Kind => ({
  expected: `${one.expected}, or ${other.expected}`,
  holds: (value) => one.holds(value) || other.holds(value),
});
const nullable = (kind: Kind): Kind => ({ ...kind, nullable: true });
const inKeys = (keys: () => Keys): Kind => ({ ...object, keys });

const orNull = nullable(count);
const texts = listOf(text, "a list of texts");
const counts = listOf(count, "a list of whole numbers from 0");
const object: Kind = { expected: "an object", holds: isObject };
const auto: Kind = { expected: '"auto"', holds: (value) => value === "auto" };

const rank = either(count, auto);

const rope = nullable(
  inKeys(
    () =>
      ({
        rope_type: text,
        type: text,
        factor,
        original_max_position_embeddings: count,
        partial_rotary_factor: share,
      }) satisfies Every<RopeScaling>,
  ),
);

/** All keys of a type, none left out. */
type Every<T> = { [Key in keyof Required<T>]: Kind };

/** A part that holds a config again. */
const part = inKeys(() => CONFIG_KEYS);

/** The keys of `config.json` that are read, with what they hold. */
export const CONFIG_KEYS: Keys = {
  architectures: texts,
  model_type: text,
  torch_dtype: text,
  dtype: text,
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count,
  head_dim: count,
  vocab_size: count,
  max_position_embeddings: count,
  tie_word_embeddings: flag,
  partial_rotary_factor: share,
  rotary_dim: orNull,
  rope_scaling: rope,
  rope_parameters: rope,

  sliding_window: orNull,
  use_sliding_window: flag,
  max_window_layers: count,
  sliding_window_pattern: count,
  layer_types: texts,
  attn_layer_indices: counts,
  attn_layer_period: count,
  attn_layer_offset: count,
  hybrid_override_pattern: text,
  full_attention_interval: count,
  attention_chunk_size: orNull,
  no_rope_layers: counts,
  num_kv_shared_layers: count,
  global_head_dim: count,
  num_global_key_value_heads: orNull,
  kv_lora_rank: orNull,
  q_lora_rank: orNull,
  qk_rope_head_dim: count,
  qk_nope_head_dim: count,
  v_head_dim: count,
  index_head_dim: count,
  num_nextn_predict_layers: count,
  layers_block_type: texts,
  attn_type_list: counts,
  block_configs: listOf(object, "a list of objects"),
  linear_attn_config: object,
  hybrid_layer_pattern: counts,
  mamba_step: count,
  num_local_experts: count,
  num_experts: count,
  n_routed_experts: count,
  num_experts_per_tok: count,
  n_shared_experts: orNull,
  moe_intermediate_size: count,
  shared_expert_intermediate_size: count,
  shared_intermediate_size: count,
  intermediate_size_mlp: count,
  first_k_dense_replace: count,
  moe_layer_freq: either(count, counts),
  moe_shared_expert_intermediate_size: count,
  expert_layer_period: count,
  expert_layer_offset: count,
  interleave_moe_layer_step: count,
  decoder_sparse_step: count,
  mlp_only_layers: counts,

  mamba_d_conv: count,
  mamba_d_state: count,
  mamba_expand: count,
  mamba_n_groups: count,
  mamba_n_heads: count,
  mamba_d_head: rank,
  mamba_num_heads: count,
  mamba_head_dim: count,
  conv_kernel: count,
  ssm_state_size: count,
  n_groups: count,
  state_size: count,
  linear_conv_kernel_dim: count,
  linear_key_head_dim: count,
  linear_num_key_heads: count,
  linear_num_value_heads: count,
  linear_value_head_dim: count,
  conv_L_cache: count,
  mamba_ssm_cache_dtype: text,
  mamba_ssm_dtype: text,
  /** Mamba writes "auto" for a sixteenth of the hidden size. */
  time_step_rank: rank,
  mamba_dt_rank: rank,

  n_layer: count,
  n_head: count,
  n_embd: count,
  n_positions: count,
  multi_query: flag,
  num_kv_heads: count,
  new_decoder_architecture: flag,
  d_model: count,
  encoder_layers: count,
  decoder_layers: count,
  decoder_attention_heads: count,
  max_source_positions: count,
  max_target_positions: count,
  quantization_config: object,
  compression_config: object,
  vision_config: object,
  audio_config: object,
  text_config: part,
  llm_config: part,
  language_config: part,
  thinker_config: part,
} satisfies Every<ModelConfig>;
