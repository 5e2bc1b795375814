import { textConfig } from "../requirements/text-config.ts";
import type { TensorInfo } from "../safetensors/header.ts";
import type { ModelConfig } from "../types.ts";

/**
 * What the tensors' shapes say against the config: a config that lies would make every estimate wrong. Only what is
 * certain is told; packed tensors of quantized checkpoints are passed over.
 */
export function contradictions(config: ModelConfig, tensors: readonly TensorInfo[]): string[] {
  const text = textConfig(config);
  const found = [
    ...checkEmbedding(text, tensors),
    ...checkLayers(text, tensors),
    ...checkKeys(text, tensors),
  ];
  return [...new Set(found)].slice(0, 8);
}

const isPlain = ({ dtype, shape }: TensorInfo): boolean =>
  ["BF16", "F16", "F32", "F8_E4M3"].includes(dtype) && shape.length === 2;

function checkEmbedding(text: ModelConfig, tensors: readonly TensorInfo[]): string[] {
  const embedding = tensors.find(
    (tensor) =>
      /^(language_model\.)?(model\.)?(language_model\.)?embed_tokens\.weight$/.test(tensor.name) &&
      isPlain(tensor),
  );
  if (embedding === undefined) return [];
  const [rows, columns] = embedding.shape as [number, number];
  return [
    ...unlike(text.hidden_size, columns, "hidden_size", embedding),
    // Rows are often padded beyond the vocabulary; fewer cannot be.
    ...(text.vocab_size !== undefined && rows < text.vocab_size
      ? unlike(text.vocab_size, rows, "vocab_size", embedding)
      : []),
  ];
}

function checkLayers(text: ModelConfig, tensors: readonly TensorInfo[]): string[] {
  const claimed = text.num_hidden_layers;
  if (claimed === undefined) return [];
  let last = -1;
  for (const { name } of tensors) {
    const layer = /^(?:model\.)?(?:language_model\.)?(?:model\.)?layers\.(\d+)\./.exec(name)?.[1];
    if (layer !== undefined) last = Math.max(last, Number(layer));
  }
  // Layers for multi-token prediction stand behind the others.
  if (last < 0 || (last + 1 >= claimed && last + 1 <= claimed + 4)) return [];
  return [`config.json says num_hidden_layers ${claimed}, the tensors have ${last + 1} layers`];
}

/** Families whose heads share the hidden size evenly when head_dim is not written; others have rules of their own. */
const EVEN_HEADS = ["llama", "mistral", "mixtral", "qwen2", "qwen2_moe", "granite", "phi3"];

/** Keys and values: kv_heads × head_dim rows. */
function checkKeys(text: ModelConfig, tensors: readonly TensorInfo[]): string[] {
  const { num_attention_heads: heads, num_key_value_heads: kvHeads, hidden_size: hidden } = text;
  const isEven = heads !== undefined && hidden !== undefined && EVEN_HEADS.includes(text.model_type ?? "");
  const headSize = text.head_dim ?? (isEven ? hidden / heads : undefined);
  const varies = text.global_head_dim !== undefined || text.kv_lora_rank != null;
  if (headSize === undefined || kvHeads === undefined || varies) return [];
  return tensors
    .filter(
      (tensor) =>
        /layers\.\d+\.self_attn\.k_proj\.weight$/.test(tensor.name) && !/visi|audio|visual/.test(tensor.name),
    )
    .filter((tensor) => isPlain(tensor) && tensor.shape[0] !== kvHeads * headSize)
    .slice(0, 1)
    .map(
      ({ name, shape }) =>
        `config.json says ${kvHeads} key/value heads of ${headSize}, ${name} has ${shape[0]} rows instead of ${kvHeads * headSize}`,
    );
}

const unlike = (
  claimed: number | undefined,
  found: number,
  key: string,
  { name, shape }: TensorInfo,
): string[] =>
  claimed === undefined || claimed === found
    ? []
    : [`config.json says ${key} ${claimed}, ${name} has the shape ${shape.join(" × ")}`];
