import { type Fields, fields, numberOf } from "../../base/lenient-json.ts";
import type { ModelConfig } from "../model/model-config.ts";
import type { ServingSettings } from "../settings/types.ts";
import { type Cache, cacheWidth } from "./cache.ts";
import { layerCaches, searchedHeads } from "./caches.ts";
import { modelLimit, textConfig } from "./text-config.ts";
import { computeBytes } from "./units.ts";

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

/** Bytes of an element of the type that the model computes in. */
export const modelBytes = ({ config }: ModelShape, { dtype }: Pick<ServingSettings, "dtype">): number =>
  computeBytes(dtype, config.torch_dtype ?? config.dtype);

/** Multi-head latent attention. */
export const isLatent = ({ caches }: ModelShape): boolean => caches.some(({ kind }) => kind === "latent");

/** Layers of a kind in a `hybrid_override_pattern`, which has a letter for each layer. */
export const lettersIn = (pattern: string, letter: string): number => pattern.split(letter).length - 1;

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
  const kvHeads = text.num_key_value_heads ?? text.num_kv_heads ?? otherKvHeads(text, heads);
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

/** Of searched models those of the layer that has fewest. */
function otherKvHeads(text: ModelConfig, heads: number): number {
  if (isMultiQuery(text)) return 1;
  const searched = (text.block_configs ?? []).map((block) =>
    searchedHeads(fields(block["attention"]), heads),
  );
  return Math.min(heads, ...searched.filter((one) => one !== undefined));
}

const isMultiQuery = (text: ModelConfig): boolean =>
  text.multi_query === true && text.new_decoder_architecture !== true;

function intermediateSize(text: ModelConfig, hidden: number): number {
  if (text.model_type === "granitemoehybrid" && !((text.num_local_experts ?? 0) > 0))
    return text.shared_intermediate_size ?? text.intermediate_size ?? 4 * hidden;
  const searched = (text.block_configs ?? []).map((block) => searchedWidth(fields(block["ffn"]), hidden));
  if (searched.length > 0) return Math.round(searched.reduce((a, b) => a + b) / searched.length);
  return text.intermediate_size_mlp ?? text.intermediate_size ?? 4 * hidden;
}

/** Width of a feed-forward layer of a searched model: two thirds of a multiple, rounded up to 256 (nemotron_nas.py). */
function searchedWidth(ffn: Fields, hidden: number): number {
  if (ffn["no_op"] === true) return 0;
  if (ffn["replace_with_linear"] === true) return Math.round(hidden / 3);
  return Math.ceil(Math.floor((2 * (numberOf(ffn["ffn_mult"]) ?? 4) * hidden) / 3) / 256) * 256;
}

function expertsOf(text: ModelConfig, layers: number): Experts | undefined {
  const count = text.n_routed_experts ?? text.num_local_experts ?? text.num_experts ?? 0;
  if (count < 2) return undefined;
  const intermediate = text.moe_intermediate_size ?? text.intermediate_size ?? 0;
  const shared =
    text.shared_expert_intermediate_size ??
    text.moe_shared_expert_intermediate_size ??
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
  const pattern = text.hybrid_override_pattern;
  if (pattern !== undefined) return lettersIn(pattern, "E");
  const { expert_layer_period: period, expert_layer_offset: offset = 0 } = text;
  if (period !== undefined && period > 0)
    return Array.from({ length: layers }, (_, i) => i).filter((i) => i % period === offset).length;
  const step = text.interleave_moe_layer_step ?? text.decoder_sparse_step ?? 1;
  const dense = text.first_k_dense_replace ?? text.mlp_only_layers?.length ?? 0;
  return Math.max(0, Math.floor((layers - dense) / Math.max(1, step)));
}
