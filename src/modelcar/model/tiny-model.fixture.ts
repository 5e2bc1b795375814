import { makeSafetensors } from "../safetensors/safetensors.fixture.ts";
import type { ModelWorld } from "./types.ts";

/** A Llama of two layers whose config and tensors agree. */
export const TINY_CONFIG = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  torch_dtype: "bfloat16",
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 512,
  max_position_embeddings: 2048,
  tie_word_embeddings: false,
};

const layer = (at: number): Record<string, [string, ...number[]]> => ({
  [`model.layers.${at}.self_attn.q_proj.weight`]: ["BF16", 64, 64],
  [`model.layers.${at}.self_attn.k_proj.weight`]: ["BF16", 32, 64],
  [`model.layers.${at}.self_attn.v_proj.weight`]: ["BF16", 32, 64],
  [`model.layers.${at}.input_layernorm.weight`]: ["BF16", 64],
  [`model.layers.${at}.mlp.up_proj.weight`]: ["BF16", 128, 64],
});

const TINY_SHARDS: Readonly<Record<string, Record<string, [string, ...number[]]>>> = {
  "model-00001-of-00002.safetensors": { "model.embed_tokens.weight": ["BF16", 512, 64], ...layer(0) },
  "model-00002-of-00002.safetensors": { ...layer(1), "lm_head.weight": ["BF16", 512, 64] },
};

/** Bytes and parameters of the tiny model, by hand. */
export const TINY_PARAMETERS = 2 * 512 * 64 + 2 * (64 * 64 + 2 * 32 * 64 + 64 + 128 * 64);
export const TINY_BYTES = 2 * TINY_PARAMETERS;

/** Its files, below `models/` as in a model-car. */
export const tinyFiles = (config: object = TINY_CONFIG): { path: string; data: Uint8Array | string }[] => [
  { path: "models/config.json", data: JSON.stringify(config) },
  ...Object.entries(TINY_SHARDS).map(([name, tensors]) => ({
    path: `models/${name}`,
    data: makeSafetensors(tensors),
  })),
  { path: "models/tokenizer.json", data: "{}" },
  { path: "models/LICENSE", data: "Apache License\n Version 2.0, January 2004" },
];

/** A world with the real fetch, in which waiting takes no time and is written down. */
export function testWorld(more: Partial<ModelWorld> = {}): ModelWorld & { waits: number[] } {
  const waits: number[] = [];
  return {
    waits,
    env: {},
    cwd: "/nowhere",
    fetch,
    now: Date.now,
    wait: async (ms) => {
      waits.push(ms);
    },
    stateFolder: undefined,
    ...more,
  };
}
