import { describe, expect, test } from "bun:test";
import { factsOf, inventoryOf, needOf } from "../cases/cases.fixture.ts";
import { candidates } from "../decision/pools.ts";
import { type Optimized, optimize, optimizedArgumentsJson, optimizeFor } from "./optimize.ts";

interface Options {
  gpu?: string;
  devices?: number;
  gpuCount?: number;
  version?: string;
}

function run(
  model: string,
  args: string[],
  { gpu = "L40S", devices = 1, gpuCount, version = "0.11.0" }: Options = {},
) {
  const entry = { name: model, image: "", outputType: undefined, args, gpuCount, line: 1 };
  const inventory = inventoryOf({ gpus: `${devices}x ${gpu}`, vllm: version });
  const [candidate] = candidates(inventory).open;
  const input = { facts: factsOf(model), candidate: candidate!, inventory };
  const result = optimize({ ...input, entry });
  const { args: better, gpuCount: count } = result;
  return { result, again: optimize({ ...input, entry: { ...entry, args: better, gpuCount: count } }) };
}

const what = ({ changes }: Optimized): string[] => changes.map((one) => one.what);

describe("edits", () => {
  test("none, where nothing is wrong", () => {
    const args = ["--uvicorn-log-level=info", "--max-model-len=2048", "--trust-remote-code"];
    expect(run("llama-3.1-8b", args).result).toEqual({
      args,
      gpuCount: undefined,
      changes: [],
      deployable: true,
    });
  });

  test("an executor that harms nothing stays", () => {
    const args = ["--max-model-len=2048", "--distributed-executor-backend=mp"];
    expect(run("granite-3.1-8b", args).result).toMatchObject({ args, changes: [], deployable: true });
    const two = run("granite-3.1-8b", ["-tp=2", "--distributed-executor-backend=mp"], { devices: 2 });
    expect(two.result.changes).toEqual([]);
    const shorter = run("llama-3.1-8b", ["--distributed-executor-backend=mp"], { gpu: "A10G" });
    expect(what(shorter.result)).toEqual(["--max-model-len"]);
  });

  test("gpu_count becomes a flag", () => {
    const { result } = run("llama-3.1-8b", [], { gpuCount: 2, devices: 2 });
    expect(result.args).toEqual(["--tensor-parallel-size=2"]);
  });

  test("a context that fits", () => {
    const { result } = run("llama-3.1-8b", ["--seed=1"], { gpu: "A10G" });
    expect(result).toMatchObject({ deployable: true, args: ["--seed=1", "--max-model-len=28672"] });
  });

  test("fewer GPUs than the node has not", () => {
    const { result } = run("llama-3.1-8b", ["--tensor-parallel-size=8", "--max-model-len=8192"], {
      devices: 4,
    });
    expect(result).toMatchObject({
      deployable: true,
      args: ["--tensor-parallel-size=4", "--max-model-len=8192"],
    });
  });

  test("two edits where one is not enough, each with its reason", () => {
    const { result } = run("qwen2.5-7b", ["--max-model-len=32768"], { gpu: "V100-16GB", devices: 1 });
    expect(result.deployable).toBe(false);
    const large = run("qwen2.5-7b", [], { gpu: "V100-32GB", version: "0.8.4" }).result;
    expect([large.deployable, what(large)]).toEqual([true, ["--dtype"]]);
    const oss = run("gpt-oss-120b", [], { gpu: "H100", version: "0.10.1" }).result;
    expect(what(oss)).toEqual(["--gpu-memory-utilization", "--max-num-seqs"]);
    expect(oss.changes.every(({ why }) => why.length > 10)).toBe(true);
  });

  test("a flag that is written wrong becomes the one that was meant, in its place", () => {
    const { result, again } = run("llama-3.1-8b", ["--max-model-lenn=8192", "--seed=1"], { gpu: "A10G" });
    expect(result).toMatchObject({ args: ["--max-model-len=8192", "--seed=1"], deployable: true });
    expect(what(result)).toEqual(["--max-model-lenn", "--max-model-len"]);
    expect(again.changes).toEqual([]);
  });

  test("what vLLM refuses goes first, where more is wrong than two edits mend", () => {
    const wrong = ["--swap-space=4", "--tensor-paralel-size=2", "--tensor-parallel-size=3", "--seed=1"];
    const { result, again } = run("llama-3.1-8b", wrong, { gpuCount: 3, devices: 2, version: "0.18.0" });
    expect(result).toMatchObject({
      args: ["--tensor-parallel-size=2", "--seed=1"],
      gpuCount: 2,
      deployable: true,
    });
    expect(what(result)).toEqual([
      "--swap-space",
      "--tensor-paralel-size",
      "--tensor-parallel-size",
      "gpu_count",
    ]);
    expect(again.changes).toEqual([]);
    const small = ["--quantization=awq", "--kv-cache-dtype=fp8", "--gpu-memory-utilization=0.5"];
    const turing = run("llama-3.1-8b", small, { gpu: "T4", devices: 4, version: "0.18.0" }).result;
    expect(turing.deployable).toBe(true);
    expect(what(turing).slice(0, 2).sort()).toEqual(["--kv-cache-dtype", "--quantization"]);
    expect(turing.changes.slice(0, 2).every(({ kind }) => kind === "remove-argument")).toBe(true);
  });

  test("what is refused stays where the model does not start without it either", () => {
    const args = ["--swap-space=4", "--no-such-flag", "--max-model-len=2048"];
    const { result } = run("llama-3.1-405b", args, { version: "0.18.0" });
    expect(result).toEqual({ args, gpuCount: undefined, changes: [], deployable: false });
  });

  test("what cannot be cured by arguments is left as it is", () => {
    const args = ["--max-model-len=2048"];
    const left = { args, gpuCount: undefined, changes: [], deployable: false };
    expect(run("llama-3.1-405b", args).result).toEqual(left);
    expect(run("unheard-of", args).result).toEqual(left);
  });

  test("applied to its own result it changes nothing", () => {
    for (const [model, args, options] of [
      ["llama-3.1-8b", [], { gpu: "A10G" }],
      ["llama-3.1-8b", ["-tp=8"], { devices: 4 }],
      ["gpt-oss-120b", [], { gpu: "H100", version: "0.10.1" }],
      ["qwen2.5-7b", ["--dtype=bfloat16", "--max-model-len=999999"], { gpu: "V100-32GB" }],
      ["granite-3.1-8b", ["--distributed-executor-backend=mp", "--seed=1", "--seed=2"], {}],
    ] as [string, string[], Options][]) {
      const { result, again } = run(model, args, options);
      expect(again.args).toEqual(result.args);
      expect(again.changes).toEqual([]);
    }
  });
});

test("OPTIMIZED_SERVING_ARGUMENTS_JSON: bare for one model, by name for several; gpu_count where it changes", () => {
  const count = { kind: "argument", what: "gpu_count", value: "4", why: "" } as const;
  const [a, b] = [
    { name: "a", args: ["--x=1"], changes: [] },
    { name: "b", args: [], changes: [count] },
  ];
  expect(JSON.parse(optimizedArgumentsJson([a!]))).toEqual({ args: ["--x=1"] });
  expect(JSON.parse(optimizedArgumentsJson([a!, b!]))).toEqual({
    a: { args: ["--x=1"] },
    b: { args: [], gpu_count: 4 },
  });
});

describe("for an inventory", () => {
  const need = needOf({ name: "llama-3.1-8b", model: "llama-3.1-8b", gpus: "", args: [] });

  test("the GPUs that need the fewest edits", () => {
    const machines = inventoryOf({ gpus: "A10G, H100", vllm: "0.11.0" });
    expect(optimizeFor(need, machines)).toMatchObject({
      args: [],
      changes: [],
      deployable: true,
      gpu: { id: "H100-80GB" },
    });
    const small = optimizeFor(need, inventoryOf({ gpus: "A10G", vllm: "0.11.0" }));
    expect([small.gpu?.id, small.args]).toEqual(["A10G", ["--max-model-len=28672"]]);
  });

  test("none, where nothing is known or nothing helps", () => {
    const machines = inventoryOf({ gpus: "T4", vllm: "0.11.0" });
    expect(optimizeFor({ ...need, facts: undefined }, machines).deployable).toBe(false);
    expect(optimizeFor(need, machines)).toMatchObject({
      args: [],
      changes: [],
      deployable: false,
      gpu: undefined,
    });
  });
});
