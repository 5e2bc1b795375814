import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { LLAMA_70B, llamaFolder } from "../../src/modelcar/model/llama-folder.fixture.ts";
import { tinyRegistry } from "../../src/modelcar/model/tiny-registry.fixture.ts";
import { stage } from "../fault/stage.ts";
import { callOnce } from "../peers/openai-server.ts";
import { tempDir } from "../peers/temp-dir.ts";
import { binary, runBinary } from "./binary.ts";

/** `model-car` with the compiled program: on folders, on a registry, and as a tool of an agent. */

const on = stage();
let temp: ReturnType<typeof tempDir>;
beforeAll(async () => {
  await binary();
  temp = tempDir();
  llamaFolder(join(temp.path, "small"));
  llamaFolder(join(temp.path, "large"), LLAMA_70B);
  writeFileSync(join(temp.path, "car.yaml"), YAML);
}, 60_000);
afterAll(() => temp[Symbol.asyncDispose]());

const YAML = `model-car:
  - name: small
    image: ./small
    serving_arguments:
      args: [--max-model-len=32768]
  - name: large # the good one
    image: ./large
    serving_arguments:
      gpu_count: 2
      args: [--max-model-len=16384]
`;

const run = (argv: string[], env: Record<string, string> = {}) =>
  runBinary(["model-car", ...argv], {
    cwd: temp.path,
    env: { HOME: temp.path, PATH: "/nowhere", ...env },
  });

test("NO-GO, the edits that mend it, and GO", async () => {
  const machines = ["--gpus", "8x NVIDIA-L40S", "--vllm-version", "0.11.0"];
  const first = await run(["check", "car.yaml", ...machines]);
  expect(first).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/\nNO-GO: 1 of 2 models does not run: large\n$/),
  });
  const optimized = await run(["optimize", "car.yaml", ...machines]);
  expect(optimized).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("+      gpu_count: 4\n"),
  });
  expect(readFileSync(join(temp.path, "car.yaml"), "utf8")).toBe(YAML);
  const second = await run(["check", "car.generated.yaml", ...machines, "-q"]);
  expect(second).toEqual({
    code: 0,
    stdout: "GO: all 2 models run at the same time on 8x NVIDIA-L40S\n",
    stderr: "",
  });
});

test("--json follows the schema that the program prints", async () => {
  const [schema, report] = await Promise.all([
    run(["schema"]),
    run(["check", "car.yaml", "--gpus", "4x L40S", "--json"]),
  ]);
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(schema.stdout));
  expect(validate(JSON.parse(report.stdout)) || validate.errors).toBe(true);
});

test("the artefacts of a run, and a second run that needs nothing else", async () => {
  await run(["check", "car.yaml", "--gpus", "4x L40S", "--info", "info", "-q"]);
  const text = (name: string) => readFileSync(join(temp.path, "info", name), "utf8");
  expect(text("deployment_info.txt")).toStartWith("### Deployment Decision\nVerdict: NO-GO\n");
  expect(text("report.html")).toContain("Memory of one GPU for small");
  const again = await run(["check", "--bootstrap", "info", "-q"]);
  expect(again).toMatchObject({ code: 1, stdout: "NO-GO: 1 of 2 models does not run: large\n" });
});

test("a model in a registry is read once, and from the cache after that", async () => {
  using registry = tinyRegistry();
  const argv = ["estimate", `oci://${registry.host}/org/model:1`, "--gpus", "1x L4"];
  const first = await run(argv);
  expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/GO: the model runs on 1x L4\n$/) });
  const asked = registry.requests.length;
  expect(asked).toBeGreaterThan(2);
  const second = await run(argv);
  expect(second.stdout).toContain("from the cache, by its digest");
  expect(registry.requests.length).toBe(asked);
  expect((await run([...argv, "--refresh"])).code).toBe(0);
  expect(registry.requests.length).toBeGreaterThan(asked);
});

test("a registry that cannot be reached leaves an estimate by the name, marked, and no GO", async () => {
  const { code, stdout } = await run(["estimate", "oci://127.0.0.1:1/org/granite-8b:1", "--gpus", "8x H200"]);
  expect(code).toBe(1);
  expect(stdout).toContain("its size is guessed from its name");
  expect(stdout).toMatch(/\nUNKNOWN: /);
});

test("an agent answers with the tool's facts", async () => {
  const agent = await on.readyAgent({
    toml: `[tools]\nmodel_car = { impl = "builtin", allowed_paths = ["cars"] }`,
  });
  const cars = join(agent.files.dir, "cars");
  mkdirSync(cars);
  llamaFolder(join(cars, "small"));
  writeFileSync(join(cars, "car.yaml"), YAML.slice(0, YAML.indexOf("  - name: large")));
  const consumer = await on.consumer(agent);
  const ask = async (args: object) => {
    on.llm.script(callOnce("model_car", args));
    return (await consumer.ask("will it run?")).response!.replace("the tool said: ", "");
  };
  const told = JSON.parse(await ask({ action: "check", path: "car.yaml", gpus: "1x L40S" }));
  expect(told).toMatchObject({ verdict: "GO", models: [{ name: "small", memory: { gpus: 1 } }] });
  expect(await ask({ action: "check", path: "/etc/passwd", gpus: "1x L40S" })).toContain(
    "outside of what this tool",
  );
}, 30_000);
