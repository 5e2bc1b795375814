import { expect, test } from "bun:test";
import { inventoryOf, needOf } from "../cases/cases.fixture.ts";
import type { Inventory, Serving, Taint } from "../inventory/types.ts";
import { runtimeOfImage } from "../runtime/image.ts";
import { decide } from "./decide.ts";
import type { ModelNeed } from "./types.ts";

const need = (model = "llama-3.1-8b", ...args: string[]): ModelNeed =>
  needOf({ name: model, model, args: ["--max-model-len=8192", ...args], gpus: "" });

const serving = (image: string, ...keys: string[]): Serving => ({
  runtime: runtimeOfImage(image),
  tolerations: keys.map((key) => ({ key, operator: "Exists", value: undefined, effect: undefined })),
});
const ROCM = "quay.io/org/vllm-rocm:v0.11.0";
const cuda = (version = "0.11.0") => `quay.io/org/vllm-cuda:v${version}`;

/** MI300X, all taken, beside four L40S; the cluster has a runtime for AMD, and one for NVIDIA if it is given. */
function cluster(nvidia?: Serving, taints: Taint[] = []): Inventory {
  const [amd, l40s] = inventoryOf({ gpus: "8x MI300X, 4x L40S", vllm: "0.11.0" }).nodes;
  const taken = { ...amd!, pools: amd!.pools.map((pool) => ({ ...pool, allocated: 8 })) };
  return {
    ...inventoryOf({ gpus: "L4", vllm: "0.11.0" }),
    ...serving(ROCM, "amd"),
    ...(nvidia && { otherServing: { nvidia } }),
    nodes: [taken, { ...l40s!, taints }],
  };
}

test("each accelerator is decided with the runtime that its vendor has", () => {
  const { verdict, models } = decide([need()], cluster(serving(cuda())));
  expect([verdict, models[0]!.placement?.product]).toEqual(["GO", "L40S"]);
  expect(decide([need()], cluster()).verdict).toBe("NO-GO");
});

test("taints are tolerated by the pods of that runtime, and by no others", () => {
  const taint = (key: string): Taint => ({ key, value: undefined, effect: "NoSchedule" });
  const verdict = (key: string) => decide([need()], cluster(serving(cuda(), "nvidia"), [taint(key)])).verdict;
  expect(verdict("nvidia")).toBe("GO");
  expect(verdict("amd")).toBe("NO-GO");
  const [change] = decide([need()], cluster(serving(cuda(), "nvidia"), [taint("team")])).models[0]!.nearest;
  expect(change).toMatchObject({ what: "toleration", value: "team:NoSchedule" });
});

test("a newer release is told of the runtime that needs it", () => {
  const { nodes, ...rest } = cluster(serving(cuda("0.9.0")));
  const [model] = decide([need("gpt-oss-20b")], { ...rest, nodes: nodes.slice(1) }).models;
  expect(model!.verdict).toBe("NO-GO (unsupported)");
  expect(model!.nearest.find(({ what }) => what.startsWith("vLLM"))?.why).toEndWith(
    "(the runtime for NVIDIA)",
  );
});
