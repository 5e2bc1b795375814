import type { QuantizationFacts } from "../quantization/types.ts";
import { textConfig } from "../requirements/text-config.ts";
import type { TensorInfo } from "../safetensors/header.ts";
import { type Linear, linearsOf, placeOf } from "./linears.ts";
import type { ModelConfig } from "./model-config.ts";
import { storageContradictions } from "./storage.ts";

const MOST_TOLD = 8;

/**
 * What the tensors of a whole checkpoint say against its config: one that lies would make every estimate wrong. Only what
 * is certain is told.
 */
export function contradictions(
  config: ModelConfig,
  quantization: QuantizationFacts | undefined,
  tensors: readonly TensorInfo[],
): string[] {
  const text = textConfig(config);
  const linears = linearsOf(tensors, quantization);
  const found = [
    ...ROWS.flatMap((row) => checkRow(row, text, linears)),
    ...checkLayers(text, tensors),
    ...checkExperts(text, tensors),
    ...storageContradictions(quantization, tensors),
  ];
  return [...new Set(found)].slice(0, MOST_TOLD);
}

/** A size that the config tells, and the linear layers that have it. */
interface Row {
  /** As the config calls it, or what it comes from. */
  name: string;
  part: RegExp;
  side: "in" | "out";
  size: (text: ModelConfig) => number | undefined;
  /** Sizes that are as good, though larger. */
  allows?: (claimed: number, found: number) => boolean;
}

/** Vocabularies are padded: to a multiple of 64 up to 512, and by a few words that were added. */
const padded = (claimed: number, found: number): boolean => found > claimed && found - claimed <= 1_024;

const moeSize = (text: ModelConfig): number | undefined =>
  text.moe_intermediate_size ??
  (["mixtral", "phimoe"].includes(text.model_type ?? "") ? text.intermediate_size : undefined);

const ROWS: readonly Row[] = [
  { name: "hidden_size", part: /^(embed_tokens|lm_head)$/, side: "in", size: (text) => text.hidden_size },
  {
    name: "hidden_size",
    part: /^mlp\.(gate|up|gate_up)_proj$/,
    side: "in",
    size: (text) => text.hidden_size,
  },
  { name: "hidden_size", part: /^mlp\.down_proj$/, side: "out", size: (text) => text.hidden_size },
  {
    ...{ name: "vocab_size", part: /^(embed_tokens|lm_head)$/, side: "out", allows: padded },
    size: (text) => text.vocab_size,
  },
  {
    ...{ name: "intermediate_size", part: /^mlp\.(gate|up)_proj$/, side: "out" },
    size: (text) => text.intermediate_size,
  },
  {
    ...{ name: "2 × intermediate_size", part: /^mlp\.gate_up_proj$/, side: "out" },
    size: (text) => text.intermediate_size && 2 * text.intermediate_size,
  },
  {
    ...{ name: "intermediate_size", part: /^mlp\.down_proj$/, side: "in" },
    size: (text) => text.intermediate_size,
  },
  {
    ...{ name: "the experts' intermediate size", side: "out" },
    part: /^(mlp|block_sparse_moe)\.experts\.\d+\.(gate_proj|up_proj|w1|w3)$/,
    size: moeSize,
  },
  {
    ...{ name: "the experts' intermediate size", side: "in" },
    part: /^(mlp|block_sparse_moe)\.experts\.\d+\.(down_proj|w2)$/,
    size: moeSize,
  },
  {
    ...{ name: "num_key_value_heads × head_dim", part: /^self_attn\.[kv]_proj$/, side: "out" },
    size: (text) => perHead(text, text.num_key_value_heads),
  },
  {
    ...{ name: "num_attention_heads × head_dim", part: /^self_attn\.q_proj$/, side: "out" },
    size: (text) => (isEven(text) ? perHead(text, text.num_attention_heads) : undefined),
  },
];

/** Where layers differ from each other, as they do in some families, nothing is said. */
function checkRow(
  { name, part, side, size, allows }: Row,
  text: ModelConfig,
  linears: readonly Linear[],
): string[] {
  const claimed = size(text);
  const own = linears.filter((linear) => part.test(linear.part));
  const sizes = new Set(own.map((linear) => linear[side]));
  const [found] = sizes;
  if (claimed === undefined || claimed === 0 || found === undefined || sizes.size > 1) return [];
  if (found === claimed || allows?.(claimed, found)) return [];
  const { tensor } = own[0]!;
  const stored = `${tensor.shape.join(" × ")} of ${tensor.dtype}`;
  return [`config.json says ${name} ${claimed}, ${tensor.name} (${stored}) has ${found}`];
}

/** Families whose heads share the hidden size evenly when head_dim is not written; others have rules of their own. */
const EVEN_HEADS = ["llama", "mistral", "mixtral", "qwen2", "qwen2_moe", "granite", "phi3"];
const isEven = ({ model_type: type = "" }: ModelConfig): boolean => EVEN_HEADS.includes(type);

function perHead(text: ModelConfig, heads: number | undefined): number | undefined {
  const { num_attention_heads: all, hidden_size: hidden } = text;
  if (text.global_head_dim !== undefined || text.kv_lora_rank != null || !heads) return undefined;
  const even = all !== undefined && hidden !== undefined && isEven(text) ? hidden / all : undefined;
  const size = text.head_dim ?? even;
  return size === undefined ? undefined : heads * size;
}

/** Tensors of layers for multi-token prediction, which stand behind the others and are not counted with them. */
const PREDICTION = /^(eh_proj|enorm|hnorm|shared_head|embed_tokens|mtp)\b/;

function checkLayers(text: ModelConfig, tensors: readonly TensorInfo[]): string[] {
  const claimed = text.num_hidden_layers;
  if (claimed === undefined) return [];
  const predicting = new Set<number>();
  let last = -1;
  for (const { name } of tensors) {
    const place = placeOf(name);
    if (place === undefined) continue;
    last = Math.max(last, place.layer);
    if (PREDICTION.test(place.rest)) predicting.add(place.layer);
  }
  const found = last + 1 - predicting.size;
  const extra = text.num_nextn_predict_layers ?? 0;
  if (last < 0 || found === claimed || (found > claimed && found <= claimed + extra)) return [];
  return [`config.json says num_hidden_layers ${claimed}, the tensors have ${found} layers`];
}

function checkExperts(text: ModelConfig, tensors: readonly TensorInfo[]): string[] {
  const claimed = text.num_local_experts ?? text.num_experts ?? text.n_routed_experts;
  let last = -1;
  for (const { name } of tensors) {
    const expert = /^(?:mlp|block_sparse_moe)\.experts\.(\d+)\./.exec(placeOf(name)?.rest ?? "")?.[1];
    if (expert !== undefined) last = Math.max(last, Number(expert));
  }
  if (claimed === undefined || claimed === 0 || last < 0 || last + 1 === claimed) return [];
  return [`config.json says ${claimed} experts, the tensors have ${last + 1}`];
}
