import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { openOrt } from "../../src/models/ort/open-ort.ts";
import { digits, mnistModel, resnet20Model } from "../../src/models/real-models.fixture.ts";
import { tempDir } from "../peers/temp-dir.ts";
import { binary, cleanEnv, runBinary, startBinary } from "./binary.ts";

/** `deploy-model` with the compiled program, which has ONNX Runtime inside. */

const models = join(import.meta.dir, "../models");
const digitImages = join(models, "mnist/digits-images-idx3-ubyte.gz");
let temp: ReturnType<typeof tempDir>;
let env: Record<string, string>;

beforeAll(async () => {
  await binary();
  temp = tempDir();
  env = { XDG_CACHE_HOME: join(temp.path, "cache") };
}, 60_000);
afterAll(() => temp[Symbol.asyncDispose]());

const run = (...argv: string[]) => runBinary(["deploy-model", ...argv], { env, cwd: temp.path });
const mnist = [
  "run",
  mnistModel,
  "--preprocess",
  "raw",
  "--calibration-data",
  digitImages,
  "--samples",
  "200",
];
const validated = ["--test-data", digitImages, "--test-samples", "200", "--validate", "--runs", "20"];

test("a model is quantized, proven, and loads", async () => {
  const { code, stdout } = await run(...mnist, ...validated);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^PASSED: top-1 accuracy/);
  expect(stdout).toMatch(/Peak memory of the model +[\d.]+ MB/);
  const folder = join(temp.path, "mnist-cpu-int8");
  const ort = await openOrt({ cacheDir: join(temp.path, "cache-of-test") });
  const session = await ort.session(join(folder, "model.onnx"));
  const found = await Promise.all(
    (await digits(50)).map(async ({ feeds, label }) => {
      const [scores] = Object.values(await session.run({ ...feeds }));
      const numbers = [...(scores!.data as Float32Array)];
      return numbers.indexOf(Math.max(...numbers)) === Number(label);
    }),
  );
  await session.close();
  expect(found.filter((right) => right).length).toBeGreaterThan(46);
}, 30_000);

test("ONNX Runtime's telemetry is off: no file of it in any folder of the user", async () => {
  const home = join(temp.path, "home");
  const own = Object.fromEntries(
    ["HOME", "TMPDIR", "XDG_CACHE_HOME"].map((name) => [name, join(home, name)]),
  );
  for (const folder of Object.values(own)) mkdirSync(folder, { recursive: true });
  const argv = ["deploy-model", ...mnist, ...validated, "--out", join(home, "out")];
  const { code } = await runBinary(argv, { env: own, cwd: temp.path });
  expect(code).toBe(0);
  const entries = (name: string) => readdirSync(own[name]!);
  expect([entries("HOME"), entries("TMPDIR"), entries("XDG_CACHE_HOME")]).toEqual([[], [], ["agent2389"]]);
}, 30_000);

test("--json is one result on standard output; the same run gives the same artefact", async () => {
  const first = await run(...mnist, ...validated, "--out", "first", "--json");
  const second = await run(...mnist, ...validated, "--out", "second", "--json");
  expect(first).toMatchObject({ code: 0, stderr: "" });
  const [a, b] = [first, second].map(({ stdout }) => JSON.parse(stdout));
  expect(a.validation.verdict.passed).toBe(true);
  expect(a.artifact.files).toEqual(b.artifact.files);
  const manifests = await Promise.all(
    ["first", "second"].map((name) => Bun.file(join(temp.path, name, "manifest.json")).text()),
  );
  expect(manifests[0]).toBe(manifests[1]!);
}, 30_000);

test("a validation that fails exits with 1, and shows by how much", async () => {
  const strict = [
    "--tolerance",
    "0",
    "--all-layers",
    "--preprocess",
    '{"preset": "imagenet", "resize": "stretch"}',
  ];
  const images = join(models, "cifar10/calibration");
  const flat = join(temp.path, "flat");
  for (const path of new Bun.Glob("*/*.jpg").scanSync(images))
    await Bun.write(join(flat, path.replace("/", "-")), Bun.file(join(images, path)));
  const { code, stdout } = await run(
    ...[
      "run",
      resnet20Model,
      "--calibration-data",
      flat,
      "--test-data",
      flat,
      "--test-samples",
      "20",
      "--runs",
      "0",
    ],
    ...strict,
  );
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^FAILED: output "logits" differs by 0\.\d\d % \(of its range, root mean square; 0\.00 % allowed\)/,
  );
}, 30_000);

test("Ctrl-C ends it, and leaves nothing under the final name nor beside it", async () => {
  const cold = join(temp.path, "stopped");
  const running = await startBinary(
    [
      "deploy-model",
      ...mnist,
      "--test-data",
      digitImages,
      "--runs",
      "100000",
      "--out",
      join(cold, "artefact"),
    ],
    { env, cwd: temp.path },
  );
  await running.shows(/Building for cpu/);
  running.kill("SIGINT");
  expect((await running.ended).code).toBe(130);
  expect(readdirSync(cold)).toEqual([]);
}, 30_000);

test("a file that may not become as large as the model is told, and nothing is left", async () => {
  const limited = Bun.spawn(
    [
      "sh",
      "-c",
      'trap "" XFSZ; ulimit -f 8; exec "$0" "$@"',
      await binary(),
      "deploy-model",
      ...mnist,
      "--out",
      "limited",
    ],
    { cwd: temp.path, env: cleanEnv(env), stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const stderr = await new Response(limited.stderr).text();
  expect(await limited.exited).toBe(1);
  expect(stderr).toContain("the artefact cannot be written: a file may not become that large");
  expect(existsSync(join(temp.path, "limited"))).toBe(false);
}, 30_000);

test("list, inspect and bench need nothing but the program", async () => {
  expect(await run("list")).toMatchObject({ code: 0, stdout: expect.stringMatching(/cpu +This machine/) });
  expect((await run("inspect", mnistModel)).stdout).toMatch(/weights +5,998/);
  expect((await run("bench", mnistModel, "--runs", "5")).stdout).toMatch(/mnist\.onnx .* 1\.00×/);
}, 30_000);
