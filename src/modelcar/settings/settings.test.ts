import { describe, expect, test } from "bun:test";
import { namedRuntime, UNKNOWN_RUNTIME } from "../runtime/image.ts";
import type { ModelEntry } from "../types.ts";
import { parseArguments } from "./arguments.ts";
import { withArgument, withoutArgument } from "./edit.ts";
import { humanInteger } from "./numbers.ts";
import { servingSettings } from "./settings.ts";

const entry = (args: string[], gpuCount?: number): ModelEntry => ({
  name: "granite",
  image: "oci://example/granite",
  outputType: "text",
  args,
  gpuCount,
  line: 1,
});

const H100 = { memoryMiB: 81559, name: "NVIDIA H100 80GB HBM3" };
const L40S = { memoryMiB: 46068, name: "NVIDIA L40S" };

const read = (args: string[], { gpuCount, version = "0.11.0", gpu = L40S } = {} as Options) =>
  servingSettings(entry(args, gpuCount), {
    runtime: version === "" ? UNKNOWN_RUNTIME : namedRuntime(version, "test"),
    gpu,
    contextLimit: 131072,
  });

interface Options {
  gpuCount?: number;
  version?: string;
  gpu?: typeof H100;
}

describe("arguments", () => {
  test("every spelling is one flag", () => {
    for (const args of [
      ["--tensor-parallel-size=2"],
      ["--tensor-parallel-size", "2"],
      ["--tensor_parallel_size=2"],
      ["-tp", "2"],
      ["-tp=2"],
    ])
      expect(read(args).tensorParallel).toBe(2);
  });

  test("{{.Name}} is the model's name", () => {
    const { byFlag } = parseArguments(["--served-model-name={{.Name}}"], "granite");
    expect(byFlag.get("served-model-name")?.value).toBe("granite");
  });

  test("of duplicates vLLM takes the last, and a differing one is told", () => {
    const settings = read(["--max-model-len=2048", "--max-model-len=4096"]);
    expect(settings.maxModelLen).toBe(4096);
    expect(settings.problems.map(({ code }) => code)).toEqual(["argument-duplicate"]);
    expect(read(["--max-model-len=2048", "--max-model-len=2048"]).problems).toEqual([]);
  });

  test("switches take no value, and --no- turns them off", () => {
    expect(read(["--enforce-eager", "--max-model-len=2048"]).enforceEager).toBe(true);
    expect(read(["--enforce-eager", "--no-enforce-eager"]).enforceEager).toBe(false);
    expect(read(["--enforce-eager=false"]).enforceEager).toBe(false);
    expect(read(["--no-enable-prefix-caching"]).problems).toEqual([]);
  });

  test("one element with a space in it is an error, with what to write", () => {
    const [problem] = read(["--max-model-len 2048"]).problems;
    expect(problem).toMatchObject({ severity: "error", code: "argument-form" });
    expect(problem?.text).toContain("--max-model-len=2048");
  });

  test("a slip of the keyboard is told with the flag that was meant", () => {
    expect(read(["--max-modle-len=2048"]).problems[0]?.text).toContain("--max-model-len");
  });

  test("a value of the wrong kind is an error and counts as not given", () => {
    const settings = read(["--gpu-memory-utilization=90", "--max-num-seqs=many"]);
    expect(settings.gpuMemoryUtilization).toBe(0.9);
    expect(settings.maxNumSeqs).toBe(256);
    expect(settings.problems).toMatchObject([
      { severity: "error", flag: "--gpu-memory-utilization" },
      { severity: "error", flag: "--max-num-seqs" },
    ]);
  });

  test.each([
    ["32k", 32000],
    ["32K", 32768],
    ["25.6k", 25600],
    ["1M", 1048576],
    ["131072", 131072],
    ["1.5K", undefined],
    ["", undefined],
    ["12 k", undefined],
  ])("%p tokens are %p", (text, value) => {
    expect(humanInteger(text)).toBe(value);
  });
});

describe("defaults by release", () => {
  test("the share of memory", () => {
    expect(read([]).gpuMemoryUtilization).toBe(0.9);
    expect(read([], { version: "0.25.0" }).gpuMemoryUtilization).toBe(0.92);
    expect(read([], { version: "" }).gpuMemoryUtilization).toBe(0.9);
  });

  test("tokens and sequences of a step depend on the GPU", () => {
    expect(read([])).toMatchObject({ maxNumBatchedTokens: 2048, maxNumSeqs: 256 });
    expect(read([], { gpu: H100 })).toMatchObject({ maxNumBatchedTokens: 8192, maxNumSeqs: 1024 });
    const b200 = { memoryMiB: 183359, name: "NVIDIA B200" };
    expect(read([], { gpu: b200, version: "0.28.0" }).maxNumBatchedTokens).toBe(16384);
    expect(read([], { gpu: b200 }).maxNumBatchedTokens).toBe(8192);
    const a100 = { memoryMiB: 81920, name: "NVIDIA A100-SXM4-80GB" };
    expect(read([], { gpu: a100 }).maxNumSeqs).toBe(256);
  });
});

describe("gpu_count", () => {
  test("without a flag it is taken, with a warning that vLLM would not", () => {
    const settings = read([], { gpuCount: 4 });
    expect(settings.tensorParallel).toBe(4);
    expect(settings.problems.map(({ code }) => code)).toEqual(["tp-implied"]);
  });

  test("that contradicts the flag is told", () => {
    const settings = read(["-tp=2"], { gpuCount: 4 });
    expect(settings.tensorParallel).toBe(2);
    expect(settings.problems.map(({ code }) => code)).toEqual(["tp-gpu-count"]);
  });

  test("that agrees is fine", () => {
    expect(read(["-tp=2", "-pp=2"], { gpuCount: 4 }).problems).toEqual([]);
  });
});

describe("edits", () => {
  test("a flag is replaced where it stands, in any spelling, and once", () => {
    expect(
      withArgument(["-tp", "4", "--seed=1", "--tensor_parallel_size=8"], "tensor-parallel-size", "2"),
    ).toEqual(["--tensor-parallel-size=2", "--seed=1"]);
    expect(withArgument(["--seed=1"], "dtype", "half")).toEqual(["--seed=1", "--dtype=half"]);
  });

  test("a flag is taken out with its value; others and their template stay", () => {
    const args = ["--quantization", "awq", "--served-model-name={{.Name}}", "--enforce-eager"];
    expect(withoutArgument(args, "quantization")).toEqual([
      "--served-model-name={{.Name}}",
      "--enforce-eager",
    ]);
    expect(withoutArgument(args, "enforce-eager")).toEqual(args.slice(0, 3));
  });
});
