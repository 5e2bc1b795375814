import { describe, expect, test } from "bun:test";
import { cp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { standInTrtexec } from "../../../test/peers/trtexec.ts";
import { floats, modelOf, node, weight } from "../onnx/model-of.fixture.ts";
import { floatsOf } from "../onnx/tensor.ts";
import { writeModel } from "../onnx/write-model.ts";
import { ortRunner } from "../targets/cpu/runner.ts";
import { testWorld } from "../targets/world.fixture.ts";
import { bundlePath } from "./bundle-manifest.ts";
import { readBundleResults } from "./read-results.ts";
import { bundleScript, type ScriptFacts } from "./script.ts";
import { writeBundle } from "./write-bundle.ts";

const signal = new AbortController().signal;

/** A bundle of a small model whose input has a name that a shell and trtexec could misread. */
async function bundled(folder: string) {
  const name = "im age:0";
  const model = modelOf({
    inputs: { [name]: ["batch", 3, 8, 8] },
    outputs: { scores: ["batch", 4] },
    weights: [weight("w", [4, 3, 3, 3], 1), floats("b", [4], [0.1, 0, -0.1, 0.2])],
    nodes: [
      node("Conv", [name, "w", "b"], ["c"], { kernel_shape: [3, 3] }),
      node("GlobalAveragePool", ["c"], ["p"]),
      node("Flatten", ["p"], ["scores"]),
    ],
  });
  const modelFile = join(folder, "model.onnx");
  await writeModel(model, modelFile);
  const world = await testWorld(join(folder, "cache"));
  const baseline = await ortRunner({ name: "float", modelFile, bytes: 1 }, await world.openOrt(), world);
  const dims = [1, 3, 8, 8];
  const feedsOf = (i: number) => ({
    [name]: { type: "float" as const, dims, data: floatsOf(weight("x", dims, i + 1)) },
  });
  const labels = ["a", "b", "c", "d"];
  const told = async (i: number): Promise<string> => {
    const { outputs } = await baseline.run(feedsOf(i));
    const scores = [...(outputs["scores"]!.data as Float32Array)];
    return labels[scores.indexOf(Math.max(...scores))]!;
  };
  const bundle = join(folder, "bundle");
  await writeBundle(bundle, {
    program: { name: "agent2389", version: "0" },
    precision: "fp32",
    modelFile,
    inputs: [{ name, type: "float", dims }],
    baseline,
    baselineTimes: [1, 2, 3],
    samples: {
      count: 3,
      read: async (i) => ({ feeds: feedsOf(i), file: `/secret/place/${i}.png`, label: await told(i) }),
      labels,
    },
    tolerance: 0.01,
    runs: 3,
    tensorrt: {},
    signal,
    progress() {},
  });
  await baseline.close();
  return bundle;
}

async function runScript(bundle: string, folder: string, version = "100300") {
  const bin = await standInTrtexec(join(folder, "bin"), { TRTEXEC_VERSION: version });
  return Bun.spawnSync(["sh", join(bundle, "run.sh")], {
    env: { PATH: `${bin}:/usr/bin:/bin`, HOME: folder },
    cwd: "/",
  });
}

describe("a bundle", () => {
  test.each(["8502", "100300", "110000"])("is run by TensorRT %s, and read back", async (version) => {
    await using dir = tempDir();
    const bundle = await bundled(dir.path);
    const ran = await runScript(bundle, dir.path, version);
    expect({ code: ran.exitCode, stderr: ran.stderr.toString() }).toEqual({ code: 0, stderr: "" });
    for (const from of ["archive", "folder"]) {
      if (from === "folder") await rm(join(bundle, "results.tar"));
      const { validation, missing } = await readBundleResults(bundle, { signal });
      expect(missing).toBe(0);
      expect(validation.samples).toHaveLength(3);
      expect(validation.verdict.passed).toBe(true);
      expect(validation.deployed.name).toMatch(/^fp32, TensorRT (8\.5\.2|10\.3\.0|11\.0\.0)$/);
      expect(validation.deployed.latency).toMatchObject({ runs: 3 });
      expect(validation.baseline.latency?.times).toEqual([1, 2, 3]);
    }
  });

  test("says nothing of the folders of who made it", async () => {
    await using dir = tempDir();
    const text = await readFile(join(await bundled(dir.path), "manifest.json"), "utf8");
    expect(text).not.toContain("/secret");
    expect(text).not.toContain(dir.path);
  });

  test("is gone on with where it was broken off", async () => {
    await using dir = tempDir();
    const bundle = await bundled(dir.path);
    await runScript(bundle, dir.path);
    await rm(join(bundle, "results/output-0001.json"));
    await rm(join(bundle, "results.tar"));
    await expect(readBundleResults(bundle, { signal })).rejects.toMatchObject({
      message: "the device has given no outputs for 1 of 3 samples: output-0001.json (1.png)",
      hint: expect.stringContaining("goes on where it was"),
    });
    await runScript(bundle, dir.path);
    expect((await readBundleResults(bundle, { signal })).missing).toBe(0);
  });

  test("without trtexec the script says so", async () => {
    await using dir = tempDir();
    const bundle = await bundled(dir.path);
    const ran = Bun.spawnSync(["sh", join(bundle, "run.sh")], { env: { PATH: "/usr/bin:/bin" } });
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr.toString()).toContain("there is no trtexec");
  });

  test("what has not been run is said to be so", async () => {
    await using dir = tempDir();
    const bundle = await bundled(dir.path);
    await expect(readBundleResults(bundle, { signal })).rejects.toThrow("is missing");
    await expect(readBundleResults(dir.path, { signal })).rejects.toThrow("no manifest");
  });
});

describe("a bundle that was changed on its way is refused", () => {
  const cases: [string, (bundle: string) => Promise<void>, string][] = [
    [
      "an input",
      async (bundle) => writeFile(join(bundle, "inputs/0000/input-0.bin"), Buffer.alloc(768)),
      "was changed",
    ],
    [
      "a link out of it",
      async (bundle) => {
        await rename(join(bundle, "reference/0000/output-0.bin"), join(bundle, "../elsewhere"));
        await symlink("../../../elsewhere", join(bundle, "reference/0000/output-0.bin"));
      },
      "leads elsewhere",
    ],
    [
      "a folder that is a link out of it",
      async (bundle) => {
        await cp(join(bundle, "reference"), join(bundle, "../other"), { recursive: true });
        await rm(join(bundle, "reference"), { recursive: true });
        await symlink("../other", join(bundle, "reference"));
      },
      "leads elsewhere",
    ],
    [
      "a path out of it",
      async (bundle) => {
        const file = join(bundle, "manifest.json");
        await writeFile(
          file,
          (await readFile(file, "utf8")).replace("inputs/0000/input-0.bin", "../../etc/passwd"),
        );
      },
      "expected a path below the bundle",
    ],
    [
      "an archive with other paths",
      async (bundle) => {
        await Bun.Archive.write(join(bundle, "results.tar"), {
          "results/device.txt": "x",
          "../../evil": "y",
        });
      },
      "holds what is no result",
    ],
    [
      "outputs of another size",
      async (bundle) => {
        await rm(join(bundle, "results.tar"));
        await writeFile(
          join(bundle, "results/output-0000.json"),
          '[{ "name" : "scores", "dimensions" : "1x4", "values" : [ 1 ] }]',
        );
      },
      "cannot be read",
    ],
    [
      "no archive at all",
      async (bundle) => writeFile(join(bundle, "results.tar"), "x".repeat(5000)),
      "archive",
    ],
  ];
  test.each(cases)("%s", async (_, change, message) => {
    await using dir = tempDir();
    const bundle = await bundled(dir.path);
    await runScript(bundle, dir.path);
    await change(bundle);
    await expect(readBundleResults(bundle, { signal })).rejects.toThrow(message);
  });

  test.each(["../x", "/x", "a/../b", "a//b", "", ".", "a/..", "a\0b", "a\\..\\b"])(
    "%p is no path below it",
    (path) => {
      expect(bundlePath().safeParse(path).success).toBe(false);
    },
  );
});

describe("the script", () => {
  const facts: ScriptFacts = {
    precision: "int8",
    leastMajor: 8,
    inputs: [
      { name: "a", dims: [1, 3], open: false, file: "input-0.bin", narrowFile: "input-0.bin" },
      { name: "$(id):0", dims: [1, 4], open: true, file: "input-1.bin", narrowFile: "input-1.int32.bin" },
    ],
    samples: 2,
    runs: 100,
    warmUp: 20,
    options: { workspaceMiB: 256, dlaCore: 1, level: 5 },
  };

  test.if(Bun.which("shellcheck") !== null)("shellcheck finds nothing in it", async () => {
    await using dir = tempDir();
    // SC2016 warns of a name that looks like a command and is none: that is what is wanted.
    for (const [i, more] of [
      facts,
      { ...facts, runs: 0, precision: "fp32" as const, options: {}, inputs: facts.inputs.slice(0, 1) },
    ].entries()) {
      const file = join(dir.path, `run-${i}.sh`);
      await writeFile(file, bundleScript(more));
      const { exitCode, stdout } = Bun.spawnSync(["shellcheck", "--shell=sh", "--exclude=SC2016", file]);
      expect({ exitCode, text: stdout.toString() }).toEqual({ exitCode: 0, text: "" });
    }
  });

  test("names are data, never commands", () => {
    const text = bundleScript(facts);
    expect(text).toContain(`files='a:input-0.bin,'\\''$(id):0'\\'':input-1.bin'`);
    expect(text).not.toMatch(/[^']\$\(id\)/);
  });
});
