/**
 * The keys of a `config.json` (Hugging Face transformers) that tell memory and compatibility, spelled as there. A key
 * whose value has the wrong type is left out by the reader and told as a problem.
 */
export interface ModelConfig {
  architectures?: string[];
  model_type?: string;
  torch_dtype?: string;
  /** The newer name of `torch_dtype`. */
  dtype?: string;
  hidden_size?: number;
  intermediate_size?: number;
  num_hidden_layers?: number;
  num_attention_heads?: number;
  num_key_value_heads?: number;
  head_dim?: number;
  vocab_size?: number;
  max_position_embeddings?: number;
  tie_word_embeddings?: boolean;
  rope_scaling?: RopeScaling | null;
  /** The part of each head that is rotated, as a share or in values. */
  partial_rotary_factor?: number;
  rotary_dim?: number | null;
  /** The newer place of `rope_scaling`. */
  rope_parameters?: RopeScaling | null;

  sliding_window?: number | null;
  use_sliding_window?: boolean;
  max_window_layers?: number;
  /** One layer in this many is global (Gemma 3). */
  sliding_window_pattern?: number;
  /** `full_attention`, `sliding_attention`, `chunked_attention`, `linear_attention`, `mamba`, `attention` … a layer. */
  layer_types?: string[];
  /** Granite 4, Bamba: which layers attend. */
  attn_layer_indices?: number[];
  /** Jamba: one layer in `period`, from `offset`, attends. */
  attn_layer_period?: number;
  attn_layer_offset?: number;
  /** Nemotron-H: `M` Mamba, `*` attention, `-` MLP, `E` experts, a character a layer. */
  hybrid_override_pattern?: string;
  /** Another name of `layer_types` (Zamba 2, Jamba). */
  layers_block_type?: string[];
  /** MiniMax: 0 for lightning attention, 1 for attention in full. */
  attn_type_list?: number[];
  /** DeciLM (Nemotron-Super): what each layer's search left of it. */
  block_configs?: Record<string, unknown>[];
  /** Kimi Linear, MiMo V2, Plamo 2: layers of several kinds that are not worked out here. */
  linear_attn_config?: Record<string, unknown>;
  hybrid_layer_pattern?: number[];
  mamba_step?: number;
  /** Qwen3-Next: one layer in this many attends in full. */
  full_attention_interval?: number;
  /** Llama 4. */
  attention_chunk_size?: number | null;
  no_rope_layers?: number[];
  /** Gemma 3n, Phi-4-flash: the last layers reuse the cache of others. */
  num_kv_shared_layers?: number;
  /** Gemma 4: attention of global layers has its own head size and count. */
  global_head_dim?: number;
  num_global_key_value_heads?: number | null;

  /** Multi-head latent attention (DeepSeek). */
  kv_lora_rank?: number | null;
  q_lora_rank?: number | null;
  qk_rope_head_dim?: number;
  qk_nope_head_dim?: number;
  v_head_dim?: number;
  /** Sparse attention's indexer (DeepSeek 3.2). */
  index_head_dim?: number;
  /** Layers for multi-token prediction; loaded only for speculative decoding. */
  num_nextn_predict_layers?: number;

  num_local_experts?: number;
  num_experts?: number;
  n_routed_experts?: number;
  num_experts_per_tok?: number;
  n_shared_experts?: number | null;
  moe_intermediate_size?: number;
  shared_expert_intermediate_size?: number;
  moe_shared_expert_intermediate_size?: number;
  shared_intermediate_size?: number;
  /** Jamba: one layer in `period`, from `offset`, has experts. */
  expert_layer_period?: number;
  expert_layer_offset?: number;
  intermediate_size_mlp?: number;
  first_k_dense_replace?: number;
  moe_layer_freq?: number | number[];
  interleave_moe_layer_step?: number;
  decoder_sparse_step?: number;
  mlp_only_layers?: number[];

  mamba_d_conv?: number;
  mamba_d_head?: number | "auto";
  mamba_d_state?: number;
  mamba_expand?: number;
  mamba_n_groups?: number;
  mamba_n_heads?: number;
  /** Nemotron-H and Mamba 2 name them so. */
  mamba_num_heads?: number;
  mamba_head_dim?: number;
  conv_kernel?: number;
  ssm_state_size?: number;
  n_groups?: number;
  /** Type of the recurrent state when it is not the model's. */
  mamba_ssm_cache_dtype?: string;
  mamba_ssm_dtype?: string;
  /** Mamba (1), Falcon-Mamba. */
  state_size?: number;
  time_step_rank?: number | "auto";
  mamba_dt_rank?: number | "auto";
  /** LFM2: length of the short convolution. */
  conv_L_cache?: number;
  /** Qwen3-Next, Qwen3.5: gated delta net. */
  linear_conv_kernel_dim?: number;
  linear_key_head_dim?: number;
  linear_num_key_heads?: number;
  linear_num_value_heads?: number;
  linear_value_head_dim?: number;

  /** GPT-2, BLOOM, Falcon and MPT names. */
  n_layer?: number;
  n_head?: number;
  n_embd?: number;
  n_positions?: number;
  multi_query?: boolean;
  num_kv_heads?: number;
  new_decoder_architecture?: boolean;

  /** Encoder–decoder models (Whisper). */
  d_model?: number;
  encoder_layers?: number;
  decoder_layers?: number;
  decoder_attention_heads?: number;
  max_source_positions?: number;
  max_target_positions?: number;

  quantization_config?: Record<string, unknown>;
  compression_config?: Record<string, unknown>;
  text_config?: ModelConfig;
  /** Other names of the language part in multimodal configs. */
  llm_config?: ModelConfig;
  language_config?: ModelConfig;
  thinker_config?: ModelConfig;
  vision_config?: Record<string, unknown>;
  audio_config?: Record<string, unknown>;
}

export interface RopeScaling {
  rope_type?: string;
  /** The older name of `rope_type`. */
  type?: string;
  factor?: number;
  original_max_position_embeddings?: number;
  partial_rotary_factor?: number;
}
