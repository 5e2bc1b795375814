import { isLatent, lettersIn, type ModelShape } from "./shape.ts";
import { mamba2Widths } from "./states.ts";

/** How vLLM spreads a part of the weights over the GPUs of a tensor-parallel group. */
export type Spread = "tensor" | "kv-heads" | "experts" | "none";

export interface Part {
  name: string;
  parameters: number;
  spread: Spread;
  /** Linear layers, which quantization methods quantize; embeddings, head, norms and routers stay as they are. */
  linear: boolean;
  /** Belongs to one pipeline stage only. */
  stage: "layers" | "first" | "last";
}

/**
 * The parameters of a model by part, from its shape. Exact for the common decoders but for biases, which are less
 * than 0.1 %.
 */
export function modelParts(shape: ModelShape): Part[] {
  const { hidden, vocabulary, layers, tied } = shape;
  const parts: Part[] = [
    part("embedding", vocabulary * hidden, "tensor", false, "first"),
    part("output head", tied || shape.encoderOnly ? 0 : vocabulary * hidden, "tensor", false, "last"),
    part("norms", (2 * layers + 1) * hidden, "none", false),
    ...attentionParts(shape),
    ...recurrentParts(shape),
    ...feedForwardParts(shape),
    ...encoderParts(shape),
  ];
  return parts.filter(({ parameters }) => parameters > 0);
}

export const totalParameters = (parts: readonly Part[]): number =>
  parts.reduce((sum, { parameters }) => sum + parameters, 0);

const part = (
  name: string,
  parameters: number,
  spread: Spread,
  linear = true,
  stage: Part["stage"] = "layers",
): Part => ({ name, parameters, spread, linear, stage });

function attentionParts(shape: ModelShape): Part[] {
  const { hidden, heads, headSize, kvHeads, config } = shape;
  if (isLatent(shape)) return latentParts(shape);
  const attending = attendingLayers(shape);
  const gate = config.model_type === "qwen3_next" || config.model_type?.startsWith("qwen3_5") ? 2 : 1;
  return [
    part("attention", attending * hidden * heads * headSize * (1 + gate), "tensor"),
    part("keys and values", attending * 2 * hidden * kvHeads * headSize, "kv-heads"),
  ];
}

function attendingLayers({ caches, layers, encoderOnly, config }: ModelShape): number {
  if (encoderOnly) return layers;
  const own = caches.filter(({ kind }) => kind !== "state").length;
  return own + (config.num_kv_shared_layers ?? 0);
}

function latentParts({ hidden, heads, layers, config }: ModelShape): Part[] {
  const rope = config.qk_rope_head_dim ?? 64;
  const query = (config.qk_nope_head_dim ?? 128) + rope;
  const latent = config.kv_lora_rank ?? 0;
  const up = latent * heads * ((config.qk_nope_head_dim ?? 128) + (config.v_head_dim ?? 128));
  const lora = config.q_lora_rank ?? 0;
  const queries = lora > 0 ? lora * heads * query : hidden * heads * query;
  return [
    part("attention", layers * (queries + up + heads * (config.v_head_dim ?? 128) * hidden), "tensor"),
    part("latent projections", layers * hidden * (lora + latent + rope), "none"),
  ];
}

/** Copies of the up-projections in 16 bits that MLA makes after loading, parameters. */
export function absorbedParameters(shape: ModelShape): number {
  if (!isLatent(shape)) return 0;
  const { heads, layers, config } = shape;
  const width = (config.qk_nope_head_dim ?? 128) + (config.v_head_dim ?? 128);
  return layers * (config.kv_lora_rank ?? 0) * heads * width;
}

function recurrentParts(shape: ModelShape): Part[] {
  const recurrent = shape.caches.filter(({ kind }) => kind === "state").length;
  if (recurrent === 0) return [];
  return [part("recurrent layers", recurrent * recurrentLayer(shape), "tensor")];
}

function recurrentLayer({ config: text, hidden, heads, headSize }: ModelShape): number {
  // Lightning attention: queries, keys, values, gate and output.
  if (text.attn_type_list !== undefined) return 5 * hidden * heads * headSize;
  const mamba2 = mamba2Widths(text, hidden);
  if (mamba2 !== undefined) {
    const { inner, groups, stateSize, heads, conv, kernel } = mamba2;
    return hidden * (2 * inner + 2 * groups * stateSize + heads) + conv * kernel + inner * hidden;
  }
  const keys = (text.linear_num_key_heads ?? 0) * (text.linear_key_head_dim ?? 0);
  const values = (text.linear_num_value_heads ?? 0) * (text.linear_value_head_dim ?? 0);
  if (values > 0)
    return (
      hidden * (2 * keys + 2 * values + 2 * (text.linear_num_value_heads ?? 0)) +
      (2 * keys + values) * (text.linear_conv_kernel_dim ?? 4) +
      values * hidden
    );
  if (text.conv_L_cache !== undefined) return hidden * (4 * hidden + text.conv_L_cache);
  const inner = (text.mamba_expand ?? 2) * hidden;
  const state = text.mamba_d_state ?? text.state_size ?? 16;
  const told = text.time_step_rank ?? text.mamba_dt_rank;
  const rank = typeof told === "number" ? told : Math.ceil(hidden / 16);
  return 3 * hidden * inner + inner * (rank * 2 + 3 * state + 5);
}

function feedForwardParts(shape: ModelShape): Part[] {
  const { hidden, intermediate, gated, experts, config } = shape;
  const matrices = gated ? 3 : 2;
  const pattern = config.hybrid_override_pattern;
  const feeding = pattern === undefined ? shape.layers : lettersIn(pattern, "-");
  if (["mamba", "mamba2", "falcon_mamba"].includes(shape.modelType)) return [];
  if (experts === undefined)
    return [part("feed-forward", feeding * matrices * hidden * intermediate, "tensor")];
  const expert = matrices * hidden * experts.intermediate;
  return [
    part("experts", experts.layers * experts.count * expert, "experts"),
    part("shared experts", experts.layers * matrices * hidden * experts.shared, "tensor"),
    part("routers", experts.layers * hidden * experts.count, "none", false),
    part("dense feed-forward", denseLayers(shape) * matrices * hidden * intermediate, "tensor"),
  ];
}

/** Layers with a dense feed-forward part. */
export function denseLayers({ layers, experts, modelType, config }: ModelShape): number {
  if (modelType === "granitemoehybrid") return 0;
  const pattern = config.hybrid_override_pattern;
  if (pattern !== undefined) return lettersIn(pattern, "-");
  return layers - (experts?.layers ?? 0);
}

/** The encoder of encoder–decoder models; cross attention is counted with the caches that it fills. */
function encoderParts({ config, hidden, intermediate }: ModelShape): Part[] {
  const layers = config.encoder_layers ?? 0;
  return [part("encoder", layers * (4 * hidden * hidden + 2 * hidden * intermediate), "tensor")];
}

/** Parameters of the layers for multi-token prediction, which stay on disk without speculative decoding. */
export function predictionParameters(shape: ModelShape): number {
  const count = shape.config.num_nextn_predict_layers ?? 0;
  const { experts, hidden, vocabulary } = shape;
  if (count === 0 || experts === undefined) return 0;
  const expert = 3 * hidden * experts.intermediate;
  const attention = attentionParts(shape).reduce((sum, { parameters }) => sum + parameters, 0) / shape.layers;
  return count * (experts.count * expert + attention + 2 * hidden ** 2 + 2 * vocabulary * hidden);
}
