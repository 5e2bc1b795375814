import type { ModelConfig } from "../types.ts";
import { layerCaches } from "./caches.ts";
import { modelLimit, textConfig } from "./text-config.ts";

/** What one layer keeps of the tokens that it has seen. */
export type Cache =
  | { kind: "full" | "chunked"; kvHeads: number; keySize: number; valueSize: number }
  | { kind: "sliding"; window: number; kvHeads: number; keySize: number; valueSize: number }
  /** Multi-head latent attention: one latent for all heads. `indexer`: bytes a token of sparse attention's index. */
  | { kind: "latent"; size: number; indexer: number }
  /** Mamba, linear attention, short convolution: a state a sequence, elements; `ssmBytes` an element of it. */
  | { kind: "state"; conv: number; ssm: number; ssmBytes: number | undefined }
  | { kind: "cross"; tokens: number; kvHeads: number; keySize: number; valueSize: number };

export interface Experts {
  count: number;
  perToken: number;
  intermediate: number;
  /** Layers with experts. */
  layers: number;
  /** Width of the experts that every token passes; 0: none. */
  shared: number;
}

/** The numbers of an architecture that memory and divisibility follow from. */
export interface ModelShape {
  modelType: string;
  layers: number;
  hidden: number;
  heads: number;
  kvHeads: number;
  headSize: number;
  vocabulary: number;
  /** Width of the dense feed-forward layers. */
  intermediate: number;
  /** Gated feed-forward: three matrices instead of two. */
  gated: boolean;
  experts: Experts | undefined;
  caches: Cache[];
  tied: boolean;
  /** Whether inputs other than text are encoded first. */
  multimodal: boolean;
  /** Only encodes (embeddings, classification): no cache, no sampling. */
  encoderOnly: boolean;
  contextLimit: number | undefined;
  config: ModelConfig;
}

/** Feed-forward layers of two matrices. */
const PLAIN_MLP = new Set(
  "gpt2 gpt_bigcode falcon phi starcoder2 gpt_neox gptj opt bloom mpt nemotron nemotron_h bert roberta xlm-roberta whisper".split(
    " ",
  ),
);

const ENCODERS = new Set("bert roberta xlm-roberta modernbert nomic_bert new".split(" "));

/** The shape of a model, or undefined when its config lacks what any decoder's config has. */
export function modelShape(config: ModelConfig): ModelShape | undefined {
  const text = textConfig(config);
  const layers = text.num_hidden_layers ?? text.n_layer ?? text.decoder_layers;
  const hidden = text.hidden_size ?? text.n_embd ?? text.d_model;
  const vocabulary = text.vocab_size;
  if (layers === undefined || hidden === undefined || vocabulary === undefined) return undefined;
  const heads = text.num_attention_heads ?? text.n_head ?? text.decoder_attention_heads ?? 0;
  const headSize = text.head_dim ?? (heads > 0 ? Math.floor(hidden / heads) : 0);
  const modelType = text.model_type ?? "";
  const encoderOnly = ENCODERS.has(modelType);
  const kvHeads = text.num_key_value_heads ?? text.num_kv_heads ?? (isMultiQuery(text) ? 1 : heads);
  const base = { text, layers, hidden, heads, headSize, kvHeads };
  const caches = encoderOnly ? [] : layerCaches(base);
  if (caches === undefined || Math.min(layers, hidden, vocabulary) < 1) return undefined;
  if (caches.some((cache) => cacheWidth(cache) < 1)) return undefined;
  return {
    modelType,
    layers,
    hidden,
    heads,
    kvHeads,
    headSize,
    vocabulary,
    intermediate: intermediateSize(text, hidden),
    gated: !PLAIN_MLP.has(modelType),
    experts: expertsOf(text, layers),
    caches,
    tied: text.tie_word_embeddings ?? false,
    multimodal: config.vision_config !== undefined || config.audio_config !== undefined,
    encoderOnly,
    contextLimit: modelLimit(config),
    config: text,
  };
}

/** Values that a cache holds; a config that leaves one without any does not tell the truth. */
function cacheWidth(cache: Cache): number {
  if (cache.kind === "latent") return cache.size;
  if (cache.kind === "state") return cache.conv + cache.ssm;
  return Math.min(cache.kvHeads, cache.keySize + cache.valueSize);
}

const isMultiQuery = (text: ModelConfig): boolean =>
  text.multi_query === true && text.new_decoder_architecture !== true;

function intermediateSize(text: ModelConfig, hidden: number): number {
  if (text.model_type === "granitemoehybrid" && !((text.num_local_experts ?? 0) > 0))
    return text.shared_intermediate_size ?? text.intermediate_size ?? 4 * hidden;
  return text.intermediate_size_mlp ?? text.intermediate_size ?? 4 * hidden;
}

function expertsOf(text: ModelConfig, layers: number): Experts | undefined {
  const count = text.n_routed_experts ?? text.num_local_experts ?? text.num_experts ?? 0;
  if (count < 2) return undefined;
  const intermediate = text.moe_intermediate_size ?? text.intermediate_size ?? 0;
  const shared =
    text.shared_expert_intermediate_size ??
    text.shared_intermediate_size ??
    (text.model_type?.startsWith("llama4") ? intermediate : (text.n_shared_experts ?? 0) * intermediate);
  return {
    count,
    perToken: text.num_experts_per_tok ?? 2,
    intermediate,
    layers: expertLayers(text, layers),
    shared,
  };
}

function expertLayers(text: ModelConfig, layers: number): number {
  const step = text.interleave_moe_layer_step ?? text.decoder_sparse_step ?? 1;
  const dense = text.first_k_dense_replace ?? text.mlp_only_layers?.length ?? 0;
  return Math.max(0, Math.floor((layers - dense) / Math.max(1, step)));
}
