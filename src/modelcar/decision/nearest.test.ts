import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { factsOf, inventoryOf, needOf } from "../cases/cases.fixture.ts";
import type { Inventory } from "../inventory/types.ts";
import { changeText } from "../report/text.ts";
import { applyChange } from "./apply-change.fixture.ts";
import { editText } from "./change-text.ts";
import { aNeed, anInventory } from "./cluster.fixture.ts";
import { decide } from "./decide.ts";
import type { Change, ModelNeed } from "./types.ts";

const SMALL = ["--max-model-len=8192"];
const need = (model: string, args: string[] = []): ModelNeed =>
  needOf({ name: model, model, args, gpus: "" });
const machines = (gpus: string, vllm = "0.11.0"): Inventory => inventoryOf({ gpus, vllm });
const nearest = (one: ModelNeed, inventory: Inventory): Change[] =>
  decide([one], inventory).models[0]!.nearest;
const edits = (one: ModelNeed, inventory: Inventory): string[] => nearest(one, inventory).map(editText);

/** An image for x86 alone, and the same machines with other processors. */
const amd64 = (one: ModelNeed): ModelNeed => ({
  ...one,
  facts: { ...one.facts!, container: { bytes: 1, layers: 1, architectures: ["amd64"] } },
});
const arm64 = (inventory: Inventory): Inventory => ({
  ...inventory,
  nodes: inventory.nodes.map((node) => ({ ...node, architecture: "arm64" })),
});

test("every change that is offered is a GO when it is made", () => {
  const told = new Set<string>();
  const pairs = new Set<string>();
  fc.assert(
    fc.property(aNeed, anInventory, (one, inventory) => {
      for (const change of nearest(one, inventory)) {
        told.add(`${change.kind} ${change.what.startsWith("--") ? "" : change.what}`);
        const beside = /^[^-]+? with(?:out)? (\w+:|--)/.exec(change.value ?? "")?.[1];
        if (beside !== undefined) pairs.add(`${change.what} with ${beside}`);
        const then = applyChange(change, { need: one, inventory });
        const verdict = { change: changeText(change), verdict: decide([then.need], then.inventory).verdict };
        expect(verdict).toEqual({ ...verdict, verdict: "GO" });
      }
    }),
    { numRuns: 400, seed: 5 },
  );
  for (const kind of ["argument ", "remove-argument ", "hardware GPUs", "hardware GPU", "model quantization"])
    expect([...told]).toContain(kind);
  for (const kind of ["model image", "cluster quota", "cluster toleration", "runtime vLLM"])
    expect([...told]).toContain(kind);
  for (const pair of ["quantization with --", "quota with --", "toleration with --", "GPU with --"])
    expect([...pairs]).toContain(pair);
  for (const pair of ["quota with GPU:", "vLLM with GPU:", "quota with image:"])
    expect([...pairs]).toContain(pair);
});

describe("what is offered", () => {
  test("a flag that is to go is not told as one that is to come", () => {
    const one = need("llama-3.1-8b", ["--kv-cache-dtype=fp8", "--max-model-len=131072"]);
    const [first] = edits(one, machines("A10G"));
    expect(first).toStartWith("without --kv-cache-dtype --max-model-len=");
    expect(edits(need("llama-3.1-8b", [...SMALL, "--kv-cache-dtype=fp8"]), machines("A10G"))[0]).toBe(
      "without --kv-cache-dtype",
    );
  });

  test("as many GPUs as tensor, pipeline and data parallelism take together", () => {
    const staged = need("llama-3.1-70b", ["-tp=1", "-pp=2", "--max-model-len=16384"]);
    expect(edits(staged, machines("2x L40S"))).toContain(
      "GPUs: 4x NVIDIA L40S with --tensor-parallel-size=2",
    );
    expect(edits(need("llama-3.1-8b", [...SMALL, "-tp=2", "-dp=4"]), machines("4x H100"))).toContain(
      "GPUs: 8x NVIDIA H100 80GB HBM3",
    );
  });

  test("nothing of two nodes, on which one pod cannot be", () => {
    const offered = nearest(need("llama-3.1-405b", ["-tp=8"]), machines("8x H100"));
    expect(offered.map(editText)).toContain("GPU: 8x NVIDIA H200");
    expect(JSON.stringify(offered)).not.toContain("two nodes");
  });

  test("a quantization only where its model finds the devices that it needs", () => {
    expect(edits(need("llama-3.1-70b", ["-tp=8", ...SMALL]), machines("4x T4"))).not.toContain(
      "quantization: INT4 (W4A16)",
    );
  });

  test("of what a node or a namespace has against the pod, no arguments", () => {
    expect(edits(amd64(need("llama-3.1-8b", SMALL)), arm64(machines("4x GH200")))).toEqual([
      "image: linux/arm64",
      "GPU: 1x NVIDIA H100 80GB HBM3",
    ]);
    const quotas = [{ name: "team", resource: "requests.nvidia.com/gpu", hard: 3, used: 3 }];
    expect(edits(need("llama-3.1-8b", SMALL), { ...machines("4x H100"), quotas })).toEqual([
      "quota: team to 4 of requests.nvidia.com/gpu",
    ]);
  });

  test("the taint to tolerate, also where no node is left without it", () => {
    const tainted = machines("H100");
    tainted.nodes[0]!.taints = [{ key: "dedicated", value: "llm", effect: "NoSchedule" }];
    const [change] = nearest(need("llama-3.1-8b", SMALL), tainted);
    expect(change && changeText(change)).toBe(
      "toleration: dedicated=llm:NoSchedule (with it the pod may run on node-1)",
    );
  });

  test("the last of several releases that something is missing before", () => {
    const model = { ...need("qwen3-8b", SMALL), facts: factsOf("qwen3-8b", "fp8-dynamic") };
    const [change] = nearest(model, machines("T4", "0.8.0"));
    expect(change).toMatchObject({ kind: "runtime", value: "0.17.0" });
  });
});

describe("where one step is not enough", () => {
  const tainted = (inventory: Inventory): Inventory => ({
    ...inventory,
    nodes: inventory.nodes.map((node) => ({
      ...node,
      taints: [{ key: "dedicated", value: "llm", effect: "NoSchedule" as const }],
    })),
  });
  const full = (inventory: Inventory): Inventory => ({
    ...inventory,
    quotas: [{ name: "team", resource: "requests.nvidia.com/gpu", hard: 3, used: 3 }],
  });

  test("a quantization with the arguments that it needs, before other hardware", () => {
    expect(edits(need("llama-3.1-70b", SMALL), machines("4x L4"))[0]).toBe(
      "quantization: FP8 (W8A8) with --tensor-parallel-size=4",
    );
    expect(edits(need("llama-3.1-70b", SMALL), machines("4x V100-16GB"))[0]).toBe("GPU: 1x NVIDIA B200");
    const [change] = nearest(need("deepseek-v3"), machines("8x H100"));
    expect(change && changeText(change)).toBe(
      "quantization: INT4 (W4A16) with --tensor-parallel-size=8 (a checkpoint of this model in INT4 (W4A16) fits and runs on NVIDIA H100 80GB HBM3; the model spreads over 8 GPUs)",
    );
  });

  test("where arguments alone are enough, no change that needs others beside it", () => {
    const offered = edits(need("llama-3.1-70b", SMALL), machines("8x L40S"));
    expect(offered[0]).toBe("--tensor-parallel-size=4");
    expect(offered.filter((text) => text.startsWith("quantization"))).toEqual([]);
  });

  test("a release and the arguments that it needs", () => {
    expect(edits(need("llama-4-scout", SMALL), machines("8x H100", "0.8.2"))[0]).toBe(
      "vLLM: 0.8.3 with --tensor-parallel-size=4",
    );
  });

  test("a release and other GPUs, where both are missing", () => {
    expect(edits(need("llama-4-scout", ["-tp=4", ...SMALL]), machines("4x T4", "0.8.2"))).toEqual([
      "vLLM: 0.8.3 with GPU: 4x NVIDIA H100 80GB HBM3",
    ]);
  });

  test("other GPUs with a context that the model was made for", () => {
    expect(edits(need("qwen2.5-72b", ["--max-model-len=131072"]), machines("4x T4"))).toEqual([
      "GPU: 1x NVIDIA B200 with --max-model-len=32768",
    ]);
  });

  test("a taint and a quota that is used up", () => {
    const one = need("llama-3.1-8b", SMALL);
    expect(edits(one, full(tainted(machines("4x H100"))))).toEqual([
      "toleration: dedicated=llm:NoSchedule with quota: team to 4 of requests.nvidia.com/gpu",
    ]);
    expect(edits(need("llama-3.1-8b"), tainted(machines("A10G")))).toEqual([
      "toleration: dedicated=llm:NoSchedule with --max-model-len=28672",
    ]);
  });

  test("a quota with the devices that the edits take", () => {
    expect(edits(need("llama-3.1-70b", SMALL), full(machines("8x L40S")))[0]).toBe(
      "quota: team to 7 of requests.nvidia.com/gpu with --tensor-parallel-size=4",
    );
  });

  test("a node that is tainted and of no use either way: another, and the quota for it", () => {
    expect(edits(need("llama-3.1-405b"), full(tainted(machines("2x L4"))))).toEqual([
      "quota: team to 11 of requests.nvidia.com/gpu with GPU: 8x NVIDIA H200 with --tensor-parallel-size=8",
    ]);
  });
});

describe("other GPUs", () => {
  const other = (model: string, args: string[], gpus: string): string | undefined =>
    edits(need(model, args), machines(gpus))
      .find((text) => text.startsWith("GPU:"))
      ?.slice(5);

  test("are of those that are sold for data centers now", () => {
    expect(other("llama-3.1-8b", SMALL, "T4")).toBe("1x NVIDIA L4");
    expect(other("llama-3.1-8b", SMALL, "V100-16GB")).toBe("1x NVIDIA L4");
    expect(other("llama-3.1-70b", [], "4x L4")).toBe("2x NVIDIA H200 with --tensor-parallel-size=2");
  });

  test("are not older than those that are there", () => {
    expect(other("llama-3.1-8b", SMALL, "H100-MIG-1g.10gb")).toBe("1x NVIDIA H100 80GB HBM3");
    expect(other("llama-3.1-405b", [], "8x MI250")).toMatch(/^\dx AMD Instinct MI3/);
  });

  test("are older ones only where nothing else is enough, and then still of those that are sold", () => {
    expect(other("llama-3.1-405b", ["-tp=8", ...SMALL], "8x RTX-PRO-6000")).toBe("8x NVIDIA H200");
  });

  test("the fewest, then the smallest", () => {
    expect(other("qwen2.5-32b", SMALL, "L4")).toBe("1x NVIDIA H100 80GB HBM3");
    expect(other("llama-3.1-405b", [], "8x H100")).toBe("8x NVIDIA H200 with --tensor-parallel-size=8");
  });
});

describe("a flag that is written wrong", () => {
  test("is offered as it was meant, before it is taken away", () => {
    expect(edits(need("llama-3.1-8b", ["--max-model-lenn=8192"]), machines("L40S"))).toEqual([
      "without --max-model-lenn --max-model-len=8192",
      "without --max-model-lenn",
    ]);
    expect(edits(need("llama-3.1-8b", ["--max-model-lenn", "8192"]), machines("A10G"))[0]).toBe(
      "without --max-model-lenn --max-model-len=8192",
    );
  });

  test("goes, where what was meant is given as well or does not start", () => {
    expect(edits(need("llama-3.1-8b", [...SMALL, "--max-model-lenn=4096"]), machines("L40S"))).toEqual([
      "without --max-model-lenn",
    ]);
    expect(edits(need("llama-3.1-8b", [...SMALL, "--tensor-paralel-size=3"]), machines("4x L40S"))[0]).toBe(
      "without --tensor-paralel-size",
    );
  });
});

test("of a checkpoint that is not quantized, nothing is told of its quantization", () => {
  const [change] = nearest(need("llama-3.1-8b", [...SMALL, "--quantization=awq"]), machines("H100"));
  expect(change && changeText(change)).toBe("without --quantization: the checkpoint is not quantized");
});
