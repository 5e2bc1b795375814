import { expect, test } from "bun:test";
import { readConfig } from "./read-config.ts";

test("keys that formulas read are kept when a config is read", () => {
  const written = {
    ...{ num_nextn_predict_layers: 1, index_head_dim: 128, conv_L_cache: 3, partial_rotary_factor: 0.5 },
    ...{ mamba_ssm_cache_dtype: "float32", mamba_ssm_dtype: "float32", time_step_rank: 160 },
    ...{ attn_type_list: [0, 1], layers_block_type: ["mamba"], expert_layer_period: 2 },
    block_configs: [{ attention: { n_heads_in_group: 8 } }],
    rope_parameters: { rope_type: "default", partial_rotary_factor: 0.25 },
  };
  expect(readConfig(JSON.stringify(written))).toEqual({ config: written, problems: [] });
});
