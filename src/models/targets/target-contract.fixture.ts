import { describe, expect, test } from "bun:test";
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { sha256OfFile } from "../../base/sha256-file.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import { floats, modelOf, node, weight } from "../onnx/model-of.fixture.ts";
import { floatsOf } from "../onnx/tensor.ts";
import type { OnnxModel } from "../onnx/types.ts";
import { writeModel } from "../onnx/write-model.ts";
import type { Feeds } from "../ort/types.ts";
import { validate } from "../validate/validate.ts";
import { ortRunner } from "./cpu/runner.ts";
import type { Machine, ModelTarget, World } from "./types.ts";
import { testWorld } from "./world.fixture.ts";

export interface ContractOptions {
  /** The world of one test, in which the target is available; its caches lie in the folder. Default: this machine. */
  world?(folder: string, signal: AbortSignal): Promise<World>;
  /** Worlds in which the target is not available. */
  without?(folder: string): Promise<World>;
}

/** A small classifier of images with open batch size. */
export const contractModel = (): OnnxModel =>
  modelOf({
    inputs: { image: ["batch", 3, 8, 8] },
    outputs: { scores: ["batch", 4] },
    weights: [weight("w", [4, 3, 3, 3], 1), floats("b", [4], [0.1, 0, -0.1, 0.2])],
    nodes: [
      node("Conv", ["image", "w", "b"], ["c"], { kernel_shape: [3, 3] }),
      node("Relu", ["c"], ["r"]),
      node("GlobalAveragePool", ["r"], ["p"]),
      node("Flatten", ["p"], ["scores"]),
    ],
  });

const DIMS = [1, 3, 8, 8];
const shapes = new Map([["image", DIMS]]);

const sampleOf = (seed: number): Feeds => ({
  image: { type: "float", dims: DIMS, data: floatsOf(weight("image", DIMS, seed)) },
});

const samples = {
  count: 4,
  read: async (i: number) => ({ feeds: sampleOf(i + 1), file: `sample ${i}` }),
};

const machine = (platform: string, arch: string, ...features: string[]): Machine => ({
  name: "a machine",
  platform,
  arch,
  threads: 4,
  features: new Set(features),
});

const MACHINES = [
  machine("linux", "x64", "avx2"),
  machine("linux", "x64", "avx2", "avx512_vnni"),
  machine("linux", "arm64", "asimddp"),
  machine("win32", "x64"),
];

/** Every target keeps to this: `testModelTarget(target)` in its own test. */
export function testModelTarget(target: ModelTarget, options: ContractOptions = {}): void {
  const { world = (folder, signal) => testWorld(folder, { signal }), without } = options;
  const open = (folder: string, signal = new AbortController().signal) =>
    world(join(folder, "cache"), signal);

  async function built(folder: string, outFile: string) {
    const modelFile = join(folder, "net.onnx");
    await writeModel(contractModel(), modelFile);
    const here = await open(folder);
    return {
      here,
      modelFile,
      artifact: await target.build(modelFile, { precision: "fp32", outFile, shapes }, here),
    };
  }

  describe(`${target.name} keeps to the contract of model targets`, () => {
    test("says in one line what it is", () => {
      expect(target.name).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(target.summary).toMatch(/^[A-Z][^\n]*[^.\n]$/);
    });

    test("says how to quantize for it, the same for the same machine", () => {
      for (const one of MACHINES) expect(target.profile(one)).toEqual(target.profile({ ...one }));
    });

    test("says what it can do: each precision once, with a note", async () => {
      await using dir = tempDir();
      const { precisions, facts } = await target.capabilities(await open(dir.path));
      const names = precisions.map(({ precision }) => precision);
      expect(names).toEqual([...new Set(names)]);
      expect(names).toContain("int8");
      for (const text of [...precisions.map(({ note }) => note), ...facts.flat()])
        expect(text).toMatch(/^\S[^\n]*$/);
    });

    test("is available, in a version", async () => {
      await using dir = tempDir();
      expect(await target.available(await open(dir.path))).toEqual({
        available: true,
        version: expect.stringMatching(/^\d+\.\d+/),
      });
    });

    test.if(without !== undefined)("says what is missing where it is not", async () => {
      await using dir = tempDir();
      const found = await target.available(await without!(dir.path));
      if (found.available) throw new Error("it is available");
      expect(found.reason).toMatch(/\S/);
      expect(found.hint).toMatch(/\S/);
    });

    test("builds files that are what it says they are, and touches no others", async () => {
      await using dir = tempDir();
      await mkdir(join(dir.path, "out"));
      const outFile = join(dir.path, "out/artifact");
      const { artifact, modelFile, here } = await built(dir.path, outFile);
      expect(artifact).toMatchObject({ target: target.name, precision: "fp32" });
      expect(artifact.files[0].path).toBe(outFile);
      for (const { path, bytes, sha256 } of artifact.files) {
        expect([(await stat(path)).size, await sha256OfFile(path)]).toEqual([bytes, sha256]);
      }
      expect((await readdir(join(dir.path, "out"))).sort()).toEqual(
        artifact.files.map(({ path }) => basename(path)).sort(),
      );
      const again = await target.build(
        modelFile,
        { precision: "fp32", outFile: `${outFile}2`, shapes },
        here,
      );
      expect(again.versions).toEqual(artifact.versions);
    });

    test("what it built gives what the model gives", async () => {
      await using dir = tempDir();
      const { here, artifact, modelFile } = await built(dir.path, join(dir.path, "artifact"));
      const ort = await here.openOrt();
      const baseline = await ortRunner({ name: "float", modelFile, bytes: 1 }, ort, here);
      const runner = await target.runner(artifact, {}, here);
      try {
        expect(runner.name).toMatch(/\S/);
        expect(runner.bytes).toBe(artifact.files.reduce((sum, { bytes }) => sum + bytes, 0));
        const { verdict, deployed } = await validate(baseline, runner, samples, {
          latency: { runs: 3, warmUp: 1 },
        });
        expect(verdict).toMatchObject({ passed: true, criterion: "output" });
        expect(deployed.latency).toMatchObject({ runs: 3 });
        expect(deployed.latency!.least).toBeGreaterThan(0);
      } finally {
        await runner.close();
        await runner.close();
        await baseline.close();
      }
    });

    test("a model that is none is refused, and nothing is left under the name", async () => {
      await using dir = tempDir();
      const modelFile = join(dir.path, "net.onnx");
      const outFile = join(dir.path, "artifact");
      await writeFile(modelFile, "no model");
      const built = target.build(modelFile, { precision: "int8", outFile }, await open(dir.path));
      await expect(built).rejects.toBeInstanceOf(ModelFileError);
      expect(await Bun.file(outFile).exists()).toBe(false);
    });

    test("an operator that nobody knows is named", async () => {
      await using dir = tempDir();
      const modelFile = join(dir.path, "net.onnx");
      const model = contractModel();
      model.graph.nodes[1]!.opType = "Frobnicate";
      await writeModel(model, modelFile);
      const options = { precision: "fp32", outFile: join(dir.path, "artifact"), shapes } as const;
      await expect(target.build(modelFile, options, await open(dir.path))).rejects.toThrow("Frobnicate");
    });

    test("it ends with the reason of the signal, and nothing is left under the name", async () => {
      await using dir = tempDir();
      const modelFile = join(dir.path, "net.onnx");
      const outFile = join(dir.path, "artifact");
      await writeModel(contractModel(), modelFile);
      const gone = new Error("stopped");
      const here = await open(dir.path, AbortSignal.abort(gone));
      await expect(target.build(modelFile, { precision: "fp32", outFile, shapes }, here)).rejects.toBe(gone);
      expect(await Bun.file(outFile).exists()).toBe(false);
    });
  });
}
