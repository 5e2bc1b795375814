import { type Fields, fields, numberOf } from "../../base/lenient-json.ts";
import type { ModelConfig } from "../model/model-config.ts";
import type { Cache } from "./cache.ts";
import { linearState, mamba1State, mamba2State, shortConvolution } from "./states.ts";

/** What is needed of a model to say what its layers cache. */
export interface CacheBase {
  text: ModelConfig;
  layers: number;
  hidden: number;
  heads: number;
  headSize: number;
  kvHeads: number;
}

type Attention = Extract<Cache, { kind: "full" | "chunked" }>;

const full = ({ kvHeads, headSize }: CacheBase): Attention => ({
  kind: "full",
  kvHeads,
  keySize: headSize,
  valueSize: headSize,
});

const sliding = (base: CacheBase, window: number | null | undefined): Cache =>
  window === null || window === undefined ? full(base) : { ...full(base), kind: "sliding", window };

/**
 * What every layer caches, in no order; layers that cache nothing are left out. Undefined when the config speaks of a
 * kind of layer that is not known here: then no size may be told.
 */
export function layerCaches(base: CacheBase): Cache[] | undefined {
  const { text, layers } = base;
  if (isUnknown(text)) return undefined;
  const kept = layers - (text.num_kv_shared_layers ?? 0);
  const types = text.layer_types ?? text.layers_block_type ?? [];
  if (types.length > 0) return typedLayers(base, types.slice(0, kept));
  if (text.block_configs !== undefined) return searchedLayers(base);
  if (text.attn_type_list !== undefined) return lightningLayers(base);
  if (text.hybrid_override_pattern !== undefined) return patternLayers(base, text.hybrid_override_pattern);
  if (text.kv_lora_rank !== undefined && text.kv_lora_rank !== null) return latentLayers(base);
  const recurrent = recurrentLayers(base);
  if (recurrent !== undefined) return recurrent;
  if (text.max_source_positions !== undefined) return encoderDecoder(base);
  return Array.from({ length: kept }, (_, i) => attentionLayer(base, i));
}

/** Models whose layers cache in ways that are not worked out here. */
const UNKNOWN_TYPES = /^(zamba2?|plamo[23]|kimi_linear|mimo_v2\w*|phi4flash|recurrent_gemma|longcat_flash)$/;

const isUnknown = (text: ModelConfig): boolean =>
  UNKNOWN_TYPES.test(text.model_type ?? "") ||
  text.linear_attn_config !== undefined ||
  text.hybrid_layer_pattern !== undefined ||
  text.mamba_step !== undefined;

/** DeciLM: layers without attention cache nothing, the others have KV heads of their own (vllm, nemotron_nas.py). */
function searchedLayers(base: CacheBase): Cache[] | undefined {
  const { text, layers, heads } = base;
  const blocks = text.block_configs ?? [];
  if (blocks.length !== layers) return undefined;
  return blocks.flatMap((block) => {
    const attention = fields(block["attention"]);
    if (attention["no_op"] === true || attention["replace_with_linear"] === true) return [];
    return [full({ ...base, kvHeads: searchedHeads(attention, heads) ?? base.kvHeads })];
  });
}

/** KV heads of a layer that has so many query heads to a group. */
export const searchedHeads = (attention: Fields, heads: number): number | undefined => {
  const group = numberOf(attention["n_heads_in_group"]);
  return group === undefined ? undefined : Math.max(1, Math.floor(heads / group));
};

/** MiniMax: a state of head size × head size for each head (mamba_utils.py, linear_attention_state_shape). */
function lightningLayers(base: CacheBase): Cache[] | undefined {
  const { text, layers, heads, headSize } = base;
  const kinds = text.attn_type_list ?? [];
  if (kinds.length !== layers || kinds.some((kind) => kind > 1)) return undefined;
  const state: Cache = { kind: "state", conv: 0, ssm: heads * headSize * headSize, ssmBytes: undefined };
  return kinds.map((kind) => (kind === 1 ? full(base) : state));
}

function attentionLayer(base: CacheBase, i: number): Cache {
  const { text } = base;
  const type = text.model_type ?? "";
  const window = text.sliding_window;
  if (text.attention_chunk_size !== undefined && text.attention_chunk_size !== null)
    return text.no_rope_layers?.[i] === 0 ? full(base) : { ...full(base), kind: "chunked" };
  if (type === "gemma2") return i % 2 === 0 ? sliding(base, window) : full(base);
  const pattern = text.sliding_window_pattern;
  if (pattern !== undefined) return (i + 1) % pattern === 0 ? full(base) : sliding(base, window);
  if (text.use_sliding_window === false) return full(base);
  if (text.max_window_layers !== undefined && text.use_sliding_window === true)
    return i < text.max_window_layers ? full(base) : sliding(base, window);
  if (/^qwen[23]/.test(type)) return full(base);
  return sliding(base, window);
}

function typedLayers(base: CacheBase, types: readonly string[]): Cache[] | undefined {
  const caches: Cache[] = [];
  for (const type of types) {
    const cache = typedLayer(base, type);
    if (cache === undefined) return undefined;
    if (cache !== "nothing") caches.push(cache);
  }
  return caches;
}

function typedLayer(base: CacheBase, type: string): Cache | "nothing" | undefined {
  const { text } = base;
  if (type === "full_attention") return globalLayer(base);
  if (type === "attention") return full(base);
  if (type === "sliding_attention") return sliding(base, text.sliding_window);
  if (type === "chunked_attention") return { ...full(base), kind: "chunked" };
  if (type === "linear_attention") return linearState(text);
  if (type === "mamba" || type === "mamba2")
    return mamba2State(text, base.hidden) ?? (type === "mamba" ? mamba1State(text, base.hidden) : undefined);
  if (type === "conv") return shortConvolution(text, base.hidden);
  return ["moe", "mlp"].includes(type) ? "nothing" : undefined;
}

function globalLayer(base: CacheBase): Cache {
  const { text } = base;
  const kvHeads = text.num_global_key_value_heads ?? base.kvHeads;
  return full({ ...base, kvHeads, headSize: text.global_head_dim ?? base.headSize });
}

function patternLayers(base: CacheBase, pattern: string): Cache[] | undefined {
  const caches: Cache[] = [];
  for (const letter of pattern) {
    if (!"M*-E".includes(letter)) return undefined;
    const state = letter === "M" ? mamba2State(base.text, base.hidden) : undefined;
    if (letter === "M" && state === undefined) return undefined;
    if (state !== undefined) caches.push(state);
    if (letter === "*") caches.push(full(base));
  }
  return caches;
}

function latentLayers({ text, layers }: CacheBase): Cache[] {
  const size = (text.kv_lora_rank ?? 0) + (text.qk_rope_head_dim ?? 64);
  const indexer = text.index_head_dim === undefined ? 0 : text.index_head_dim + 4;
  return Array.from({ length: layers }, () => ({ kind: "latent", size, indexer }));
}

/** Models with recurrent layers whose configs name them otherwise than by `layer_types`. */
function recurrentLayers(base: CacheBase): Cache[] | undefined {
  const { text, layers, hidden } = base;
  const type = text.model_type ?? "";
  const mixed = (state: Cache | undefined, attends: (i: number) => boolean): Cache[] | undefined =>
    state === undefined
      ? undefined
      : Array.from({ length: layers }, (_, i) => (attends(i) ? full(base) : state));
  if (type === "mamba" || type === "falcon_mamba") return mixed(mamba1State(text, hidden), () => false);
  if (type === "mamba2") return mixed(mamba2State(text, hidden), () => false);
  if (type === "falcon_h1") {
    const states = mixed(mamba2State(text, hidden), () => false);
    return states && [...states, ...Array.from({ length: layers }, () => full(base))];
  }
  const indices = text.attn_layer_indices;
  if (indices !== undefined) return mixed(mamba2State(text, hidden), (i) => indices.includes(i));
  const { attn_layer_period: period, attn_layer_offset: offset = 0 } = text;
  if (period !== undefined) return mixed(mamba1State(text, hidden), (i) => i % period === offset);
  const interval = text.full_attention_interval;
  if (interval !== undefined) return mixed(linearState(text), (i) => (i + 1) % interval === 0);
  return undefined;
}

function encoderDecoder(base: CacheBase): Cache[] {
  const own = full(base);
  const tokens = base.text.max_source_positions ?? 0;
  return Array.from({ length: base.layers }, (): Cache[] => [own, { ...own, kind: "cross", tokens }]).flat();
}
