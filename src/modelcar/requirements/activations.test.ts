import { describe, expect, test } from "bun:test";
import { factsOf } from "../cases/cases.fixture.ts";
import { UNKNOWN_RUNTIME } from "../runtime/image.ts";
import { estimate, type Options, settingsFor } from "./estimate.fixture.ts";
import { isEstimate, requirements } from "./requirements.ts";
import { GIB, MIB } from "./units.ts";

describe("what a step takes", () => {
  const step = (model: string, options: Options) => estimate(factsOf(model), options).activations.bytes;

  test("sampling sorts the vocabulary until 0.17, then masks it in place; few sequences are sorted still", () => {
    const states = 8192 * 4096 * 2;
    const logits = 1024 * 128256;
    expect(step("llama-3.1-8b", { version: "0.16.0" })).toBe(logits * 38 + states);
    expect(step("llama-3.1-8b", { version: "0.17.0" })).toBe(logits * 14 + states + 80 * MIB);
    const few = { version: "0.17.0", args: ["--max-num-seqs=4", "--max-num-batched-tokens=16"] };
    expect(step("qwen3-0.6b", few)).toBe(4 * 151936 * 38 + 16 * 1024 * 2);
  });

  test("experts keep their buffers beside it, those in MXFP4 do not", () => {
    const dense = 1024 * 151936 * 14 + 8192 * 2048 * 2 + 80 * MIB;
    const buffers = 8192 * 8 * (2048 + 768) * 2;
    expect(step("qwen3-30b-a3b", { version: "0.19.0" })).toBe(dense + buffers);
    expect(step("gpt-oss-20b", { version: "0.19.0" })).toBe(1024 * 201088 * 14 + 8192 * 2880 * 2 + 80 * MIB);
  });

  test("a release that is not known counts as the one that takes more", () => {
    const { type, settings } = settingsFor({});
    const result = requirements(factsOf("llama-3.1-8b"), settings, type, UNKNOWN_RUNTIME);
    expect(isEstimate(result) && result.activations.bytes).toBe(1024 * 128256 * 38 + 8192 * 4096 * 2);
  });
});

describe("beside PyTorch", () => {
  const beside = (options: Options) => estimate(factsOf("llama-3.1-8b"), options).overhead.bytes / GIB;

  test.each([
    [{ version: "0.11.0" }, 0.14],
    [{ version: "0.19.0" }, 0.26],
    [{ version: "0.11.0", args: ["-tp=2"] }, 0.55],
    [{ version: "0.19.0", args: ["-tp=2"] }, 2.15],
    [{ version: "0.19.0", args: ["-tp=2"], gpu: "L40S" }, 0.55],
    [{ version: "0.19.0", args: ["-tp=2"], gpu: "RTX-PRO-6000" }, 0.55],
    [{ version: "0.19.0", args: ["-tp=2", "-pp=2"] }, 0.55],
    [{ version: "0.21.0", args: ["-tp=2", "-pp=2"] }, 2.15],
    [{ version: "0.19.0", args: ["-pp=2"] }, 0.26],
  ])("%o: %p GiB", (options: Options, expected) => {
    expect(beside(options)).toBeCloseTo(expected, 5);
  });
});
