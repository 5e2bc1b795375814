import { expect, test } from "bun:test";
import fc from "fast-check";
import { contextLimit } from "./context-limit.ts";
import { licenceOfCard, licenceOfText } from "./licence.ts";
import { readConfig } from "./read-config.ts";
import { tensorGroup } from "./tensor-group.ts";

const read = (value: unknown) => readConfig(JSON.stringify(value));

test("keys of the wrong type are left out and told, the others are kept", () => {
  const { config, problems } = read({
    hidden_size: "4096",
    num_hidden_layers: 32,
    layer_types: ["full_attention", 3],
    head_dim: null,
    sliding_window: null,
    vocab_size: -1,
    text_config: { hidden_size: 7.5, num_attention_heads: 8, rope_scaling: { factor: 0 } },
    unknown_key: { anything: 1 },
  });
  expect(config).toEqual({
    num_hidden_layers: 32,
    sliding_window: null,
    text_config: { num_attention_heads: 8, rope_scaling: {} },
  });
  expect(problems.map((text) => /: (\S+) is not used/.exec(text)?.[1]).sort()).toEqual([
    "hidden_size",
    "layer_types",
    "text_config.hidden_size",
    "text_config.rope_scaling.factor",
    "vocab_size",
  ]);
});

test("Python's numbers are taken, within texts they stay", () => {
  const { config, problems } = readConfig(
    '{"time_step_limit": [0.0, Infinity], "x": -Infinity, "y": NaN, "model_type": "NaN \\" Infinity"}',
  );
  expect([config, problems]).toEqual([{ model_type: 'NaN " Infinity' }, []]);
});

test.each([
  "",
  "[]",
  "null",
  "{",
  `${"[".repeat(100)}${"]".repeat(100)}`,
  `{"a":${"[".repeat(100)}${"]".repeat(100)}}`,
  '{"a":'.repeat(100_000),
])("what is no config is told (%#)", (text) => {
  const { config, problems } = readConfig(text);
  expect(config).toBeUndefined();
  expect(problems).toHaveLength(1);
});

test.each([
  [{ max_position_embeddings: 32_768 }, 32_768],
  [{ max_position_embeddings: 131_072, rope_scaling: { rope_type: "llama3", factor: 8 } }, 131_072],
  [
    {
      max_position_embeddings: 40_960,
      rope_scaling: { type: "yarn", factor: 4, original_max_position_embeddings: 32_768 },
    },
    131_072,
  ],
  [{ max_position_embeddings: 4_096, rope_scaling: { type: "linear", factor: 2 } }, 8_192],
  [
    {
      model_type: "gemma3",
      text_config: {
        model_type: "gemma3_text",
        max_position_embeddings: 131_072,
        rope_scaling: { rope_type: "linear", factor: 8 },
      },
    },
    131_072,
  ],
  [{ max_source_positions: 1_500, max_target_positions: 448 }, 448],
  [{ n_positions: 1_024 }, 1_024],
  [{}, undefined],
])("the context limit of %j is %p tokens", (config, expected) => {
  expect(contextLimit(read(config).config!)).toBe(expected);
});

test("whatever the JSON, it is read or told (fuzz)", () => {
  const key = fc.constantFrom(
    "hidden_size",
    "rope_scaling",
    "text_config",
    "layer_types",
    "architectures",
    "quantization_config",
    "moe_layer_freq",
    "mamba_d_head",
    "thinker_config",
    "factor",
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.jsonValue(),
      fc.dictionary(key, tie("tree"), { maxKeys: 5 }),
      fc.array(tie("tree"), { maxLength: 3 }),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(key, tree), (value) => {
      const { config, problems } = read(value);
      expect(config !== undefined || problems.length > 0).toBe(true);
      if (config !== undefined) expect(read(config).problems).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test("licences are told by cards and texts", () => {
  expect(licenceOfCard("---\nlanguage: en\nlicense: apache-2.0\n---\n# Card")).toBe("apache-2.0");
  expect(licenceOfCard("---\nlicense: other\nlicense_name: llama3\n---\n")).toBe("llama3");
  expect(licenceOfCard("license: mit in a text")).toBeUndefined();
  expect(licenceOfText("LLAMA 3.1 COMMUNITY LICENSE AGREEMENT")).toBe("llama3.1");
  expect(licenceOfText("All rights reserved")).toBeUndefined();
});

test.each([
  ["model.embed_tokens.weight", "embedding"],
  ["lm_head.weight", "head"],
  ["output.weight", "head"],
  ["token_embd.weight", "embedding"],
  ["model.layers.0.mlp.experts.3.up_proj.weight", "experts"],
  ["model.layers.0.block_sparse_moe.experts.0.w1.weight", "experts"],
  ["blk.0.ffn_up_exps.weight", "experts"],
  ["model.layers.0.input_layernorm.weight", "norms"],
  ["model.norm.weight", "norms"],
  ["vision_tower.encoder.layers.0.norm.weight", "vision"],
  ["model.visual.blocks.0.attn.qkv.weight", "vision"],
  ["model.layers.0.self_attn.q_proj.weight", "other"],
  ["model.layers.0.mlp.gate_up_proj.weight", "other"],
] as const)("%s belongs to %s", (name, group) => {
  expect(tensorGroup(name)).toBe(group);
});
