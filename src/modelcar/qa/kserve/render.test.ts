import { expect, test } from "bun:test";
import type { ModelEntry } from "../../manifest/types.ts";
import { servedName, servingOf } from "./render.ts";

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
