import { describe, expect, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "../../../../test/peers/temp-dir.ts";
import { standInTrtexec } from "../../../../test/peers/trtexec.ts";
import { writeModel } from "../../onnx/write-model.ts";
import { contractModel, testModelTarget } from "../target-contract.fixture.ts";
import type { BuildOptions, World } from "../types.ts";
import { testWorld } from "../world.fixture.ts";
import { engineFile } from "./engine.ts";
import { jetsonTarget } from "./index.ts";

const NOWHERE = { programs: [], libraries: [], release: "/nowhere" };
const target = jetsonTarget(NOWHERE);

/** This machine with the stand-in on its path, and nothing else. */
async function worldWith(
  folder: string,
  settings: Parameters<typeof standInTrtexec>[1] = {},
  signal = new AbortController().signal,
): Promise<World> {
  const path = await standInTrtexec(join(folder, "bin"), settings);
  const env = { PATH: `${path}:/usr/bin:/bin`, HOME: folder };
  return testWorld(join(folder, "cache"), { env, signal });
}

testModelTarget(target, {
  world: (folder, signal) => worldWith(folder, {}, signal),
  without: (folder) => testWorld(folder, { env: { PATH: "/nowhere" } }),
});

async function built(folder: string, options: Partial<BuildOptions> = {}, trtVersion = "100300") {
  const log = join(folder, "log");
  const world = await worldWith(folder, { TRTEXEC_VERSION: trtVersion, TRTEXEC_LOG: log });
  const modelFile = join(folder, "net.onnx");
  await writeModel(contractModel(), modelFile);
  const artifact = await target.build(
    modelFile,
    {
      precision: "int8",
      outFile: join(folder, "model.engine"),
      shapes: new Map([["image", [1, 3, 8, 8]]]),
      ...options,
    },
    world,
  );
  const calls = (await readFile(log, "utf8")).trim().split("\n");
  return { artifact, world, call: calls.find((line) => line.includes("--onnx"))! };
}

describe("each version is told in its own words", () => {
  test.each([
    ["8502", "--int8 --fp16 --buildOnly"],
    ["8602", "--int8 --fp16 --skipInference"],
    ["100300", "--stronglyTyped --skipInference"],
    ["110000", "detailed --skipInference"],
  ])("%s: %s", async (version, words) => {
    await using dir = tempDir();
    expect((await built(dir.path, {}, version)).call).toContain(words);
  });
});

test("the builder's options are passed on", async () => {
  await using dir = tempDir();
  const tensorrt = { workspaceMiB: 512, dlaCore: 0, level: 4 };
  expect((await built(dir.path, { tensorrt })).call).toContain(
    "--memPoolSize=workspace:512 --builderOptimizationLevel=4 --useDLACore=0 --allowGPUFallback",
  );
});

test("an engine says what it is bound to, and is not run by another version", async () => {
  await using dir = tempDir();
  const { artifact } = await built(dir.path);
  expect(artifact.versions).toEqual({ tensorrt: "10.3.0", gpu: "Stand-in", "compute capability": "8.7" });
  expect(await Bun.file(engineFile(artifact.files[0].path)).json()).toMatchObject({ tensorrt: "10.3.0" });
  const other = await worldWith(dir.path, { TRTEXEC_VERSION: "101303" });
  await expect(target.runner(artifact, {}, other)).rejects.toThrow(
    "this engine was built with TensorRT 10.3.0 for Stand-in, and here is 10.13.3",
  );
});

test("the values that an engine takes are checked before it is started", async () => {
  await using dir = tempDir();
  const { artifact, world } = await built(dir.path);
  const runner = await target.runner(artifact, {}, world);
  const image = { type: "float", dims: [2, 3, 8, 8], data: new Float32Array(384) } as const;
  await expect(runner.run({ image })).rejects.toThrow("takes float 1×3×8×8 here, found float 2×3×8×8");
});

test("a damaged engine fails in trtexec's own words", async () => {
  await using dir = tempDir();
  const { artifact, world } = await built(dir.path);
  await writeFile(artifact.files[0].path, "not an engine\n");
  const runner = await target.runner(artifact, {}, world);
  const image = { type: "float", dims: [1, 3, 8, 8], data: new Float32Array(192) } as const;
  await expect(runner.run({ image })).rejects.toMatchObject({
    message: expect.stringContaining("magicTag == rt::kPLAN_MAGIC_TAG"),
    hint: expect.stringContaining("Build it again on this device"),
  });
});

test("open dimensions that nobody chose are refused", async () => {
  await using dir = tempDir();
  await expect(built(dir.path, { shapes: new Map() })).rejects.toMatchObject({
    message: expect.stringContaining("open"),
    where: "image",
  });
});

test("a program that is no trtexec makes it unavailable, with the reason", async () => {
  await using dir = tempDir();
  const world = await worldWith(dir.path);
  await writeFile(
    join(dir.path, "bin/trtexec"),
    "#!/bin/sh\necho 'libnvinfer.so.10: cannot open' >&2\nexit 127\n",
  );
  expect(await target.available(world)).toMatchObject({
    available: false,
    reason: expect.stringContaining("does not tell its version"),
  });
});
