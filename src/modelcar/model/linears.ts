import type { QuantizationFacts } from "../quantization/types.ts";
import type { TensorInfo } from "../safetensors/header.ts";

/** A linear layer of the language model, as it multiplies: whatever way its weights are stored. */
export interface Linear {
  /** From 0; undefined: of none, as the embedding. */
  layer: number | undefined;
  /** Within its layer: `mlp.up_proj`; of none, its whole name. */
  part: string;
  out: number;
  in: number;
  tensor: TensorInfo;
}

/** The language model's layers in the names of transformers, also within multimodal models. */
const LAYER = /^(?:thinker\.)?(?:model\.)?(?:language_model\.)?(?:model\.)?layers\.(\d+)\.(.+)$/;
const TOP = /^(?:thinker\.)?(?:model\.)?(?:language_model\.)?(?:model\.)?(embed_tokens|lm_head)$/;

/** The layer that a tensor is of, and its name there. */
export function placeOf(name: string): { layer: number; rest: string } | undefined {
  const [, layer, rest] = LAYER.exec(name) ?? [];
  return layer === undefined || rest === undefined ? undefined : { layer: Number(layer), rest };
}

const PLAIN = new Set(["BF16", "F16", "F32", "F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "I8"]);

/** The weights whose shape tells what they multiply; others, as stacks of experts, are passed over. */
export function linearsOf(
  tensors: readonly TensorInfo[],
  quantization: QuantizationFacts | undefined,
): Linear[] {
  return tensors.flatMap((tensor): Linear[] => {
    const [, module = "", kind] = /^(.+)\.(weight|qweight|weight_packed)$/.exec(tensor.name) ?? [];
    const size = kind === undefined ? undefined : sizeOf(tensor, kind, quantization);
    if (size === undefined) return [];
    const at = placeOf(module);
    if (at !== undefined) return [{ layer: at.layer, part: at.rest, ...size, tensor }];
    const top = TOP.exec(module)?.[1];
    return top === undefined ? [] : [{ layer: undefined, part: top, ...size, tensor }];
  });
}

/** Schemes whose packed weights lie as they multiply, each row of what comes out a row of words. */
const PACKED_ROWS = ["w4a16", "w8a16-int8", "w4a8-fp8", "w4a8-int8", "nvfp4", "w4a16-nvfp4", "mxfp4"];
const WORD_BITS: Readonly<Record<string, number>> = { I32: 32, U8: 8 };

function sizeOf(
  { dtype, shape }: TensorInfo,
  kind: string,
  quantization: QuantizationFacts | undefined,
): { out: number; in: number } | undefined {
  const [rows, columns] = shape;
  if (shape.length !== 2 || rows === undefined || columns === undefined) return undefined;
  if (kind === "weight" && PLAIN.has(dtype)) return { out: rows, in: columns };
  const { weightBits: bits, scheme = "unknown" } = quantization ?? {};
  const each = bits === undefined ? Number.NaN : (WORD_BITS[dtype] ?? Number.NaN) / bits;
  if (!Number.isInteger(each)) return undefined;
  if (kind !== "qweight") return PACKED_ROWS.includes(scheme) ? { out: rows, in: columns * each } : undefined;
  // AWQ packs what comes out, GPTQ what goes in.
  if (scheme === "awq-int4") return { out: columns * each, in: rows };
  return scheme.startsWith("gptq") ? { out: columns, in: rows * each } : undefined;
}
