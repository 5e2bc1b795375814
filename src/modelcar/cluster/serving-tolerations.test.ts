import { expect, test } from "bun:test";
import { toleratedText } from "../inventory/tolerations.ts";
import { namedRuntime, runtimeOfImage } from "../runtime/image.ts";
import type { ProfileObject, TolerationObject } from "./objects.ts";
import { readToleration, servingTolerations } from "./serving-tolerations.ts";
import type { RuntimeImage } from "./types.ts";

const imageOf = (image: string, ...tolerations: TolerationObject[]): RuntimeImage => ({
  from: `ServingRuntime llm/${image}`,
  runtime: runtimeOfImage(image),
  tolerations: tolerations.flatMap(readToleration),
});
const profile = (
  name: string,
  spec: Partial<ProfileObject["spec"]>,
  ...tolerations: TolerationObject[]
): ProfileObject => ({
  metadata: { name },
  spec: { ...spec, scheduling: { node: { tolerations } } },
});

const cuda = imageOf("vllm-cuda:1", { key: "cuda", operator: "Exists" });
const rocm = imageOf("vllm-rocm:1", { key: "rocm", operator: "Exists" });
const GPU = { identifiers: [{ identifier: "nvidia.com/gpu" }] };

function told(profiles: ProfileObject[], over: Partial<Parameters<typeof servingTolerations>[1]> = {}) {
  const { tolerations, problems } = servingTolerations(
    { images: [cuda, rocm], profiles },
    { chosen: cuda, named: undefined, vendor: "nvidia", ...over },
  );
  return [tolerations.map(toleratedText), problems.map(({ code }) => code)];
}

test("of the runtime that serves, not of the others", () => {
  expect(told([])).toEqual([["cuda"], []]);
  expect(told([], { chosen: rocm })).toEqual([["rocm"], []]);
  expect(told([], { chosen: undefined })).toEqual([[], []]);
});

test("a runtime that the user names is one of the cluster's, or none is known of it", () => {
  expect(told([], { named: runtimeOfImage("vllm-rocm:1") })).toEqual([["rocm"], []]);
  expect(told([], { named: runtimeOfImage("vllm:mine") })).toEqual([[], []]);
  expect(told([], { named: namedRuntime("0.11.0", "--vllm-version") })).toEqual([["cuda"], []]);
});

test("of the one profile that gives out the accelerators", () => {
  const cpu = profile("cpu", { identifiers: [{ identifier: "cpu" }] }, { operator: "Exists" });
  const off = profile("off", { ...GPU, enabled: false }, { key: "off" });
  const amd = profile("amd", { identifier: "amd.com/gpu" }, { key: "amd", value: "x" });
  const gpu = profile("gpu", GPU, { key: "gpu", value: "a", effect: "NoSchedule" });
  expect(told([cpu, off, amd, gpu])).toEqual([["cuda", "gpu=a:NoSchedule"], []]);
  expect(told([amd], { vendor: "amd" })).toEqual([["cuda", "amd=x"], []]);
});

test("of several only what all of them tolerate, and the user is told to name the rest", () => {
  const both = { key: "gpu", operator: "Exists" };
  const profiles = [profile("small", GPU, both), profile("large", GPU, both, { key: "h100", value: "true" })];
  expect(told(profiles)).toEqual([["cuda", "gpu"], ["tolerations-differ"]]);
  expect(told([profile("a", GPU, both), profile("b", GPU, both)])).toEqual([["cuda", "gpu"], []]);
});

test("what the API does not have tolerates nothing", () => {
  expect(readToleration({ key: "a", operator: "Gt", value: "1" })).toEqual([]);
  expect(readToleration({ key: "a", effect: "Later" })).toEqual([]);
  expect(readToleration({ operator: "Exists", effect: "" })).toMatchObject([
    { key: undefined, operator: "Exists", effect: undefined },
  ]);
});
