import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ModelEntry } from "../../manifest/types.ts";
import { runtimeObject, type Stage, secretObject, servedName, serviceName, servingOf } from "./render.ts";

const serving = (args: string[], gpuCount?: number) => {
  const entry: ModelEntry = {
    ...{ name: "m", image: "oci://example/m", outputType: "text", line: 1 },
    ...{ args, gpuCount },
  };
  const { gpus, args: given } = servingOf(entry, "m", 16);
  return [gpus, given.filter((one) => one.startsWith("--tensor"))];
};

test.each([
  [["--data-parallel-size=4"], undefined, 4, []],
  [["--data-parallel-size=4"], 4, 4, []],
  [["--data-parallel-size=2"], 4, 4, ["--tensor-parallel-size=2"]],
  [["-pp=2"], 4, 4, ["--tensor-parallel-size=2"]],
  [[], 2, 2, ["--tensor-parallel-size=2"]],
  [["-tp=2", "-pp=2"], undefined, 4, []],
  [["--tensor-parallel-size=2k"], undefined, 1, ["--tensor-parallel-size=2k"]],
] as const)("%j with a gpu_count of %p: %p devices and %j", (args, gpuCount, gpus, parallel) => {
  expect(serving([...args], gpuCount)).toEqual([gpus, [...parallel]]);
});

test("of several served names requests give the first", () => {
  const entry: ModelEntry = {
    ...{ name: "m", image: "oci://example/m", outputType: "text", line: 1, gpuCount: undefined },
    args: ["--served-model-name", "first", "second", "--seed=1"],
  };
  expect(servedName(servingOf(entry, "m", 16))).toBe("first");
});

test("the secret is as the Kubernetes API has it", () => {
  const { definitions } = JSON.parse(
    readFileSync(join(import.meta.dir, "../../../../test/schemas/kubernetes-1.37.json"), "utf8"),
  ) as { definitions: Record<string, { properties: Record<string, unknown> }> };
  const stage: Stage = {
    run: "x",
    namespace: "n",
    runtimeImage: "i",
    resource: "nvidia.com/gpu",
    tolerations: [],
    auths: {},
  };
  const known = Object.keys(definitions["V1Secret"]!.properties);
  expect(Object.keys(secretObject(stage)).filter((key) => !known.includes(key))).toEqual([]);
  const container = Object.keys(definitions["V1Container"]!.properties);
  const [own] = runtimeObject(stage).spec.containers;
  expect(Object.keys(own!).filter((key) => !container.includes(key))).toEqual([]);
});

test("names are such that Kubernetes and KServe take them", () => {
  expect(serviceName("x7", "Llama-3.3_70B (FP8)!", 1)).toBe("qa-x7-1-llama-3-3-70b-fp8");
  expect(serviceName("x7", "äöü", 2)).toBe("qa-x7-2");
  expect(`${serviceName("x7k2p", "m".repeat(99), 12)}-predictor`.length).toBeLessThan(64);
});

test("the number of GPUs is the file's, else what the arguments spread the model over", () => {
  const entry = { name: "m", image: "oci://a/b:1", outputType: undefined, line: 1, gpuCount: undefined };
  expect(servingOf({ ...entry, args: ["-tp", "4"] }, "n", 16).gpus).toBe(4);
  expect(servingOf({ ...entry, args: ["-tp=2", "-pp=2"] }, "n", 16).gpus).toBe(4);
  expect(servingOf({ ...entry, args: [] }, "n", 16)).toMatchObject({ gpus: 1, args: [] });
  expect(servingOf({ ...entry, args: ["--served-model-name={{.Name}}"], gpuCount: 2 }, "n", 16).args).toEqual(
    ["--served-model-name=n", "--tensor-parallel-size=2"],
  );
});
