import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { safetensorsHeader } from "../safetensors/safetensors.fixture.ts";

/** Llama 3.1 8B, as its config says. */
export const LLAMA_8B = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  torch_dtype: "bfloat16",
  hidden_size: 4096,
  intermediate_size: 14336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  vocab_size: 128256,
  max_position_embeddings: 131072,
  tie_word_embeddings: false,
};

/** Llama 3.1 70B. */
export const LLAMA_70B = {
  ...LLAMA_8B,
  hidden_size: 8192,
  intermediate_size: 28672,
  num_hidden_layers: 80,
  num_attention_heads: 64,
};

/** A folder with a Llama's config and its weights: every header true, the data a hole that takes no disk. */
export function llamaFolder(folder: string, config: typeof LLAMA_8B = LLAMA_8B): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const { header, size } = safetensorsHeader(tensorsOf(config));
  writeFileSync(join(folder, "model.safetensors"), header);
  truncateSync(join(folder, "model.safetensors"), size);
  return folder;
}

type Tensors = Record<string, readonly [string, ...number[]]>;

function tensorsOf(config: typeof LLAMA_8B): Tensors {
  const { hidden_size: hidden, vocab_size: vocabulary } = config;
  const layers = Array.from({ length: config.num_hidden_layers }, (_, at) => layerOf(at, config));
  return {
    "model.embed_tokens.weight": ["BF16", vocabulary, hidden],
    ...Object.assign({}, ...layers),
    "model.norm.weight": ["BF16", hidden],
    "lm_head.weight": ["BF16", vocabulary, hidden],
  };
}

function layerOf(at: number, config: typeof LLAMA_8B): Tensors {
  const { hidden_size: hidden, intermediate_size: inner, num_attention_heads: heads } = config;
  const narrow = (hidden / heads) * config.num_key_value_heads;
  const name = (part: string): string => `model.layers.${at}.${part}.weight`;
  return {
    [name("self_attn.q_proj")]: ["BF16", hidden, hidden],
    [name("self_attn.k_proj")]: ["BF16", narrow, hidden],
    [name("self_attn.v_proj")]: ["BF16", narrow, hidden],
    [name("self_attn.o_proj")]: ["BF16", hidden, hidden],
    [name("mlp.gate_proj")]: ["BF16", inner, hidden],
    [name("mlp.up_proj")]: ["BF16", inner, hidden],
    [name("mlp.down_proj")]: ["BF16", hidden, inner],
    [name("input_layernorm")]: ["BF16", hidden],
    [name("post_attention_layernorm")]: ["BF16", hidden],
  };
}
