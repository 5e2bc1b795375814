import { describe, expect, test } from "bun:test";
import { factsOf } from "../cases/cases.fixture.ts";
import { readConfig } from "../model/read-config.ts";
import { estimate, settingsFor, shapeOf } from "./estimate.fixture.ts";
import { kvPlan } from "./kv.ts";
import { modelParts, totalParameters } from "./parameters.ts";
import { ropeTableBytes } from "./rope.ts";
import { modelShape } from "./shape.ts";
import { expertPadding } from "./shares.ts";

/** Llama 3.1's sines and cosines for 131,072 positions of 128 values in 16 bits. */
const TABLE = 131072 * 128 * 2;

describe("experts in MXFP4", () => {
  /** What the kernel makes of the width that one GPU holds; gpt-oss has experts of 2,880 and hidden states of 2,880. */
  const padded = (args: string[], gpu: string): number => {
    const { facts, shape } = { facts: factsOf("gpt-oss-120b"), shape: shapeOf("gpt-oss-120b") };
    const { type, runtime, settings } = settingsFor({ args, gpu });
    return expertPadding({ facts, shape, gpu: type, runtime, settings }) * 2880 * 2880;
  };

  test.each([
    [[], "A100-80GB", 3072 * 2944],
    [["-tp=2"], "A100-80GB", 3072 * 1536 * 2],
    [["-tp=4"], "A100-80GB", 3072 * 768 * 4],
    [["-tp=4", "--enable-expert-parallel"], "A100-80GB", 3072 * 2944],
    [["--data-parallel-size=2"], "A100-80GB", 3072 * 1536 * 2],
    [[], "H100", 3072 * 2880],
    [["-tp=2"], "H100", 3072 * 1472 * 2],
    [["-tp=4"], "B200", 3072 * 768 * 4],
    [[], "B200", 3072 * 3072],
    [[], "MI300X", 3072 * 3072],
  ])("%j on %s", (args, gpu, expected) => {
    expect(padded(args, gpu)).toBeCloseTo(expected, 3);
  });

  test("are padded for each GPU by itself", () => {
    const held = (...args: string[]) =>
      estimate(factsOf("gpt-oss-120b"), { gpu: "A100-80GB", args }).weights.bytes;
    expect(held("-tp=4") * 4).toBeGreaterThan(held() * 1.03);
  });
});

describe("recurrent states over GPUs and types", () => {
  test("heads are divided, the one group stands on each GPU", () => {
    const { caches } = shapeOf("granite-4.0-h-small");
    const state = caches.find(({ kind }) => kind === "state");
    expect(state).toMatchObject({ conv: 8192 * 3, groups: 1, groupSize: 2 * 128 * 3 });
    const alone = { ...shapeOf("granite-4.0-h-small"), caches: state === undefined ? [] : [state] };
    const bytes = (...args: string[]) => {
      const { runtime, settings } = settingsFor({ args });
      return kvPlan({ shape: alone, settings, runtime }).bytes(1);
    };
    expect(bytes()).toBe(((8192 + 256) * 3 + 128 * 64 * 128) * 2);
    expect(bytes("-tp=4")).toBe(((8192 / 4 + 256) * 3 + (128 * 64 * 128) / 4) * 2);
    const ssm = (128 * 64 * 128) / 2;
    expect(bytes("-tp=2", "--mamba-ssm-cache-dtype=float32")).toBe((8192 / 2 + 256) * 3 * 2 + ssm * 4);
    expect(bytes("-tp=2", "--mamba-cache-dtype=float32")).toBe((8192 / 2 + 256) * 3 * 4 + ssm * 4);
  });
});

describe("layers of several kinds", () => {
  const shape = (config: object) => {
    const { config: read } = readConfig(JSON.stringify(config));
    return modelShape(read ?? {});
  };
  const base = {
    ...{ hidden_size: 8192, num_attention_heads: 64, vocab_size: 128256, num_hidden_layers: 3 },
    ...{ max_position_embeddings: 131072 },
  };

  test("searched models (Nemotron-Super) cache where attention is left, with heads of its own", () => {
    const searched = shape({
      ...{ ...base, model_type: "nemotron-nas", num_key_value_heads: null, intermediate_size: null },
      block_configs: [
        { attention: { n_heads_in_group: 8 }, ffn: { ffn_mult: 5.25 } },
        { attention: { no_op: true, n_heads_in_group: null }, ffn: { ffn_mult: 1.3125 } },
        { attention: { n_heads_in_group: 16 }, ffn: { no_op: true } },
      ],
    });
    expect(searched?.caches.map((cache) => cache.kind === "full" && cache.kvHeads)).toEqual([8, 4]);
    expect(searched?.kvHeads).toBe(4);
    expect(searched?.intermediate).toBe(Math.round((28672 + 7168) / 3));
    expect(shape({ ...base, model_type: "nemotron-nas", block_configs: [] })).toBeUndefined();
  });

  test("lightning attention (MiniMax) keeps a state, attention in full keeps tokens", () => {
    const minimax = { ...base, model_type: "minimax_text_01", num_key_value_heads: 8, head_dim: 128 };
    const kinds = shape({ ...minimax, attn_type_list: [0, 0, 1] })?.caches.map(({ kind }) => kind);
    expect(kinds).toEqual(["state", "state", "full"]);
    expect(shape({ ...minimax, attn_type_list: [0, 1] })).toBeUndefined();
    const m2 = shape({ ...minimax, model_type: "minimax_m2", attn_type_list: [1, 1, 1] });
    expect(m2?.caches.every(({ kind }) => kind === "full")).toBe(true);
  });

  test("Nemotron 3 Nano: experts, Mamba and attention by the letters of its pattern; 31.6 billion parameters", () => {
    const nano = shape({
      ...{ model_type: "nemotron_h", hidden_size: 2688, num_hidden_layers: 52, vocab_size: 131072 },
      ...{ num_attention_heads: 32, num_key_value_heads: 2, head_dim: 128, intermediate_size: 1856 },
      hybrid_override_pattern: "MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME",
      ...{ mamba_num_heads: 64, mamba_head_dim: 64, ssm_state_size: 128, n_groups: 8, conv_kernel: 4 },
      ...{ n_routed_experts: 128, n_shared_experts: 1, moe_intermediate_size: 1856, num_experts_per_tok: 6 },
      ...{ moe_shared_expert_intermediate_size: 3712, mamba_ssm_cache_dtype: "float32" },
    });
    expect(nano?.experts?.layers).toBe(23);
    const states = nano?.caches.filter(({ kind }) => kind === "state") ?? [];
    expect([states.length, states[0]]).toMatchObject([23, { ssmBytes: 4 }]);
    expect(nano && totalParameters(modelParts(nano)) / 1e9).toBeCloseTo(31.6, 1);
    expect(shape({ ...base, hybrid_override_pattern: "MX*" })).toBeUndefined();
  });

  test("Jamba has experts in every second layer", () => {
    const jamba = shape({
      ...{ ...base, model_type: "jamba", num_hidden_layers: 8, num_experts: 16, num_key_value_heads: 8 },
      ...{ expert_layer_period: 2, expert_layer_offset: 1, attn_layer_period: 8, attn_layer_offset: 4 },
      ...{ mamba_d_state: 16, mamba_expand: 2, intermediate_size: 14336, mamba_dt_rank: "auto" },
    });
    expect(jamba?.experts?.layers).toBe(4);
    expect(jamba?.caches.filter(({ kind }) => kind === "full").length).toBe(1);
  });

  test.each([
    { model_type: "zamba2" },
    { model_type: "plamo2", mamba_step: 2 },
    { model_type: "kimi_linear", kv_lora_rank: 512, linear_attn_config: { kda_layers: [1, 2] } },
    { model_type: "mimo_v2_flash", hybrid_layer_pattern: [0, 1, 1] },
    { model_type: "hybrid", layers_block_type: ["attention", "hybrid", "mamba"] },
  ])("what is not worked out has no size: %o", (more) => {
    expect(shape({ ...base, ...more })).toBeUndefined();
  });

  test("a part of each head is rotated", () => {
    const llama = factsOf("llama-3.1-8b").config ?? {};
    const table = (more: object) => ropeTableBytes(shape({ ...llama, ...more })!, 2);
    expect(table({ partial_rotary_factor: 0.5 })).toBe(TABLE / 2);
    expect(table({ rope_scaling: null, rope_parameters: { partial_rotary_factor: 0.25 } })).toBe(TABLE / 4);
    expect(table({ rotary_dim: 32 })).toBe(TABLE / 4);
  });
});
