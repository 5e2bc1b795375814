import { describe, expect, test } from "bun:test";
import { inventoryOf, needOf } from "../cases/cases.fixture.ts";
import type { Inventory } from "../inventory/types.ts";
import { MIB } from "../requirements/units.ts";
import { decide, decisionLine } from "./decide.ts";
import { TIGHT } from "./remarks.ts";
import type { ModelDecision, ModelNeed } from "./types.ts";

const need = (name: string, ...args: string[]): ModelNeed =>
  needOf({ name, model: "llama-3.1-8b", args: ["--max-model-len=8192", ...args], gpus: "" });
const machines = (gpus: string): Inventory => inventoryOf({ gpus, vllm: "0.11.0" });
const codes = ({ reasons }: ModelDecision): string[] => reasons.map(({ code }) => code);

describe("what is told of a GO is told of the devices that it gets", () => {
  test("also where the other models have taken those that are just enough", () => {
    const { verdict, models } = decide([need("a"), need("b")], machines("L40S, A100-80GB"));
    expect(verdict).toBe("GO");
    for (const { gpu, placement, requirements } of models) {
      expect(gpu?.id).toBe(placement!.product);
      expect(requirements!.usable).toBeLessThanOrEqual(gpu!.memoryMiB * MIB);
      expect(requirements!.budget).toBeGreaterThan(gpu!.memoryMiB * MIB * 0.85);
    }
    expect(new Set(models.map(({ gpu }) => gpu?.id)).size).toBe(2);
  });

  test("a resource that is given out elsewhere, too, is to be pinned", () => {
    const [model] = decide([need("a")], machines("3x T4, A100-80GB")).models;
    const told = model!.reasons.find(({ code }) => code === "placement-elsewhere");
    expect(told).toMatchObject({
      kind: "warning",
      text: expect.stringContaining("nvidia.com/gpu alone may land on T4"),
    });
    expect(codes(decide([need("a")], machines("2x 1x A100-80GB")).models[0]!)).not.toContain(
      "placement-elsewhere",
    );
  });

  test("the label is told where it was read from a node", () => {
    const inventory = machines("T4, A100-80GB");
    const nodes = inventory.nodes.map((node) => ({
      ...node,
      pools: node.pools.map((pool) => ({ ...pool, product: `NVIDIA-${pool.product}` })),
    }));
    const [model] = decide([need("a")], { ...inventory, source: "cluster", nodes }).models;
    expect(model!.reasons.map(({ text }) => text).join()).toContain(
      "nvidia.com/gpu.product: NVIDIA-A100-80GB",
    );
  });
});

test("a GO is tight when less is left than the estimate may be off", () => {
  const { requirements } = decide([need("a")], machines("L40S")).models[0]!;
  const { total, usable } = requirements!;
  const at = (share: number): ModelDecision =>
    decide(
      [need("a", `--gpu-memory-utilization=${((total + share * usable) / usable).toFixed(4)}`)],
      machines("L40S"),
    ).models[0]!;
  expect(at(0.01)).toMatchObject({ verdict: "GO" });
  expect(codes(at(0.01))).toContain(TIGHT);
  expect(decisionLine(at(0.01))).toEndWith("(tight)");
  expect(codes(at(0.03))).not.toContain(TIGHT);
  expect(codes(at(-0.01))).not.toContain(TIGHT);
});

describe("what lets all models run at the same time", () => {
  test("so many more nodes, and not one less", () => {
    const models = ["a", "b", "c", "d", "e"].map((name) => need(name));
    const inventory = machines("2x L40S");
    const { verdict, together } = decide(models, inventory);
    expect(verdict).toBe("NO-GO");
    expect(together.nearest).toMatchObject([
      { kind: "hardware", what: "nodes", value: "2 more like node-1, 2x L40S each" },
    ]);
    expect(decide(models, machines("3x 2x L40S")).verdict).toBe("GO");
    expect(decide(models, machines("2x 2x L40S")).verdict).toBe("NO-GO");
  });

  test("a quota by so much", () => {
    const models = [need("a"), need("b")];
    const quota = { name: "team", resource: "requests.nvidia.com/gpu", hard: 4, used: 3 };
    const inventory = { ...machines("2x L40S"), quotas: [quota] };
    const { together } = decide(models, inventory);
    expect(together.nearest).toMatchObject([
      { kind: "cluster", value: "team to 5 of requests.nvidia.com/gpu" },
    ]);
    expect(decide(models, { ...inventory, quotas: [{ ...quota, hard: 5 }] }).verdict).toBe("GO");
  });

  test("nothing is offered where a model does not run by itself, or all do", () => {
    expect(decide([need("a"), need("b", "-tp=2")], machines("L40S")).together.nearest).toEqual([]);
    expect(decide([need("a"), need("b")], machines("2x L40S")).together.nearest).toEqual([]);
  });
});

describe("the processor of the node", () => {
  const built = (...architectures: string[]): ModelNeed => {
    const one = need("a");
    return { ...one, facts: { ...one.facts!, container: { bytes: 1, layers: 1, architectures } } };
  };
  const told = (model: ModelNeed, gpus: string) => {
    const [{ verdict, reasons }] = decide([model], machines(gpus)).models as [ModelDecision];
    return [verdict, reasons[0]?.code];
  };

  test("is x86 for instance types, Arm for Grace, and else not known", () => {
    expect(told(built("arm64"), "g6.xlarge")).toEqual(["NO-GO (unsupported)", "image-architecture"]);
    expect(told(built("amd64"), "GH200")).toEqual(["NO-GO (unsupported)", "image-architecture"]);
    expect(told(built("arm64"), "L4")).toEqual(["UNKNOWN", "image-architecture-unknown"]);
    for (const gpus of ["g6.xlarge", "L4"]) expect(told(built("amd64", "arm64"), gpus)[0]).toBe("GO");
  });

  test("the advice is another node, not one like it", () => {
    const [model] = decide([built("arm64")], machines("g6.xlarge")).models;
    expect(model!.nearest.map(({ what, value }) => [what, value])).toEqual([
      ["image", "linux/amd64"],
      ["GPU", "1x NVIDIA GH200 480GB"],
    ]);
  });
});
