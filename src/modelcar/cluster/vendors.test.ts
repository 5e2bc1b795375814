import { expect, test } from "bun:test";
import { nodeObject } from "./cluster.fixture.ts";
import { nodeFacts } from "./nodes.ts";
import { nodeSchema } from "./objects.ts";
import type { RuntimeImage } from "./types.ts";
import { otherRuntimes, vendorsOf } from "./vendors.ts";

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

test("a runtime that other accelerators have is told, with what names it", () => {
  const image = (platform: "cuda" | "rocm"): RuntimeImage => ({
    from: `Template vllm-${platform}`,
    runtime: { version: "0.11.0", image: `quay.io/org/vllm-${platform}:1`, platform, evidence: "test" },
    tolerations: [],
  });
  const [cuda, rocm] = [image("cuda"), image("rocm")];
  expect(otherRuntimes([cuda, rocm], cuda, ["amd"])).toMatchObject([
    {
      text: "the accelerators of AMD have a runtime of their own (Template vllm-rocm), which is not decided for",
      hint: "To decide for them: --runtime-image quay.io/org/vllm-rocm:1",
    },
  ]);
  expect(otherRuntimes([cuda], cuda, ["amd"])).toEqual([]);
  expect(otherRuntimes([cuda, rocm], cuda, [])).toEqual([]);
});
