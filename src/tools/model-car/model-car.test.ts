import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { toolContext } from "../../../test/peers/tool-context.ts";
import { cacheFolder } from "../../base/cache-folder.ts";
import { toError } from "../../base/errors.ts";
import { silent } from "../../log/logger.ts";
import { llamaFolder } from "../../modelcar/model/llama-folder.fixture.ts";
import { readModelFacts } from "../../modelcar/model/read.ts";
import { tinyRegistry } from "../../modelcar/model/tiny-registry.fixture.ts";
import { factoryOf } from "../table.ts";

let dir: ReturnType<typeof tempDir>;
beforeAll(async () => {
  dir = tempDir();
  llamaFolder(join(dir.path, "cars/llama"));
  llamaFolder(join(dir.path, "elsewhere"));
  mkdirSync(join(dir.path, "cars/sub"));
  symlinkSync(join(dir.path, "elsewhere"), join(dir.path, "cars/sub/link"));
  await Bun.write(join(dir.path, "cars/car.yaml"), YAML);
});
afterAll(() => dir[Symbol.asyncDispose]());

const YAML = `
model-car:
  - name: llama
    image: ./llama
    serving_arguments:
      args: [--max-model-len=65536, "--api-key=open-sesame-please"]
`;

async function call(args: object, options: Record<string, unknown> = {}, env: Record<string, string> = {}) {
  const setting = { name: "model_car", impl: "builtin", options: { allowed_paths: ["cars"], ...options } };
  const setup = { env, baseDir: dir.path, log: silent };
  const { tools } = await factoryOf(setting)!.open(setting, setup);
  const [tool] = tools;
  const checked = tool!.check(args);
  if (!checked.ok) throw new Error(checked.problems.join("; "));
  const { content } = await tool!.run(checked.value, toolContext());
  return JSON.parse(content);
}

const failure = (args: object, options?: Record<string, unknown>): Promise<string> =>
  call(args, options).then(
    () => "it went well",
    (thrown) => toError(thrown).message,
  );

test("check: verdict, reasons, numbers and the change that would make it a GO", async () => {
  const { verdict, models, runtime } = await call({
    action: "check",
    path: "car.yaml",
    gpus: "1x L4",
    vllm_version: "0.11.0",
  });
  expect(verdict).toBe("NO-GO");
  expect(runtime.version).toBe("0.11.0");
  expect(models[0]).toMatchObject({
    name: "llama",
    verdict: "NO-GO (memory)",
    memory: { gpus: 1, contextLength: 65536 },
    optimized: { changes: [{ what: "--max-model-len" }] },
  });
  expect(models[0].memory.terms.weights).toBeCloseTo(14.96, 1);
});

test("the same from a text, and a GO where it fits", async () => {
  const answer = await call({ action: "check", yaml: YAML, gpus: "1x L40S", explain: true });
  expect(answer.verdict).toBe("GO");
  expect(answer.models[0].memory.terms[0].formula).toContain("safetensors headers");
});

test("machines come from the config when the question names none", async () => {
  const question = { action: "check", yaml: YAML };
  expect((await call(question, { gpus: "1x H200" })).verdict).toBe("GO");
  expect(await failure(question)).toContain("name the machines");
});

test("estimate without machines tells how many GPUs of each type", async () => {
  const { models } = await call({ action: "estimate", model: "llama", arguments: ["--max-model-len=32768"] });
  const gpus = Object.fromEntries(models[0].cells.map(({ gpu, gpus }: never) => [gpu, gpus]));
  expect(gpus).toMatchObject({ L4: 2, L40S: 1 });
});

test("optimize gives a file's text, without its secrets", async () => {
  const { yaml, left } = await call({ action: "optimize", path: "car.yaml", gpus: "1x L4" });
  expect(left).toEqual([]);
  expect(yaml).toMatch(/--max-model-len=\d+/);
  expect(yaml).not.toContain("65536");
  expect(yaml).not.toContain("open-sesame-please");
});

test("an inventory that is a file", async () => {
  const saved = await call({ action: "gpus", gpus: "2x L40S" });
  await Bun.write(join(dir.path, "cars/inventory.json"), JSON.stringify(saved));
  const answer = await call({ action: "check", path: "car.yaml", inventory: "inventory.json" });
  expect(answer.verdict).toBe("GO");
});

describe("a model cannot read what it may not", () => {
  test.each([
    ["a path outside", "/etc"],
    ["a way out", "../elsewhere"],
    ["a link out", "sub/link"],
    ["a file: address", "file:///etc"],
  ])("%s", async (_, model) => {
    expect(await failure({ action: "estimate", model })).toMatch(/outside of what this tool may touch/);
  });

  test("a registry in the private network", async () => {
    using registry = tinyRegistry();
    const question = {
      action: "estimate",
      model: `oci://${registry.host}/org/model:1`,
      gpus: "L4",
      explain: true,
    };
    const { models } = await call(question);
    expect(models[0]).toMatchObject({ verdict: "UNKNOWN", estimatedFromName: true });
    expect(models[0].problems.join()).toContain("which allowed_registries in the config would open");
    expect(registry.requests).toEqual([]);
    const allowed = await call(question, { allowed_registries: [registry.host] });
    expect(allowed.models[0]).toMatchObject({ verdict: "GO", estimatedFromName: false });
  });
});

test("what others read, and put in the cache, is not given to who may not read it", async () => {
  using registry = tinyRegistry();
  const env = { HOME: join(dir.path, "home") };
  const model = `oci://${registry.host}/org/model:1`;
  const world = { env, cwd: dir.path, fetch, now: Date.now, wait: async () => {} };
  await readModelFacts(model, { ...world, stateFolder: cacheFolder(env, dir.path) });
  const question = { action: "estimate", model, gpus: "L4" };
  const ask = async (allowed_registries?: string[]) =>
    (await call(question, allowed_registries && { allowed_registries }, env)).models[0].estimatedFromName;
  expect(await ask([registry.host])).toBe(false);
  registry.requests.length = 0;
  expect(await ask([registry.host])).toBe(false);
  expect(registry.requests).toEqual([]); // its own cache
  expect(await ask(["quay.io"])).toBe(true);
  expect(await ask()).toBe(true);
});

test("what is missing or too much is told", async () => {
  expect(await failure({ action: "check", gpus: "L4" })).toContain("give either path");
  expect(await failure({ action: "check", path: "a", yaml: "b", gpus: "L4" })).toContain("give either path");
  expect(await failure({ action: "estimate", gpus: "L4" })).toContain("estimate needs model");
  expect(await failure({ action: "check", yaml: "model-car: [", gpus: "L4" })).toContain("broken YAML");
  expect(await failure({ action: "check", yaml: YAML, gpus: "4x L41" })).toContain("is not a GPU");
});
