import { describe, expect, test } from "bun:test";
import { parseArguments } from "./arguments.ts";
import { devicesOf } from "./devices.ts";
import { renamedArgument, withArgument, withoutArgument } from "./edit.ts";
import { humanInteger } from "./numbers.ts";
import { H100, read } from "./read.fixture.ts";

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
    expect(read(["--no-enable-prefix-caching"]).problems).toEqual([]);
    const settings = read(["--enforce-eager=false"]);
    expect(settings.enforceEager).toBe(false);
    expect(settings.problems).toMatchObject([{ severity: "error", flag: "--enforce-eager" }]);
    expect(settings.problems[0]?.text).toContain("Write --no-enforce-eager");
    expect(read(["--enable-chunked-prefill=false"], { version: "0.8.4" }).problems).toEqual([]);
  });

  test("argparse takes the beginning of a flag that is like no other's, and short forms", () => {
    expect(read(["--tensor-parallel=2"]).tensorParallel).toBe(2);
    expect(read(["--tensor=2"]).problems).toEqual([]);
    expect(read(["--max-num=2"]).problems).toMatchObject([{ severity: "error", code: "argument-unknown" }]);
    expect(read(["-ep", "-dp=2"], { version: "0.16.0" })).toMatchObject({
      ...{ expertParallel: true, dataParallel: 2, problems: [] },
    });
    expect(parseArguments(["-O3"], "m").byFlag.get("optimization-level")?.value).toBe("3");
  });

  test("the keys of a JSON flag one by one are its JSON", () => {
    const { byFlag } = parseArguments(["--hf-overrides.rope_scaling.factor=4", "--hf-overrides.a=b"], "m");
    expect(JSON.parse(byFlag.get("hf-overrides")?.value ?? "")).toEqual({
      rope_scaling: { factor: 4 },
      a: "b",
    });
  });

  test.each([
    ["--dtype=fp16", "0.11.0"],
    ["--dtype=int8", ""],
    ["--kv-cache-dtype=fp16", "0.11.0"],
    ["--kv-cache-dtype=bfloat16", "0.10.2"],
    ["--kv-cache-dtype=fp9", ""],
    ["--load-format=nonsense", "0.11.0"],
    ["--block-size=7", "0.11.0"],
    ["--block-size=48", "0.11.0"],
    ["--block-size=40", "0.20.0"],
    ["--speculative-config={broken", "0.11.0"],
    ["--kv-transfer-config={", "0.11.0"],
    ["-tp=2k", "0.11.0"],
  ])("%s is refused by vLLM %p", (argument, version) => {
    expect(read([argument], { version }).problems).toMatchObject([
      { severity: "error", code: "argument-value" },
    ]);
  });

  test.each([
    ["--dtype=half", "0.11.0"],
    ["--kv-cache-dtype=bfloat16", "0.11.0"],
    ["--kv-cache-dtype=int8_per_token_head", "0.20.0"],
    ["--load-format=runai_streamer", "0.11.0"],
    ["--block-size=64", "0.11.0"],
    ["--block-size=48", "0.20.0"],
    ["--max-num-batched-tokens=32k", "0.11.0"],
    ['--speculative-config={"method":"ngram","num_speculative_tokens":3}', "0.11.0"],
  ])("%s is taken by vLLM %p", (argument, version) => {
    expect(read([argument], { version }).problems).toEqual([]);
  });

  test("several values in one element are to be items of their own", () => {
    const { problems } = parseArguments(["--served-model-name foo bar"], "m");
    expect(problems[0]?.text).toEndWith(
      'Write each part as an item of its own: "--served-model-name", "foo", "bar".',
    );
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

  test.each([
    ["0.5.3", 131072, 131072, 256],
    ["0.5.4", 131072, 2048, 256],
    ["0.7.2", 20000, 20000, 256],
    ["0.8.1", 20000, 2048, 1024],
    ["0.8.4", 20000, 2048, 256],
  ])("%s with %p tokens on a small GPU: %p tokens, %p sequences", (version, length, tokens, sequences) => {
    const settings = read([`--max-model-len=${length}`], { version });
    expect([settings.maxNumBatchedTokens, settings.maxNumSeqs]).toEqual([tokens, sequences]);
  });
});

describe("gpu_count", () => {
  test("without a flag it is taken, with a warning that vLLM would not", () => {
    const settings = read([], { gpuCount: 4 });
    expect(settings.tensorParallel).toBe(4);
    expect(settings.problems.map(({ code }) => code)).toEqual(["tp-implied"]);
  });

  test("that is more than the arguments ask for is told", () => {
    const settings = read(["-tp=2"], { gpuCount: 4 });
    expect(settings.tensorParallel).toBe(2);
    expect(settings.problems).toMatchObject([{ severity: "warning", code: "tp-gpu-count" }]);
  });

  test("that is less than the arguments ask for gives the pod too few: vLLM does not start", () => {
    expect(read(["-tp=4"], { gpuCount: 1 }).problems).toMatchObject([
      { severity: "error", code: "gpu-count" },
    ]);
  });

  test("is shared by replicas and stages", () => {
    const replicas = read(["--data-parallel-size=4"], { gpuCount: 4 });
    expect([replicas.tensorParallel, devicesOf(replicas), replicas.problems]).toEqual([1, 4, []]);
    const both = read(["-dp=2", "-pp=2"], { gpuCount: 8 });
    expect([both.tensorParallel, devicesOf(both)]).toEqual([2, 8]);
    expect(devicesOf(read(["-tp=2k"], { gpuCount: 4 }))).toBe(4);
  });

  test("that agrees is fine", () => {
    expect(read(["-tp=2", "-pp=2"], { gpuCount: 4 }).problems).toEqual([]);
  });
});

test("lists take all that follows up to the next flag", () => {
  const args = ["--served-model-name", "a", "b", "--seed=1"];
  expect(read(args).problems).toEqual([]);
  expect(withoutArgument(args, "served-model-name")).toEqual(["--seed=1"]);
  expect(read(["--max-num-seqs", "8", "9"]).problems).toMatchObject([{ code: "argument-form" }]);
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

  test("a flag is renamed where it stands, with its values as they are", () => {
    const args = ["--max_modl_len", "8192", "--seed=1", "--max-modl-len=a=b"];
    expect(renamedArgument(args, "max-modl-len", "max-model-len")).toEqual([
      ...["--max-model-len", "8192", "--seed=1", "--max-model-len=a=b"],
    ]);
    expect(renamedArgument(args, "dtype", "seed")).toEqual(args);
  });
});
