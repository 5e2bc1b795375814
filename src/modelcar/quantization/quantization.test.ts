import { describe, expect, test } from "bun:test";
import { quantizationFromName } from "./name.ts";
import { readQuantization } from "./read.ts";

const schemeOf = (config: Record<string, unknown>) =>
  readQuantization({ quantization_config: config })?.scheme;

describe("quantization_config", () => {
  test("none is none", () => {
    expect(readQuantization({})).toBeUndefined();
  });

  test("AWQ and GPTQ with their groups", () => {
    expect(
      readQuantization({ quantization_config: { quant_method: "awq", bits: 4, group_size: 128 } }),
    ).toMatchObject({
      scheme: "awq-int4",
      weightBits: 4,
      groupSize: 128,
    });
    expect(
      readQuantization({
        quantization_config: { quant_method: "gptq", bits: 8, group_size: -1, desc_act: true },
      }),
    ).toMatchObject({ scheme: "gptq-int8", groupSize: undefined, descAct: true });
  });

  test("FP8 with and without blocks", () => {
    expect(schemeOf({ quant_method: "fp8" })).toBe("w8a8-fp8");
    expect(schemeOf({ quant_method: "fp8", weight_block_size: [128, 128] })).toBe("w8a8-fp8-block");
    expect(schemeOf({ quant_method: "fbgemm_fp8" })).toBe("w8a8-fp8");
  });

  test.each([
    [{ num_bits: 4, type: "int", group_size: 128 }, null, "w4a16"],
    [{ num_bits: 8, type: "int" }, null, "w8a16-int8"],
    [{ num_bits: 8, type: "int" }, { num_bits: 8, type: "int" }, "w8a8-int8"],
    [{ num_bits: 8, type: "float" }, { num_bits: 8, type: "float" }, "w8a8-fp8"],
    [{ num_bits: 8, type: "float", strategy: "block" }, { num_bits: 8, type: "float" }, "w8a8-fp8-block"],
    [{ num_bits: 8, type: "float" }, null, "w8a16-fp8"],
    [{ num_bits: 4, type: "float", group_size: 16 }, { num_bits: 4, type: "float" }, "nvfp4"],
    [{ num_bits: 4, type: "float", group_size: 16 }, null, "w4a16-nvfp4"],
    [{ num_bits: 4, type: "float", group_size: 32 }, null, "mxfp4"],
    [{ num_bits: 4, type: "int" }, { num_bits: 8, type: "float" }, "w4a8-fp8"],
    [{ num_bits: 4, type: "int" }, { num_bits: 8, type: "int" }, "w4a8-int8"],
    [{ num_bits: 3, type: "int" }, null, "unknown"],
  ])("compressed-tensors %j with %j is %s", (weights, input_activations, scheme) => {
    const config_groups = { group_0: { targets: ["Linear"], weights, input_activations } };
    expect(schemeOf({ quant_method: "compressed-tensors", config_groups })).toBe(scheme as never);
  });

  test("ModelOpt, in the config or in its own file", () => {
    const own = {
      producer: { name: "modelopt" },
      quantization: { quant_algo: "NVFP4", kv_cache_quant_algo: "FP8" },
    };
    expect(readQuantization({}, own)).toMatchObject({ scheme: "nvfp4", groupSize: 16, kvCacheDtype: "fp8" });
    expect(schemeOf({ quant_method: "modelopt", quant_algo: "FP8" })).toBe("w8a8-fp8");
  });

  test("a multimodal config has it within its language part", () => {
    expect(
      readQuantization({ text_config: { quantization_config: { quant_method: "awq", bits: 4 } } })?.scheme,
    ).toBe("awq-int4");
    const own = { quantization_config: { quant_method: "gptq", bits: 4 } };
    for (const thinker_config of [own, { text_config: own }])
      expect(readQuantization({ thinker_config })?.scheme).toBe("gptq-int4");
  });

  test("what is not known is unknown, whatever it holds", () => {
    expect(schemeOf({ quant_method: "squeezebox" })).toBe("unknown");
    expect(schemeOf({})).toBe("unknown");
    expect(schemeOf({ quant_method: "awq", bits: "four", group_size: {} })).toBe("awq-int4");
    expect(schemeOf({ quant_method: "compressed-tensors", config_groups: [1, null] })).toBe("unknown");
  });
});

describe("names", () => {
  test.each([
    ["Llama-3.1-8B-Instruct-quantized.w4a16", "w4a16"],
    ["Llama-3.1-8B-Instruct-FP8-dynamic", "w8a8-fp8"],
    ["Qwen2.5-7B-Instruct-AWQ", "awq-int4"],
    ["model-gptq-4bit", "gptq-int4"],
    ["Qwen2.5-7B-Instruct-GPTQ-Int8", "gptq-int8"],
    ["granite-3.1-8b-instruct-quantized.w8a8", "w8a8-int8"],
    ["Llama-3.3-70B-Instruct-NVFP4", "nvfp4"],
    ["gpt-oss-120b", "mxfp4"],
    ["tinyllama.Q4_K_M.gguf", "gguf"],
  ])("%s is %s", (name, scheme) => {
    expect(quantizationFromName(name)).toMatchObject({ scheme, fromName: true });
  });

  test("a plain name says nothing", () => {
    expect(quantizationFromName("granite-3.1-8b-instruct")).toBeUndefined();
  });
});
