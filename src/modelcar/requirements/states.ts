import type { ModelConfig } from "../model/model-config.ts";
import type { Cache } from "./cache.ts";

/** Sizes follow vllm/model_executor/layers/mamba/mamba_utils.py, MambaStateShapeCalculator. */
type State = Extract<Cache, { kind: "state" }>;

const state = (text: ModelConfig, conv: number, ssm: number): State => ({
  kind: "state",
  conv,
  ssm,
  ssmBytes: (text.mamba_ssm_cache_dtype ?? text.mamba_ssm_dtype) === "float32" ? 4 : undefined,
});

/** The widths of a Mamba 2 layer, or undefined when the config does not tell them. */
export function mamba2Widths(text: ModelConfig, hidden: number) {
  const heads = text.mamba_n_heads ?? text.mamba_num_heads;
  const expanded = (text.mamba_expand ?? 2) * hidden;
  const written = text.mamba_d_head ?? text.mamba_head_dim;
  const headSize = typeof written === "number" ? written : heads === undefined ? undefined : expanded / heads;
  const stateSize = text.mamba_d_state ?? text.ssm_state_size ?? text.state_size;
  if (heads === undefined || headSize === undefined || stateSize === undefined) return undefined;
  if (Math.min(heads, headSize, stateSize) < 1 || !Number.isFinite(headSize)) return undefined;
  const inner = heads * headSize;
  const groups = text.mamba_n_groups ?? text.n_groups ?? 1;
  return {
    heads,
    headSize,
    stateSize,
    inner,
    conv: inner + 2 * groups * stateSize,
    groups,
    kernel: text.mamba_d_conv ?? text.conv_kernel ?? 4,
  };
}

export function mamba2State(text: ModelConfig, hidden: number): State | undefined {
  const widths = mamba2Widths(text, hidden);
  if (widths === undefined) return undefined;
  const { inner, kernel, heads, headSize, stateSize, groups } = widths;
  const own = state(text, inner * (kernel - 1), heads * headSize * stateSize);
  return { ...own, groups, groupSize: 2 * stateSize * (kernel - 1) };
}

export function mamba1State(text: ModelConfig, hidden: number): State | undefined {
  const stateSize = text.mamba_d_state ?? text.state_size;
  if (stateSize === undefined) return undefined;
  const inner = text.intermediate_size ?? (text.mamba_expand ?? 2) * hidden;
  const width = text.attn_layer_period === undefined ? inner : (text.mamba_expand ?? 2) * hidden;
  return state(text, width * ((text.mamba_d_conv ?? text.conv_kernel ?? 4) - 1), width * stateSize);
}

/** Gated delta net (Qwen3-Next, Qwen3.5). */
export function linearState(text: ModelConfig): State | undefined {
  const { linear_num_key_heads: keys, linear_num_value_heads: values } = text;
  const { linear_key_head_dim: keySize, linear_value_head_dim: valueSize } = text;
  if (keys === undefined || values === undefined || keySize === undefined || valueSize === undefined)
    return undefined;
  const conv = 2 * keys * keySize + values * valueSize;
  return state(text, conv * ((text.linear_conv_kernel_dim ?? 4) - 1), values * keySize * valueSize);
}

export const shortConvolution = (text: ModelConfig, hidden: number): State =>
  state(text, hidden * ((text.conv_L_cache ?? 3) - 1), 0);
