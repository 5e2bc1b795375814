import { describe, expect, test } from "bun:test";
import { factsOf } from "../cases/cases.fixture.ts";
import type { TensorFacts } from "../model/model-facts.ts";
import { estimate, type Options, settingsFor, shapeOf } from "./estimate.fixture.ts";
import { kvPlan } from "./kv.ts";
import { requirements, termsOf } from "./requirements.ts";
import { ropeTableBytes } from "./rope.ts";
import { modelShape } from "./shape.ts";
import { modelLimit } from "./text-config.ts";
import { bytesText, GIB } from "./units.ts";

const plan = (model: string, options: Options = {}) => {
  const { runtime, settings } = settingsFor(options);
  return kvPlan({ shape: shapeOf(model), settings, runtime });
};

const tensors = (more: Partial<TensorFacts>): TensorFacts => ({
  bytes: 16060522496,
  parameters: undefined,
  byDtype: { BF16: { bytes: 16060522496, elements: 8030261248 } },
  byGroup: undefined,
  read: "headers",
  ...more,
});

/** Llama 3.1's sines and cosines for 131,072 positions of 128 values in 16 bits. */
const TABLE = 131072 * 128 * 2;

describe("weights", () => {
  test("what was read wins over what is worked out", () => {
    const facts = { ...factsOf("llama-3.1-8b"), tensors: tensors({ bytes: 20 * GIB }) };
    expect(estimate(facts).weights.bytes).toBe(20 * GIB + TABLE);
  });

  test("the table of positions is as long as the config says, stretched, and on every GPU", () => {
    const table = (model: string) => ropeTableBytes(shapeOf(model), 2);
    expect(table("llama-3.1-8b")).toBe(TABLE);
    expect(table("gemma-3-4b")).toBe(131072 * 8 * 256 * 2);
    expect(table("gpt-oss-20b")).toBe(131072 * 64 * 2);
    expect(table("llama-4-scout") / GIB).toBe(2.5);
    expect(table("deepseek-v3")).toBe(163840 * 64 * 2);
    expect(table("whisper-large-v3")).toBe(0);
  });

  test("float32 checkpoints are served in 16 bits unless told otherwise", () => {
    const wide = tensors({ bytes: 32 * GIB, byDtype: { F32: { bytes: 32 * GIB, elements: 8 * GIB } } });
    const facts = { ...factsOf("llama-3.1-8b"), tensors: wide };
    expect(estimate(facts).weights.bytes).toBe(16 * GIB + TABLE);
    expect(estimate(facts, { args: ["--dtype=float32"] }).weights.bytes).toBe(32 * GIB + 2 * TABLE);
  });

  test("an output head that is tied to the embedding is loaded once", () => {
    const facts = factsOf("granite-3.1-8b");
    const twice = { ...facts, tensors: tensors({ bytes: 17 * GIB, byGroup: { head: GIB } }) };
    expect(estimate(twice).weights.bytes).toBe(16 * GIB + TABLE);
    const untied = {
      ...factsOf("llama-3.1-8b"),
      tensors: tensors({ bytes: 17 * GIB, byGroup: { head: GIB } }),
    };
    expect(estimate(untied).weights.bytes).toBe(17 * GIB + TABLE);
  });

  test("layers for multi-token prediction stay on disk", () => {
    const facts = factsOf("deepseek-v3");
    const read = { ...facts, tensors: tensors({ bytes: 688.6e9, read: "index" }) };
    const total = estimate(read, { args: ["-tp=8"], gpu: "H200" }).weights.bytes * 8;
    expect(
      Math.abs(total / estimate(facts, { args: ["-tp=8"], gpu: "H200" }).weights.bytes / 8 - 1),
    ).toBeLessThan(0.01);
  });

  test("KV heads are repeated when there are more GPUs than heads; the rest is divided", () => {
    const held = (model: string, size: number): number => {
      const facts = factsOf(model);
      const own = estimate(facts, { args: [`-tp=${size}`] }).weights.bytes;
      return own - ropeTableBytes(shapeOf(model), 2);
    };
    const part = held("qwen2.5-7b", 4) / (held("qwen2.5-7b", 1) / 4);
    expect(part).toBeGreaterThan(1);
    expect(part).toBeLessThan(1.001);
    expect(held("qwen3-30b-a3b", 8) / (held("qwen3-30b-a3b", 1) / 8)).toBeGreaterThan(1.001);
  });

  test("pipeline stages hold their layers and one end", () => {
    const one = estimate(factsOf("llama-3.1-8b")).weights.bytes;
    const half = estimate(factsOf("llama-3.1-8b"), { args: ["-pp=2"] }).weights.bytes;
    expect(half / one).toBeCloseTo(0.5, 2);
  });

  test("4 bits in groups of 128 are 4.125 bits, embeddings stay in 16", () => {
    const facts = factsOf("llama-3.1-8b", "w4a16");
    const linear = 32 * (4096 * 4096 * 2 + 4096 * 1024 * 2 + 3 * 4096 * 14336);
    const rest = 8030261248 - linear;
    expect(estimate(facts).weights.bytes).toBeCloseTo((linear * 4.125) / 8 + rest * 2 + TABLE, -1);
  });

  test("FP8 while loading: half of the linear layers' memory in the end, all of it before", () => {
    const result = estimate(factsOf("llama-3.1-8b"), { args: ["--quantization=fp8"] });
    expect(result.weights.bytes / GIB).toBeCloseTo(8.46, 1);
    expect((result.loadPeak ?? 0) / GIB).toBeCloseTo(14.96, 1);
  });

  test.each([
    ["fp8", "0.14.0", true, false],
    ["fp8", "0.15.1", true, true],
    ["fp8", "0.16.0", false, undefined],
    ["bitsandbytes", "0.11.0", false, undefined],
    ["experts_int8", "0.11.0", false, undefined],
  ])("%s in %s: all weights at once %p, unclear %p (vllm#31914)", (method, version, whole, unclear) => {
    const result = estimate(factsOf("llama-3.1-8b"), { args: [`--quantization=${method}`], version });
    expect([result.loadPeak !== undefined, result.loadPeakUnclear]).toEqual([whole, unclear]);
  });

  test("offloading takes weights off the GPU", () => {
    const facts = factsOf("llama-3.1-8b");
    const plain = estimate(facts).weights.bytes;
    expect(estimate(facts, { args: ["--cpu-offload-gb=4"] }).weights.bytes).toBe(plain - 4 * GIB);
  });

  test("without sizes, config and name there is no estimate", () => {
    const { type, runtime, settings } = settingsFor({});
    const facts = { ...factsOf("llama-3.1-8b"), config: undefined };
    expect(requirements(facts, settings, type, runtime)).toEqual({
      missing: "nothing tells how large the weights are",
    });
  });

  test("a name alone gives a guess that says so", () => {
    const facts = {
      ...factsOf("llama-3.1-8b"),
      config: undefined,
      parametersFromName: 8e9,
      estimatedFromName: true,
    };
    expect(estimate(facts).assumptions.join()).toContain("guessed from the name");
  });
});

describe("KV cache", () => {
  test("grouped-query attention: bytes a token", () => {
    expect(plan("llama-3.1-8b").bytesPerToken).toBe(128 * 1024);
    expect(plan("llama-3.1-8b", { args: ["-tp=2"] }).bytesPerToken).toBe(64 * 1024);
    expect(plan("llama-3.1-8b", { args: ["-tp=16"] }).bytesPerToken).toBe(16 * 1024);
    expect(plan("llama-3.1-8b", { args: ["--kv-cache-dtype=fp8"] }).bytesPerToken).toBe(64 * 1024);
    expect(plan("falcon-7b").bytesPerToken).toBe(32 * 2 * 64 * 2);
  });

  test("whole blocks", () => {
    expect(plan("llama-3.1-8b").bytes(17)).toBe(2 * 16 * 128 * 1024);
  });

  test("a latent is not divided by tensor parallelism", () => {
    expect(plan("deepseek-v3").bytesPerToken).toBe(61 * 576 * 2);
    expect(plan("deepseek-v3", { args: ["-tp=8"] }).bytesPerToken).toBe(61 * 576 * 2);
    expect(plan("deepseek-v3", { args: ["--kv-cache-dtype=fp8_ds_mla"] }).bytesPerToken).toBe(61 * 656);
  });

  test("windows keep no more than the window and what a step brings, where the hybrid manager is on", () => {
    const kinds = shapeOf("gemma-3-27b").caches.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "full").length).toBe(10);
    expect(kinds.filter((kind) => kind === "sliding").length).toBe(52);
    const layer = 16 * 256 * 2;
    expect(plan("gemma-3-27b", { version: "0.9.0" }).bytes(131072)).toBe(62 * 131072 * layer);
    const blocks = Math.ceil((1024 - 1 + 8192) / 16) + 1;
    expect(plan("gemma-3-27b").bytes(131072)).toBe(10 * layer * 16 * (6 * blocks + 8192));
    expect(plan("gemma-3-27b", { args: ["--disable-hybrid-kv-cache-manager"] }).bytes(4096)).toBe(
      62 * 4096 * layer,
    );
  });

  test("every second layer of Gemma 2 and gpt-oss has a window", () => {
    const count = (model: string) => shapeOf(model).caches.filter(({ kind }) => kind === "sliding").length;
    expect([
      count("gemma-2-9b"),
      count("gpt-oss-120b"),
      count("mistral-7b-v0.1"),
      count("qwen2.5-7b"),
    ]).toEqual([21, 18, 32, 0]);
  });

  test("recurrent layers keep a state a sequence, in pages as long as those of attention", () => {
    const { caches } = shapeOf("granite-4.0-h-small");
    expect(caches.filter(({ kind }) => kind === "state").length).toBe(36);
    const cache = plan("granite-4.0-h-small");
    expect(cache.bytesPerToken).toBe(4 * 8 * 256 * 2);
    const state = ((8192 + 2 * 128) * 3 + 128 * 64 * 128) * 2;
    const block = Math.ceil(state / 4096 / 16) * 16;
    expect(cache.bytes(1)).toBe(4 * 4096 * block * (9 + 1));
  });

  test("cross attention keeps the encoder's tokens", () => {
    const layer = 2 * 20 * 64 * 2;
    expect(plan("whisper-large-v3").bytes(448)).toBe(32 * layer * (448 + 1504));
  });

  test("the longest that fits is the most that still fits", () => {
    const cache = plan("gpt-oss-120b");
    for (const room of [GIB, 2.5 * GIB, 3 * GIB]) {
      const tokens = cache.longest(room, 131072);
      expect(cache.bytes(tokens)).toBeLessThanOrEqual(room);
      expect(cache.bytes(tokens + 17)).toBeGreaterThan(room);
    }
    expect(cache.longest(100 * GIB, 131072)).toBe(131072);
    expect(cache.longest(0, 131072)).toBe(0);
  });

  test("a kind of layer that is not known has no size", () => {
    const config = {
      ...factsOf("llama-3.1-8b").config,
      layer_types: ["full_attention", "quantum_attention"],
    };
    expect(modelShape(config)).toBeUndefined();
  });
});

describe("recurrent states", () => {
  test("since 0.20 every sequence must have a block, unless no graphs are captured", () => {
    const facts = factsOf("granite-4.0-h-small");
    const of = (version: string, ...args: string[]) =>
      estimate(facts, { version, args: ["--max-model-len=1024", ...args] });
    expect(of("0.19.0").mostStates).toBeUndefined();
    expect(of("0.20.0", "--enforce-eager").mostStates).toBeUndefined();
    const { kv, mostStates, kvRoom } = of("0.20.0", "--max-num-seqs=300");
    const block = kv.bytes / 300;
    expect(mostStates).toBe(Math.floor(kvRoom / block));
    expect(kv.formula).toContain("a state for each of 300 sequences");
    expect(of("0.20.0", "--max-num-seqs=1").kv.bytes).toBeLessThan(kv.bytes);
  });
});

describe("limits of context", () => {
  test.each([
    ["llama-3.1-8b", 131072],
    ["deepseek-v3", 163840],
    ["gpt-oss-20b", 131072],
    ["gemma-3-27b", 131072],
    ["whisper-large-v3", 448],
    ["falcon-7b", undefined],
  ])("%s: %p", (model, limit) => {
    expect(modelLimit(factsOf(model).config ?? {})).toBe(limit);
  });

  test("YaRN by hand multiplies the original length", () => {
    const config = {
      max_position_embeddings: 32768,
      rope_scaling: { type: "yarn", factor: 4, original_max_position_embeddings: 32768 },
    };
    expect(modelLimit(config)).toBe(131072);
  });
});

describe("the sum", () => {
  test("is that of its terms, and every term tells its arithmetic and its result", () => {
    for (const model of ["llama-3.1-8b", "deepseek-v3", "gpt-oss-120b", "granite-4.0-h-small"]) {
      const result = estimate(factsOf(model), {
        gpu: "H200",
        args: ["-tp=8", "--enable-lora"],
        version: "0.21.0",
      });
      const sum = termsOf(result).reduce((total, { bytes }) => total + bytes, 0);
      expect(result.total).toBeCloseTo(sum, 0);
      expect(result.margin).toBeCloseTo(result.budget - result.total, 0);
      for (const { formula, bytes, label } of [result.weights, result.kv, result.activations])
        expect(`${label}: ${formula}`).toEndWith(bytesText(bytes));
    }
  });

  test("graphs count within the budget since 0.21, and never with --enforce-eager", () => {
    const facts = factsOf("llama-3.1-8b");
    expect(estimate(facts, { version: "0.20.0" }).graphs.bytes).toBe(0);
    expect(estimate(facts, { version: "0.21.0" }).graphs.bytes).toBeGreaterThan(0.5 * GIB);
    expect(estimate(facts, { version: "0.21.0", args: ["--enforce-eager"] }).graphs.bytes).toBe(0);
    const full = estimate(facts, { version: "0.20.0", args: ["--gpu-memory-utilization=1"] });
    expect(full.graphs.bytes).toBeGreaterThan(0.5 * GIB);
  });
});
