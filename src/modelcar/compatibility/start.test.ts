import { describe, expect, test } from "bun:test";
import { factsOf } from "../cases/cases.fixture.ts";
import { gpuType } from "../gpus/match.ts";
import { modelShape } from "../requirements/shape.ts";
import { namedRuntime, UNKNOWN_RUNTIME } from "../runtime/image.ts";
import { servingSettings } from "../settings/settings.ts";
import { compatibilityReasons } from "./check.ts";

interface Start {
  gpu?: string;
  version?: string;
  quantization?: string;
}

function reasons(model: string, args: string[], { gpu = "H100", version, quantization }: Start) {
  const facts = factsOf(model, quantization);
  const type = gpuType(gpu)!;
  const runtime = version === undefined ? UNKNOWN_RUNTIME : namedRuntime(version, "test");
  const entry = { name: model, image: "", outputType: undefined, args, gpuCount: undefined, line: 1 };
  const settings = servingSettings(entry, { runtime, gpu: type, contextLimit: facts.contextLimit });
  return compatibilityReasons({ facts, shape: modelShape(facts.config ?? {}), settings, gpu: type, runtime });
}

const kindOf = (code: string, found: ReturnType<typeof reasons>) =>
  found.find((reason) => reason.code === code)?.kind;

describe("Marlin that is forced (is_awq_marlin_compatible, is_gptq_marlin_compatible)", () => {
  test.each([
    ["awq", "T4", "0.13.0", "blocks"],
    ["awq", "T4", "0.13.1", "unknown"],
    ["awq", "T4", "0.14.0", undefined],
    ["awq", "T4", undefined, "unknown"],
    ["gptq", "V100", "0.11.0", "blocks"],
    ["gptq", "V100", "0.18.0", "blocks"],
    ["gptq", "A10", "0.11.0", undefined],
    ["awq", "MI300X", "0.11.0", "blocks"],
    ["awq", "MI300X", "0.19.0", "unknown"],
    ["awq", "MI300X", "0.19.1", undefined],
    ["gptq", "MI300X", "0.20.0", "blocks"],
    ["gptq", "MI300X", "0.22.1", undefined],
  ])("%s on %s in %p: %p", (quantization, gpu, version, expected) => {
    const found = reasons("qwen2.5-7b", [`--quantization=${quantization}_marlin`], {
      ...{ gpu, version: version as string, quantization },
    });
    expect(kindOf("quantization-marlin", found)).toBe(expected as never);
  });
});

describe("decode context parallelism (verify_with_parallel_config)", () => {
  test.each([
    // Llama 3.1 8B has 32 query heads and 8 KV heads.
    [["-tp=8", "-dcp=2"], "0.11.2", "dcp-kv-heads"],
    [["-tp=16", "-dcp=4"], "0.11.2", "dcp-kv-heads"],
    [["-tp=16", "-dcp=3"], "0.11.2", "dcp-size"],
    [["-tp=16", "-dcp=2"], "0.11.2", undefined],
    [["-tp=8", "-dcp=2"], "0.11.0", undefined],
    [["-tp=8"], "0.11.2", undefined],
  ])("%j in %s: %p", (args, version, expected) => {
    const found = reasons("llama-3.1-8b", args, { version }).find(({ code }) => code.startsWith("dcp-"));
    expect([found?.code, found?.kind]).toEqual([expected, expected && "blocks"] as never);
  });
});

test("MXFP4 goes by Triton on Hopper and by Marlin below (get_mxfp4_backend)", () => {
  const text = (gpu: string) =>
    reasons("gpt-oss-20b", [], { gpu, version: "0.11.0" }).find(
      ({ code }) => code === "quantization-weight-only",
    )?.text;
  expect(text("H100")).toContain("Triton");
  expect(text("A100")).toContain("Marlin");
});
