import { describe, expect, test } from "bun:test";
import { factsOf } from "../cases/cases.fixture.ts";
import { gpuType } from "../gpus/match.ts";
import { GPU_TYPES } from "../gpus/table.ts";
import { modelShape } from "../requirements/shape.ts";
import { namedRuntime, runtimeOfImage, UNKNOWN_RUNTIME } from "../runtime/image.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import { servingSettings } from "../settings/settings.ts";
import { compatibilityReasons } from "./check.ts";
import type { RuleContext } from "./context.ts";
import { capabilityOutcome } from "./eras.ts";
import { QUANTIZATION_RULES } from "./rules.ts";
import { validTensorParallel } from "./structure.ts";
import { vendorSupport } from "./vendor.ts";

function context(
  model: string,
  gpu: string,
  args: string[] = [],
  more: { quantization?: string; runtime?: RuntimeVersion } = {},
): RuleContext {
  const facts = factsOf(model, more.quantization);
  const type = gpuType(gpu)!;
  const runtime = more.runtime ?? namedRuntime("0.11.0", "test");
  const entry = { name: model, image: "", outputType: undefined, args, gpuCount: undefined, line: 1 };
  const settings = servingSettings(entry, { runtime, gpu: type, contextLimit: facts.contextLimit });
  return { facts, shape: modelShape(facts.config ?? {}), settings, gpu: type, runtime };
}

const codes = (of: RuleContext): string[] => compatibilityReasons(of).map(({ code }) => code);

describe("releases", () => {
  const eras = [
    { from: "0.5.0", minimum: 80 },
    { from: "0.13.0", minimum: "unclear" },
    { from: "0.17.0", minimum: 75 },
  ] as const;

  test("decide when they are named", () => {
    expect(capabilityOutcome(eras, 75, "0.11.0")).toBe("no");
    expect(capabilityOutcome(eras, 75, "0.17.0")).toBe("yes");
    expect(capabilityOutcome(eras, 75, "0.4.0")).toBe("too-old");
  });

  test("in between, only what both sides agree on", () => {
    expect(capabilityOutcome(eras, 75, "0.14.0")).toBe("unclear");
    expect(capabilityOutcome(eras, 80, "0.14.0")).toBe("yes");
    expect(capabilityOutcome(eras, 70, "0.14.0")).toBe("no");
  });

  test("when none is named, only what all agree on", () => {
    expect(capabilityOutcome(eras, 75, undefined)).toBe("unclear");
    expect(capabilityOutcome(eras, 89, undefined)).toBe("yes");
    expect(capabilityOutcome(eras, 70, undefined)).toBe("no");
  });
});

describe("the tables", () => {
  test("every rule cites its source, its eras are in order, and a scheme has one rule", () => {
    for (const { source, eras } of QUANTIZATION_RULES) {
      expect(source.length).toBeGreaterThan(5);
      expect(eras.map(({ from }) => from)).toEqual(
        [...eras].map(({ from }) => from).sort((a, b) => Bun.semver.order(a, b)),
      );
    }
    const schemes = QUANTIZATION_RULES.flatMap((rule) => rule.schemes);
    expect(new Set(schemes).size).toBe(schemes.length);
  });

  test("a newer GPU of NVIDIA never runs less, but where Blackwell is refused", () => {
    for (const { eras } of QUANTIZATION_RULES.filter((rule) =>
      rule.eras.every(({ maximum }) => maximum === undefined),
    ))
      for (const version of ["0.9.2", "0.11.0", "0.20.0", "0.30.0"]) {
        const outcomes = [70, 75, 80, 86, 89, 90, 100, 120].map((c) => capabilityOutcome(eras, c, version));
        const first = outcomes.indexOf("yes");
        if (first >= 0) expect(outcomes.slice(first).every((outcome) => outcome === "yes")).toBe(true);
      }
  });
});

describe("the vendor's verdict stands apart from what loads", () => {
  const support = (quantization: string, gpu: string) =>
    vendorSupport(factsOf("llama-3.1-8b", quantization).quantization, gpuType(gpu)!);

  test.each([
    ["w8a8-int8", "T4", true],
    ["w8a8-int8", "B200", false],
    ["w4a16", "T4", false],
    ["w4a16", "B200", true],
    ["w4a16", "MI300X", true],
    ["fp8-dynamic", "L40S", true],
    ["fp8-dynamic", "A100", false],
    ["nvfp4", "H100", false],
    ["nvfp4", "B200", true],
    ["bnb-4bit", "H100", undefined],
  ])("%s on %s: %p", (quantization, gpu, supported) => {
    expect(support(quantization, gpu)).toBe(supported as never);
  });

  test("it warns, and blocks nothing", () => {
    const reasons = compatibilityReasons(
      context("llama-3.1-8b", "A100", [], { quantization: "fp8-dynamic" }),
    );
    expect(reasons.find(({ code }) => code === "vendor-support")?.kind).toBe("warning");
    expect(reasons.some(({ kind }) => kind === "blocks")).toBe(false);
  });
});

describe("structure", () => {
  test.each([
    ["qwen2.5-7b", undefined, [1, 2, 4]],
    ["llama-3.1-70b", undefined, [1, 2, 4, 8, 16]],
    ["falcon-7b", undefined, [1]],
    ["qwen2.5-0.5b", undefined, [1, 2]],
    ["phi-4", undefined, [1, 2]],
    ["qwen3-30b-a3b", "fp8-block", [1, 2]],
    ["qwen2.5-72b", "awq", [1]],
    ["granite-3.1-8b", undefined, [1, 2, 4, 8, 16]],
  ])("%s %s is divided by %j", (model, quantization, sizes) => {
    const more = quantization === undefined ? {} : { quantization };
    const valid = validTensorParallel(context(model, "H100", [], more));
    expect(valid).toEqual(sizes);
  });

  test("experts stay whole under expert parallelism", () => {
    const valid = validTensorParallel(
      context("qwen3-30b-a3b", "H100", ["--enable-expert-parallel"], { quantization: "fp8-block" }),
    );
    expect(valid).toContain(4);
  });
});

describe("what else blocks", () => {
  test("a runtime image for other accelerators", () => {
    const runtime = runtimeOfImage("quay.io/example/vllm-rocm:v0.11.0");
    expect(codes(context("llama-3.1-8b", "H100", [], { runtime }))).toContain("runtime-platform");
    expect(codes(context("llama-3.1-8b", "MI300X", [], { runtime }))).not.toContain("runtime-platform");
  });

  test("a checkpoint in 16 bits does not become AWQ while it is loaded, but FP8 it does", () => {
    expect(codes(context("llama-3.1-8b", "H100", ["--quantization=awq"]))).toContain("quantization-absent");
    expect(codes(context("llama-3.1-8b", "H100", ["--quantization=fp8"]))).not.toContain(
      "quantization-absent",
    );
    expect(
      codes(context("llama-3.1-8b", "H100", ["--quantization=awq_marlin"], { quantization: "awq" })),
    ).not.toContain("quantization-mismatch");
  });

  test("a context beyond the limit", () => {
    const args = ["--max-model-len=65536"];
    expect(compatibilityReasons(context("mistral-7b-v0.3", "H100", args))[0]).toMatchObject({
      kind: "blocks",
      code: "context-limit",
    });
  });

  test("a draft model whose memory is not known", () => {
    const draft = `--speculative-config={"model":"example/draft","num_speculative_tokens":3}`;
    expect(codes(context("llama-3.1-8b", "H100", [draft]))).toContain("speculative-memory");
    const none = `--speculative-config={"method":"ngram","num_speculative_tokens":3}`;
    expect(codes(context("llama-3.1-8b", "H100", [none]))).not.toContain("speculative-memory");
  });

  test("what blocks stands before what is not known and what warns", () => {
    const reasons = compatibilityReasons(
      context("unheard-of", "T4", ["--dtype=bfloat16", "--swap-space=4"], { runtime: UNKNOWN_RUNTIME }),
    );
    const kinds = reasons.map(({ kind }) => kind);
    expect(kinds.indexOf("blocks")).toBe(0);
    expect(kinds.lastIndexOf("blocks")).toBeLessThan(kinds.indexOf("unknown"));
    expect(kinds.lastIndexOf("unknown")).toBeLessThan(kinds.indexOf("warning"));
  });

  test("a plain 16-bit Llama runs on every GPU of the table that has bfloat16", () => {
    for (const { id } of GPU_TYPES.filter(({ capability }) => capability === undefined || capability >= 80))
      expect(
        compatibilityReasons(context("llama-3.1-8b", id)).filter(({ kind }) => kind === "blocks"),
      ).toEqual([]);
  });
});
