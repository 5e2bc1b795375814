import { describe, expect, test } from "bun:test";
import { factsOf, inventoryOf, needOf } from "../cases/cases.fixture.ts";
import { decide } from "../decision/decide.ts";
import { quantizationFacts } from "../quantization/facts.ts";

interface On {
  gpus?: string;
  vllm?: string | undefined;
  quantization?: string;
  gpuCount?: number;
  /** What the checkpoint asks its KV cache to be, and by which method. */
  kvCache?: string;
}

/** The verdict with the code of the decisive reason, and of a warning on a GO. */
function verdict(model: string, args: string[], on: On = {}): string {
  const { gpus = "H100", vllm = "0.11.0", quantization, gpuCount, kvCache } = on;
  const given = { name: model, model, args, gpus, ...(quantization !== undefined && { quantization }) };
  const need = needOf(given);
  const facts = factsOf(model, quantization);
  const asked = kvCache && quantizationFacts(kvCache, "w8a8-fp8", { weightBits: 8, kvCacheDtype: "fp8" });
  const version = "vllm" in on && on.vllm === undefined ? {} : { vllm };
  const [decision] = decide(
    [
      {
        ...need,
        entry: { ...need.entry, gpuCount },
        facts: asked ? { ...facts, quantization: asked } : facts,
      },
    ],
    inventoryOf({ gpus, ...version }),
  ).models;
  const telling = decision?.reasons.find(({ kind }) => kind !== "note");
  return telling === undefined ? `${decision?.verdict}` : `${decision?.verdict}: ${telling.code}`;
}

const SHORT = "--max-model-len=8192";

describe("what vLLM refuses is no GO", () => {
  test.each([
    ["--enable-expert-parallel", "NO-GO (unsupported): expert-parallel-dense"],
    ["-ep", "NO-GO (unsupported): expert-parallel-dense"],
    ["--gpu-memory-utilization=1.0", "NO-GO (unsupported): utilization-free"],
    ["--gpu-memory-utilization=0.97", "GO"],
    ["--tensor-paralel-size=1", "NO-GO (unsupported): argument-unknown"],
    ["--kv-cache-memory-bytes=100G", "NO-GO (memory): memory-fixed-cache"],
    ["--kv-cache-memory-bytes=8G", "GO"],
  ])("%s: %s", (argument, expected) => {
    expect(verdict("llama-3.1-8b", [SHORT, argument])).toBe(expected);
  });

  test("a fixed cache leaves what the GPU has beside all else, and must hold one sequence", () => {
    const of = (size: string) =>
      decide(
        [
          needOf({
            name: "m",
            model: "llama-3.1-8b",
            args: [SHORT, `--kv-cache-memory-bytes=${size}`],
            gpus: "",
          }),
        ],
        inventoryOf({ gpus: "H100", vllm: "0.11.0" }),
      ).models[0];
    const needs = of("8G")?.requirements;
    expect(needs?.margin).toBeLessThanOrEqual((needs?.budget ?? 0) - (needs?.total ?? 0));
    expect(of("256M")?.verdict).toBe("NO-GO (memory)");
  });

  test("a draft model whose memory is not known", () => {
    const old = { vllm: "0.7.3" };
    expect(verdict("llama-3.1-8b", [SHORT, "--speculative-model=meta/x"], old)).toBe(
      "UNKNOWN: speculative-memory",
    );
  });

  test("a step that is shorter than a prompt which is not taken in parts", () => {
    const args = [SHORT, "--max-num-batched-tokens=2048"];
    const whole = [...args, "--no-enable-chunked-prefill"];
    expect(verdict("llama-3.1-8b", args, { vllm: "0.6.3" })).toBe("NO-GO (unsupported): batch-parts");
    expect(verdict("llama-3.1-8b", args)).toBe("GO");
    expect(verdict("llama-3.1-8b", whole, { vllm: "0.13.0" })).toBe("NO-GO (unsupported): batch-parts");
    expect(verdict("llama-3.1-8b", whole)).toBe("GO");
    expect(verdict("llama-3.1-8b", whole, { vllm: undefined })).toBe("UNKNOWN: batch-parts");
  });

  test("a pod that gets fewer GPUs than the arguments ask for", () => {
    const spread = ["-tp=4", SHORT];
    expect(verdict("llama-3.1-70b", spread, { gpus: "4x H100", gpuCount: 1 })).toBe(
      "NO-GO (unsupported): gpu-count",
    );
    const replicas = [SHORT, "--data-parallel-size=4"];
    expect(verdict("llama-3.1-8b", replicas, { gpus: "4x L40S", gpuCount: 4 })).toBe("GO");
  });
});

test.each([
  ["--enable-expert-parallel", "--enable-expert-parallel", undefined],
  ["--gpu-memory-utilization=1.0", "--gpu-memory-utilization", "0.95"],
  ["--dtype=fp16", "--dtype", undefined],
  ["--tensor-paralel-size=1", "without --tensor-paralel-size --tensor-parallel-size=1", undefined],
  ["--max-num-seqs 64", "--max-num-seqs", "64"],
])("the nearest change for %s is told", (argument, what, value) => {
  const need = needOf({ name: "m", model: "llama-3.1-8b", args: [SHORT, argument], gpus: "" });
  const [decision] = decide([need], inventoryOf({ gpus: "H100", vllm: "0.11.0" })).models;
  expect(decision?.nearest[0]).toMatchObject({ what, value });
});

describe("types", () => {
  test.each([
    ["gemma-3-27b", "0.11.0", "NO-GO (unsupported): float16-unstable"],
    ["gemma-2-9b", "0.11.0", "NO-GO (unsupported): float16-unstable"],
    ["gemma-2-9b", "0.8.5", "GO"],
    ["llama-3.1-8b", "0.11.0", "GO"],
  ])("%s in float16 with %s: %s", (model, vllm, expected) => {
    expect(verdict(model, ["--dtype=half", SHORT], { vllm })).toBe(expected);
  });

  test.each([
    ["--quantization=awq", "0.11.0", "NO-GO (unsupported): quantization-dtype"],
    ["--quantization=awq", "0.25.0", "GO"],
    ["--quantization=awq_marlin", "0.11.0", "GO"],
    ["--seed=1", "0.11.0", "GO"],
  ])("AWQ in bfloat16 with %s and %s: %s", (argument, vllm, expected) => {
    const args = ["--dtype=bfloat16", SHORT, argument];
    expect(verdict("qwen2.5-7b", args, { vllm, quantization: "awq" })).toBe(expected);
  });

  test.each([
    ["0.8.5", "NO-GO (unsupported): bfloat16-capability"],
    ["0.9.0", "GO: bfloat16-fallback"],
    [undefined, "UNKNOWN: bfloat16-fallback"],
  ])("bfloat16 by default on a T4 with %p: %s", (vllm, expected) => {
    expect(verdict("qwen2.5-0.5b", [SHORT], { gpus: "T4", vllm })).toBe(expected);
  });
});

describe("an FP8 KV cache", () => {
  test.each([
    ["A100-80GB", "0.6.3", "GO: kv-fp8-backend"],
    ["A100-80GB", "0.11.0", "NO-GO (unsupported): kv-fp8-capability"],
    ["A100-80GB", "0.13.0", "GO: kv-fp8-backend"],
    ["A100-80GB", undefined, "UNKNOWN: kv-fp8-capability"],
    ["L40S", "0.11.0", "GO"],
  ])("on %s with %p: %s", (gpus, vllm, expected) => {
    expect(verdict("llama-3.1-8b", [SHORT, "--kv-cache-dtype=fp8"], { gpus, vllm })).toBe(expected);
  });

  test.each([
    ["compressed-tensors", "0.11.0", "GO: quantization-weight-only"],
    ["compressed-tensors", "0.15.0", "UNKNOWN: kv-fp8-release"],
    ["compressed-tensors", "0.18.0", "GO: quantization-weight-only"],
    ["modelopt", "0.11.0", "GO: quantization-weight-only"],
  ])("that the checkpoint asks for by %s with %s on an A100: %s", (kvCache, vllm, expected) => {
    expect(verdict("llama-3.1-8b", [SHORT], { gpus: "A100-80GB", vllm, kvCache })).toBe(expected);
  });
});

describe("builds", () => {
  test.each([
    ["B200", "0.8.5", "NO-GO (unsupported): gpu-build"],
    ["B200", "0.9.0", "GO"],
    ["RTX-5090", "0.9.2", "UNKNOWN: gpu-build"],
    ["RTX-5090", "0.10.2", "GO"],
    ["B300", "0.13.0", "UNKNOWN: gpu-build"],
    ["V100-32GB", "0.11.0", "GO"],
    ["V100-32GB", "0.14.0", "UNKNOWN: gpu-build"],
    ["V100-32GB", "0.20.0", "NO-GO (unsupported): gpu-build"],
  ])("%s with %s: %s", (gpus, vllm, expected) => {
    const args = ["--dtype=half", "--max-model-len=4096"];
    expect(verdict("llama-3.1-8b", args, { gpus, vllm })).toBe(expected);
  });
});

describe("experts and recurrent layers over several GPUs", () => {
  test("replicas divide experts, too, unless they stay whole", () => {
    const args = [SHORT, "--data-parallel-size=5"];
    expect(verdict("qwen3-30b-a3b", args, { gpus: "5x H100" })).toBe("NO-GO (unsupported): tp-experts");
    expect(verdict("qwen3-30b-a3b", [...args, "--enable-expert-parallel"], { gpus: "5x H100" })).toBe("GO");
  });

  test.each([
    ["0.10.1", "NO-GO (unsupported): tp-mamba-quantized"],
    ["0.11.0", "NO-GO (unsupported): tp-mamba-quantized"],
    ["0.15.0", "UNKNOWN: tp-mamba-quantized"],
    ["0.16.0", "GO"],
  ])("quantized Mamba layers of one group over two GPUs with %s: %s", (vllm, expected) => {
    const on = { gpus: "2x H100", vllm, quantization: "fp8-dynamic" };
    expect(verdict("granite-4.0-h-small", ["-tp=2", SHORT], on)).toBe(expected);
  });

  test("Mamba heads are divided", () => {
    expect(verdict("granite-4.0-h-small", ["-tp=3", SHORT], { gpus: "3x H100" })).toStartWith("NO-GO");
    const [decision] = decide(
      [needOf({ name: "m", model: "granite-4.0-h-small", args: ["-tp=3", SHORT], gpus: "" })],
      inventoryOf({ gpus: "3x H100", vllm: "0.11.0" }),
    ).models;
    expect(decision?.reasons.map(({ code }) => code)).toContain("tp-mamba-heads");
  });
});

describe("hardware on which memory was not measured", () => {
  test.each([
    ["llama-3.1-8b", "cpu", "UNKNOWN: memory-size"],
    ["llama-3.1-8b", "cpu-256GiB", "UNKNOWN: memory-assumed"],
    ["llama-3.1-8b", "cpu-16GB", "NO-GO (memory): memory-weights"],
    ["llama-3.1-8b", "TPU v6e", "UNKNOWN: memory-assumed"],
    ["llama-3.1-8b", "TPU v5e", "NO-GO (memory): memory-weights"],
    ["llama-3.1-8b", "Intel Data Center GPU Max 1550", "GO: memory-assumed"],
    ["llama-3.1-8b", "MI300X", "GO: memory-assumed"],
    ["llama-3.1-8b", "gaudi3", "GO: memory-assumed"],
    ["qwen3-32b", "gaudi2", "GO: memory-assumed"],
  ])("%s on %s: %s", (model, gpus, expected) => {
    expect(verdict(model, [SHORT], { gpus, vllm: "0.20.0" })).toBe(expected);
  });

  test("on Gaudi what is left must be wide", () => {
    const args = ["--max-model-len=32768", "--gpu-memory-utilization=0.82"];
    expect(verdict("qwen3-32b", args, { gpus: "gaudi2", vllm: "0.11.0" })).toBe("UNKNOWN: memory-assumed");
  });

  test.each([
    ["fp8-dynamic", "cpu-256GiB", "NO-GO (unsupported): quantization-vendor"],
    ["w8a8-int8", "arm-cpu-256GB", "UNKNOWN: memory-assumed"],
    ["w8a8-int8", "MAX-1550", "NO-GO (unsupported): quantization-vendor"],
    ["awq", "arm-cpu-256GB", "NO-GO (unsupported): quantization-chip"],
    ["awq", "TPU v6e", "NO-GO (unsupported): quantization-vendor"],
  ])("%s on %s: %s", (quantization, gpus, expected) => {
    expect(verdict("qwen2.5-7b", [SHORT], { gpus, vllm: "0.20.0", quantization })).toBe(expected);
  });
});
