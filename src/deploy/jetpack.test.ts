import { expect, test } from "bun:test";
import { deploySection } from "./config.ts";
import { DEFAULT_JETPACK, JETPACKS, jetpackBase, jetpackProblem, jetsonBuildArguments } from "./jetpack.ts";

test("the default of the config is one that we know", () => {
  expect(deploySection.parse({}).jetpack).toBe(DEFAULT_JETPACK);
  expect(jetpackBase(DEFAULT_JETPACK)).toBeDefined();
});

test.each(Object.entries(JETPACKS))("JetPack %s has an image by a fixed tag, with trtexec", (_, base) => {
  expect(base.image).toMatch(/^nvcr\.io\/nvidia\/(l4t-tensorrt:r[\d.]+-devel|tensorrt:\d\d\.\d\d-py3)$/);
  // The tags of l4t-tensorrt are versions of TensorRT.
  const [, version] = /:r(\d+\.\d+)/.exec(base.image) ?? [];
  if (version !== undefined) expect(base.tensorrt).toStartWith(version);
});

test("an unknown JetPack is told with those that are known", () => {
  expect(jetpackProblem("6.2")).toBeUndefined();
  expect(jetpackProblem("toString")).toBeDefined();
  expect(jetpackProblem("4.6")).toEqual({
    message: 'no image with TensorRT is known for JetPack "4.6"',
    hint: expect.stringContaining("5.1.1, 5.1.2, 5.1.3, 5.1.4, 5.1.5, 6.0, 6.1, 6.2, 6.2.1, 7.0, 7.1"),
  });
  expect(jetpackProblem("6.3")?.hint).toContain("Did you mean 6.");
});

test("Dockerfile.jetson is told the base and the image of the program", () => {
  expect(jetsonBuildArguments("6.0", "1.2.3")).toEqual([
    "--build-arg",
    "BASE_IMAGE=nvcr.io/nvidia/l4t-tensorrt:r8.6.2-devel",
    "--build-arg",
    "PROGRAM_IMAGE=agent2389:1.2.3",
  ]);
});
