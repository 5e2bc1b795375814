import { describe, expect, test } from "bun:test";
import { factsOf, inventoryOf, needOf } from "../cases/cases.fixture.ts";
import type { GpuPool, Inventory, NodeFacts } from "../inventory/types.ts";
import { factsFromName } from "../name/name.ts";
import { decide, decisionLine } from "./decide.ts";
import type { Decision, ModelNeed } from "./types.ts";

const need = (model: string, args: string[] = [], name = model): ModelNeed =>
  needOf({ name, model, args, gpus: "" });

const machines = (gpus: string): Inventory => inventoryOf({ gpus, vllm: "0.11.0" });

/** The inventory with every node, or every pool, changed. */
const nodes = (inventory: Inventory, change: Partial<NodeFacts>): Inventory => ({
  ...inventory,
  nodes: inventory.nodes.map((node) => ({ ...node, ...change })),
});
const pools = (inventory: Inventory, change: Partial<GpuPool>): Inventory => ({
  ...inventory,
  nodes: inventory.nodes.map((node) => ({
    ...node,
    pools: node.pools.map((pool) => ({ ...pool, ...change })),
  })),
});

const SMALL = ["--max-model-len=8192"];
const first = ({ models }: Decision) => models[0]!;
const code = (decision: Decision): string | undefined => first(decision).reasons[0]?.code;

describe("one model", () => {
  test("a GO tells where, what it takes and what is left", () => {
    const decision = decide([need("llama-3.1-8b", SMALL)], machines("L40S"));
    expect(decision.verdict).toBe("GO");
    expect(first(decision)).toMatchObject({
      verdict: "GO",
      placement: { node: "node-1", resource: "nvidia.com/gpu", gpus: 1 },
      nearest: [],
      validTensorParallel: [1, 2, 4, 8, 16],
    });
    expect(first(decision).marginGiB).toBeGreaterThan(0);
    expect(decisionLine(first(decision))).toMatch(/^GO: 1\d\.\d\d GiB of 39\.\d\d GiB a GPU$/);
  });

  test("of several nodes the one that is just enough is taken", () => {
    const decision = decide([need("llama-3.1-8b", SMALL)], machines("H200, L40S, T4"));
    expect(first(decision).placement?.node).toBe("node-2");
  });

  test("memory is that of one node, not of the first, and counts are not summed over nodes", () => {
    expect(decide([need("llama-3.1-70b", ["-tp=4"])], machines("T4, 4x H100")).verdict).toBe("GO");
    const spread = decide([need("llama-3.1-70b", ["-tp=4", ...SMALL])], machines("2x 2x H100"));
    expect(first(spread).verdict).toBe("NO-GO (unsupported)");
    expect(code(spread)).toBe("gpu-count");
  });
});

describe("what is missing is never a GO", () => {
  test("a config that its own tensors contradict", () => {
    const sound = need("llama-3.1-8b", SMALL);
    expect(decide([sound], machines("H100")).verdict).toBe("GO");
    const lying = {
      ...sound,
      facts: { ...sound.facts!, doubts: [{ code: "config-contradicted" as const, text: "it lies" }] },
    };
    const decision = decide([lying], machines("H100"));
    expect([decision.verdict, code(decision)]).toEqual(["UNKNOWN", "config-contradicted"]);
  });

  test.each([
    ["granite-8b", "L4", "UNKNOWN", "estimated by its name"],
    [
      "llama-70b",
      "L4",
      "NO-GO (memory)",
      "the weights alone, estimated by its name at 4 bits, take 32.60 GiB",
    ],
    ["llama-70b", "H100", "UNKNOWN", "estimated by its name: the weights alone take 143.42 GiB"],
    [
      "llama-70b-fp8",
      "A100-40GB",
      "NO-GO (memory)",
      "the weights alone, estimated by its name, take 65.19 GiB",
    ],
    ["llama-8b-nvfp4", "T4", "UNKNOWN", "estimated by its name"],
  ])(
    "what %s tells by its name alone decides nothing on %s, unless nothing could fit",
    (name, gpu, verdict, text) => {
      const guess = { ...need("llama-3.1-8b", SMALL), facts: factsFromName(`oci://host/org/${name}:1`, []) };
      const [only] = decide([guess], machines(gpu)).models;
      expect(only?.verdict).toBe(verdict as "UNKNOWN");
      expect(only?.reasons.map((one) => one.text).join("\n")).toContain(text);
    },
  );

  test("a model that could not be read", () => {
    const unread = { ...need("llama-3.1-8b"), facts: undefined, unread: "401 from the registry" };
    const decision = decide([unread], machines("H100"));
    expect([decision.verdict, first(decision).verdict, code(decision)]).toEqual([
      "UNKNOWN",
      "UNKNOWN",
      "model-unread",
    ]);
    expect(first(decision).reasons[0]?.text).toBe("401 from the registry");
  });

  test("a size that is guessed from the name", () => {
    const guess = { ...factsOf("llama-3.1-8b"), config: undefined, architecture: undefined };
    const facts = { ...guess, source: "name" as const, parametersFromName: 8e9, estimatedFromName: true };
    const decision = decide([{ ...need("llama-3.1-8b", SMALL), facts }], machines("H100"));
    expect(first(decision).verdict).toBe("UNKNOWN");
    expect(first(decide([{ ...need("llama-3.1-8b", SMALL), facts }], machines("T4"))).verdict).toBe(
      "UNKNOWN",
    );
  });

  test("a GPU that is not known", () => {
    const inventory = pools(machines("H100"), { product: "NVIDIA-X9000", type: undefined });
    const decision = decide([need("llama-3.1-8b", SMALL)], inventory);
    expect([first(decision).verdict, code(decision)]).toEqual(["UNKNOWN", "gpu-unknown"]);
    expect(first(decision).requirements).toBeUndefined();
  });

  test("a GPU whose memory is not known", () => {
    for (const gpus of ["H100", "MI300X"]) {
      const decision = decide([need("llama-3.1-8b", SMALL)], pools(machines(gpus), { memoryMiB: 0 }));
      expect([decision.verdict, code(decision)]).toEqual(["UNKNOWN", "memory-size"]);
    }
  });

  test("GPUs that are shared, where it is not told by how many", () => {
    const decision = decide([need("llama-3.1-8b", SMALL)], machines("NVIDIA-L40S-SHARED"));
    expect([decision.verdict, code(decision)]).toEqual(["UNKNOWN", "gpu-shared-unknown"]);
  });

  test("pods that could not be listed", () => {
    const decision = decide([need("llama-3.1-8b", SMALL)], pools(machines("H100"), { allocated: undefined }));
    expect([first(decision).verdict, code(decision)]).toEqual(["UNKNOWN", "gpu-free-unknown"]);
  });

  test("no model at all", () => {
    expect(decide([], machines("H100")).verdict).toBe("UNKNOWN");
  });

  test("no GPU: a NO-GO where all was seen, UNKNOWN where not", () => {
    const none = { ...machines("H100"), nodes: [] };
    expect(decide([need("llama-3.1-8b")], none).verdict).toBe("NO-GO");
    expect(decide([need("llama-3.1-8b")], { ...none, complete: false }).verdict).toBe("UNKNOWN");
    expect(code(decide([need("llama-3.1-8b")], pools(machines("H100"), { allocatable: 0 })))).toBe("no-gpus");
  });
});

describe("nodes that pods cannot get", () => {
  const blockedBy = (change: Partial<NodeFacts>): (string | undefined)[] =>
    first(decide([need("llama-3.1-8b", SMALL)], nodes(machines("H100"), change))).reasons.map(
      (one) => one.code,
    );

  test("not ready, cordoned, tainted", () => {
    expect(blockedBy({ ready: false })).toContain("node-not-ready");
    expect(blockedBy({ schedulable: false })).toContain("node-cordoned");
    const taint = { key: "nvidia.com/gpu", value: undefined, effect: "NoSchedule" } as const;
    expect(blockedBy({ taints: [taint] })).toContain("node-taint");
    expect(blockedBy({ taints: [{ ...taint, effect: "PreferNoSchedule" }] })).not.toContain("node-taint");
  });

  test("a taint that is tolerated does not matter", () => {
    const taints = [{ key: "nvidia.com/gpu", value: "true", effect: "NoSchedule" }] as const;
    const inventory = {
      ...nodes(machines("H100"), { taints: [...taints] }),
      tolerations: [
        { key: "nvidia.com/gpu", operator: "Exists" as const, value: undefined, effect: undefined },
      ],
    };
    expect(decide([need("llama-3.1-8b", SMALL)], inventory).verdict).toBe("GO");
  });

  test("another architecture than the image's", () => {
    const facts = {
      ...factsOf("llama-3.1-8b"),
      container: { bytes: 1, layers: 1, architectures: ["amd64"] },
    };
    const one = { ...need("llama-3.1-8b", SMALL), facts };
    expect(code(decide([one], nodes(machines("GH200"), { architecture: "arm64" })))).toBe(
      "image-architecture",
    );
    expect(decide([one], nodes(machines("H100"), { architecture: "amd64" })).verdict).toBe("GO");
  });

  test("GPUs that other pods hold", () => {
    const decision = decide([need("llama-3.1-8b", SMALL)], pools(machines("4x H100"), { allocated: 4 }));
    expect([first(decision).verdict, code(decision)]).toEqual(["NO-GO (memory)", "gpu-busy"]);
  });

  test("a quota", () => {
    const quotas = [{ name: "gpus", resource: "requests.nvidia.com/gpu", hard: 2, used: 1 }];
    const inventory = { ...machines("4x H100"), quotas };
    expect(code(decide([need("llama-3.1-70b", ["-tp=4"])], inventory))).toBe("quota");
    const both = decide([need("llama-3.1-8b", SMALL, "a"), need("llama-3.1-8b", SMALL, "b")], inventory);
    expect(both.models.map(({ verdict }) => verdict)).toEqual(["GO", "GO"]);
    expect([both.verdict, both.reasons[0]?.code]).toEqual(["NO-GO", "quota"]);
  });

  test("a quota that is used up is named beside the taint of the only node", () => {
    const quotas = [{ name: "gpus", resource: "requests.nvidia.com/gpu", hard: 1, used: 1 }];
    const taints = [{ key: "dedicated", value: "llm", effect: "NoSchedule" as const }];
    const closed = { ...nodes(machines("2x 4x H100"), { taints }), quotas };
    const texts = first(decide([need("llama-3.1-8b", SMALL)], closed)).reasons.map(({ text }) => text);
    expect(texts.filter((text) => text.startsWith("quota gpus"))).toEqual([
      "quota gpus allows 1 of nvidia.com/gpu, 1 are used, and the model asks for 1",
    ]);
  });

  test("replicas of one GPU are not more GPUs", () => {
    const shared = pools(machines("4x L40S"), { replicas: 4 });
    const decision = decide([need("llama-3.1-8b", SMALL, "a"), need("llama-3.1-8b", SMALL, "b")], shared);
    expect(decision.verdict).toBe("NO-GO");
    expect(first(decision).reasons.map((one) => one.code)).toContain("gpu-shared");
  });
});

describe("all together", () => {
  test("they share the GPUs of their nodes", () => {
    const two = [need("llama-3.1-8b", SMALL, "a"), need("llama-3.1-8b", SMALL, "b")];
    expect(decide(two, machines("2x L40S")).together).toMatchObject({ fits: true, unplaced: [] });
    const crowded = decide(two, machines("L40S"));
    expect(crowded.models.map(({ verdict }) => verdict)).toEqual(["GO", "GO"]);
    expect([crowded.verdict, crowded.reasons[0]?.code]).toEqual(["NO-GO", "together"]);
    expect(crowded.together.unplaced).toEqual(["b"]);
  });

  test("the packing is found that a greedy one would miss", () => {
    const small = need("llama-3.1-8b", SMALL, "small");
    const large = need("llama-3.1-70b", ["-tp=4"], "large");
    const other = need("qwen2.5-72b", ["-tp=4"], "other");
    const decision = decide([small, large, other], machines("5x H100, 4x H100"));
    expect(decision.verdict).toBe("GO");
    expect(decision.models.map(({ placement }) => placement?.gpus)).toEqual([1, 4, 4]);
  });

  test("one that does not run keeps the others' verdicts", () => {
    const decision = decide([need("llama-3.1-8b", SMALL), need("llama-3.1-405b")], machines("2x H100"));
    expect(decision.models.map(({ verdict }) => verdict)).toEqual(["GO", "NO-GO (memory)"]);
    expect(decision.verdict).toBe("NO-GO");
  });

  test("many models on many nodes are packed without a long search", () => {
    const many = Array.from({ length: 40 }, (_, i) => need("llama-3.1-8b", SMALL, `m${i}`));
    const decision = decide(many, machines("4x 8x L40S"));
    expect(decision.together.unplaced.length).toBe(8);
    expect(decision.together.placed.length).toBe(32);
  });
});

describe("the nearest change", () => {
  test("is a GO when it is made", () => {
    const one = need("llama-3.1-8b");
    const change = first(decide([one], machines("A10G"))).nearest[0];
    expect(change).toMatchObject({ kind: "argument", what: "--max-model-len" });
    const changed = need("llama-3.1-8b", [`${change?.what}=${change?.value}`]);
    expect(decide([changed], machines("A10G")).verdict).toBe("GO");
  });

  test("is two edits where none alone is enough", () => {
    const [change] = first(
      decide([need("gpt-oss-120b")], inventoryOf({ gpus: "H100", vllm: "0.10.1" })),
    ).nearest;
    expect(change?.what).toBe("--gpu-memory-utilization=0.95 --max-num-seqs=256");
  });

  test("offers a quantization that the GPU runs", () => {
    const offered = (gpu: string) =>
      first(decide([need("gemma-2-27b", ["--max-model-len=4096"])], machines(gpu))).nearest.find(
        ({ kind }) => kind === "model",
      )?.value;
    expect(offered("L40S")).toBe("FP8 (W8A8)");
    expect(offered("A10G")).toBe("INT4 (W4A16)");
  });
});
