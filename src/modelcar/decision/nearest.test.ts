import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { factsOf, inventoryOf, needOf } from "../cases/cases.fixture.ts";
import type { Inventory } from "../inventory/types.ts";
import { changeText, editText } from "../report/text.ts";
import { applyChange } from "./apply-change.fixture.ts";
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
  fc.assert(
    fc.property(aNeed, anInventory, (one, inventory) => {
      for (const change of nearest(one, inventory)) {
        told.add(`${change.kind} ${change.what.startsWith("--") ? "" : change.what}`);
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
    expect(edits(staged, machines("2x L40S"))).toContain("GPUs: 4x NVIDIA L40S");
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
      "GPU: 1x NVIDIA A10",
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
