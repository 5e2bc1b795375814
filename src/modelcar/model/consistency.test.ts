import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { makeSafetensors } from "../safetensors/safetensors.fixture.ts";
import { expectDoubt } from "./doubts.fixture.ts";
import { LLAMA_8B, llamaFolder } from "./llama-folder.fixture.ts";
import { modelFolder } from "./model-folder.fixture.ts";
import { TINY_CONFIG } from "./tiny-model.fixture.ts";

const { at, put, readFolder } = modelFolder();

describe("a config that its tensors contradict", () => {
  const FP8 = { quant_method: "fp8", activation_scheme: "dynamic" };
  const AWQ = { quant_method: "awq", bits: 4, group_size: 128, zero_point: true };

  test.each<[object, string]>([
    [{ intermediate_size: 14_080 }, "intermediate_size 14080"],
    [{ vocab_size: 32_000 }, "vocab_size 32000"],
    [{ vocab_size: 150_000 }, "vocab_size 150000"],
    [{ hidden_size: 2_048, head_dim: 128 }, "hidden_size 2048"],
    [{ num_hidden_layers: 31 }, "num_hidden_layers 31, the tensors have 32 layers"],
    [{ num_hidden_layers: 33 }, "num_hidden_layers 33"],
    [{ num_key_value_heads: 4 }, "num_key_value_heads × head_dim 512"],
    [{ num_attention_heads: 16, head_dim: 128 }, "num_attention_heads × head_dim 2048"],
    [{ quantization_config: FP8 }, "the layers are stored in BF16"],
    [{ quantization_config: AWQ }, "the layers are stored in BF16"],
  ])("%j", async (lie, said) => {
    llamaFolder(at("m"));
    writeFileSync(at("m/config.json"), JSON.stringify({ ...LLAMA_8B, ...lie }));
    expectDoubt(await readFolder("m"), "config-contradicted", said);
  });

  test.each<[string, object]>([
    ["as it is", {}],
    ["a vocabulary that is padded", { vocab_size: 128_200 }],
    ["nested in a multimodal config", { text_config: LLAMA_8B, architectures: ["LlamaForCausalLM"] }],
  ])("is none: %s", async (_, more) => {
    llamaFolder(at("m"));
    writeFileSync(at("m/config.json"), JSON.stringify({ ...LLAMA_8B, ...more }));
    expect((await readFolder("m")).doubts).toBeUndefined();
  });

  const ROWS = { up: 512, hidden: 256 };
  const layer = (weights: Record<string, readonly [string, ...number[]]>) => ({
    "model.embed_tokens.weight": ["BF16", 512, ROWS.hidden] as const,
    ...Object.fromEntries(
      Object.entries(weights).map(([name, value]) => [`model.layers.0.mlp.up_proj.${name}`, value]),
    ),
  });
  const CONFIG = {
    ...TINY_CONFIG,
    ...{ hidden_size: 256, intermediate_size: 512, num_hidden_layers: 1, tie_word_embeddings: true },
  };
  const GPTQ = { quant_method: "gptq", bits: 4, group_size: 128, desc_act: false, sym: true };
  const W4 = {
    quant_method: "compressed-tensors",
    format: "pack-quantized",
    config_groups: { group_0: { weights: { num_bits: 4, type: "int", group_size: 128, strategy: "group" } } },
  };
  const quantized: [string, object | undefined, Record<string, readonly [string, ...number[]]>][] = [
    ["AWQ", AWQ, { qweight: ["I32", 256, 64], qzeros: ["I32", 2, 64], scales: ["F16", 2, 512] }],
    ["GPTQ", GPTQ, { qweight: ["I32", 32, 512], qzeros: ["I32", 2, 64], scales: ["F16", 2, 512] }],
    ["W4A16", W4, { weight_packed: ["I32", 512, 32], weight_scale: ["BF16", 512, 2] }],
    ["FP8", FP8, { weight: ["F8_E4M3", 512, 256], weight_scale: ["F32", 1] }],
  ];

  async function factsOf(config: object, weights: Record<string, readonly [string, ...number[]]>) {
    mkdirSync(at("q"), { recursive: true });
    put("q/config.json", JSON.stringify(config));
    put("q/model.safetensors", makeSafetensors(layer(weights)));
    return readFolder("q");
  }

  test.each(quantized)(
    "%s: as it is none, with other sizes, another kind or no word of it one",
    async (_, own, weights) => {
      const config = { ...CONFIG, quantization_config: own };
      expect((await factsOf(config, weights)).doubts).toBeUndefined();
      expectDoubt(
        await factsOf({ ...config, intermediate_size: 640 }, weights),
        "config-contradicted",
        "intermediate_size 640",
      );
      expectDoubt(await factsOf(CONFIG, weights), "config-contradicted", "config.json tells no quantization");
      const other = own === FP8 ? AWQ : FP8;
      expectDoubt(
        await factsOf({ ...CONFIG, quantization_config: other }, weights),
        "config-contradicted",
        "the layers are stored in",
      );
    },
  );

  test("layers for multi-token prediction are not counted", async () => {
    const extra = {
      "model.layers.1.eh_proj.weight": ["BF16", 256, 512],
      "model.layers.1.mlp.up_proj.weight": ["BF16", 512, 256],
    } as const;
    mkdirSync(at("q"));
    put("q/config.json", JSON.stringify(CONFIG));
    put("q/model.safetensors", makeSafetensors({ ...layer({ weight: ["BF16", 512, 256] }), ...extra }));
    expect((await readFolder("q")).doubts).toBeUndefined();
  });

  test("experts", async () => {
    const experts = Object.fromEntries(
      [0, 1, 2, 3].map((e) => [
        `model.layers.0.mlp.experts.${e}.up_proj.weight`,
        ["BF16", 128, 256] as const,
      ]),
    );
    const moe = {
      ...CONFIG,
      architectures: ["Qwen3MoeForCausalLM"],
      model_type: "qwen3_moe",
      num_experts: 4,
      moe_intermediate_size: 128,
    };
    const facts = async (more: object) => {
      mkdirSync(at("q"), { recursive: true });
      put("q/config.json", JSON.stringify({ ...moe, ...more }));
      put(
        "q/model.safetensors",
        makeSafetensors({ "model.embed_tokens.weight": ["BF16", 512, 256], ...experts }),
      );
      return readFolder("q");
    };
    expect((await facts({})).doubts).toBeUndefined();
    expectDoubt(await facts({ num_experts: 8 }), "config-contradicted", "8 experts, the tensors have 4");
    expectDoubt(
      await facts({ moe_intermediate_size: 256 }),
      "config-contradicted",
      "the experts' intermediate size 256",
    );
  });
});
