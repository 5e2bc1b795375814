import { expect, test } from "bun:test";
import type { GpuVendor } from "../gpus/types.ts";
import { nodeObject } from "./cluster.fixture.ts";
import { nodeFacts } from "./nodes.ts";
import { nodeSchema } from "./objects.ts";
import type { RuntimeImage } from "./types.ts";
import { servingOfOthers, vendorsOf } from "./vendors.ts";

const node = (resource: string, count: number, more: { unschedulable?: boolean; ready?: boolean } = {}) =>
  nodeFacts(nodeSchema().parse(nodeObject({ resources: { [resource]: String(count) }, ...more })));

test("the vendor of most devices that a pod could get comes first", () => {
  const [amd, nvidia] = [node("amd.com/gpu", 8), node("nvidia.com/gpu", 4)];
  expect(vendorsOf([nvidia, amd])).toEqual(["amd", "nvidia"]);
  expect(vendorsOf([node("amd.com/gpu", 8, { unschedulable: true }), nvidia])).toEqual(["nvidia", "amd"]);
  expect(vendorsOf([node("amd.com/gpu", 8, { ready: false }), nvidia])).toEqual(["nvidia", "amd"]);
  const taken = { ...amd, pools: amd.pools.map((pool) => ({ ...pool, allocated: 7 })) };
  expect(vendorsOf([taken, nvidia])).toEqual(["nvidia", "amd"]);
  expect(
    vendorsOf([node("amd.com/gpu", 2, { ready: false }), node("nvidia.com/gpu", 4, { ready: false })]),
  ).toEqual(["nvidia", "amd"]);
  expect(vendorsOf([])).toEqual([]);
});

test("other accelerators are served by the runtime that the cluster has for them", () => {
  const image = (platform: "cuda" | "rocm"): RuntimeImage => ({
    from: `Template vllm-${platform}`,
    runtime: { version: "0.11.0", image: `quay.io/org/vllm-${platform}:1`, platform, evidence: "test" },
    tolerations: [{ key: platform, operator: "Exists", value: undefined, effect: undefined }],
  });
  const [cuda, rocm] = [image("cuda"), image("rocm")];
  const of = (images: RuntimeImage[], ...others: GpuVendor[]) =>
    servingOfOthers({ images, profiles: [] }, cuda, others).serving;
  expect(of([cuda, rocm], "amd")).toEqual({ amd: { runtime: rocm.runtime, tolerations: rocm.tolerations } });
  expect(of([cuda], "amd")).toBeUndefined();
  expect(of([cuda, rocm])).toBeUndefined();
});
