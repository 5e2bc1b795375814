import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { llamaFolder } from "../../modelcar/model/llama-folder.fixture.ts";
import { runCli } from "../framework/testing.fixture.ts";
import { programNamed } from "../index.ts";

let temp: ReturnType<typeof tempDir>;
beforeAll(() => {
  temp = tempDir();
  llamaFolder(at("small"));
});
afterAll(() => temp[Symbol.asyncDispose]());

const at = (...path: string[]) => join(temp.path, ...path);
const run = (argv: string[], env: Record<string, string> = {}) =>
  runCli(programNamed("agent2389"), ["model-car", ...argv], {
    cwd: temp.path,
    env: { HOME: at("home"), PATH: at("bin"), ...env },
  });

/** Whatever it is: long as keys are, short, and with what YAML, JSON and shells quote. */
const SECRETS = ["zq-7-hunter2-Zq", "qzQ7", "qz'\"#7 hunter2"];

const car = (args: string, image = "./small", rest = "") => `# a car
model-car:
  - name: m
    image: ${image}
    serving_arguments:
      args: ${args}
${rest}`;
const list = (...args: string[]) => `\n${args.map((arg) => `        - ${JSON.stringify(arg)}\n`).join("")}`;

/** Every way in which people wrote one into a model-car. */
const FORMS: Readonly<Record<string, (secret: string) => string>> = {
  joined: (s) => car(list("--max-model-len=8192", `--api-key=${s}`)),
  apart: (s) => car(list("--api-key", s, "--max-model-len=8192")),
  several: (s) => car(list("--api-key", "first-of-them", s, "--max-model-len=8192")),
  twice: (s) => car(list(`--api-key=${s}`, `--api-key=other-${s}`, "--max-model-len=8192")),
  "twice, joined and apart": (s) => car(list(`--hf-token=${s}`, "--hf_token", `x${s}`)),
  underscores: (s) => car(list(`--api_key=${s}`)),
  "one text": (s) => car(list(`--api-key ${s}`)),
  "without dashes": (s) => car(list(`api-key=${s}`, "--max-model-len=8192")),
  "other dashes": (s) => car(list(`—api-key=${s}`)),
  "a variable": (s) => car(list(`HF_TOKEN=${s}`)),
  "within an object": (s) =>
    car(list(`--model-loader-extra-config=${JSON.stringify({ auth: { token: s } })}`)),
  "an object, given twice": (s) =>
    car(
      list(
        `--kv-transfer-config=${JSON.stringify({ password: s })}`,
        `--kv-transfer-config=${JSON.stringify({ password: `${s}x` })}`,
      ),
    ),
  "in place of a list": (s) => car(JSON.stringify(`--api-key=${s}`)),
  "in place of a list, with others": (s) => car(JSON.stringify(`--max-model-len 8192 --api-key ${s}`)),
  "a mapping in a list": (s) => car(`[{--api-key: ${JSON.stringify(s)}}]`),
  "as a key": (s) => car(`[]`, "./small", `    ? ${JSON.stringify(`--api-key=${s}`)}\n    : 1\n`),
  "in a comment": (s) => car(list(`--api-key=${s}`), "./small", `# was: --api-key=${JSON.stringify(s)}\n`),
  "an anchor": (s) =>
    `x-key: &key ${JSON.stringify(s)}\n${car(`["--api-key", *key, "--max-model-len=8192"]`)}`,
  "broken YAML": (s) => car(`["--api-key=${s}`),
  "a login in an image": (s) => car("[]", JSON.stringify(`oci://bob:${s}@127.0.0.1:1/a/b:1`)),
  "a login in an image with a digest": (s) =>
    car("[]", JSON.stringify(`oci://bob:${s}@127.0.0.1:1/a/b@sha256:${"a".repeat(64)}`)),
  "a login in a hub's model": (s) => car("[]", JSON.stringify(`hf://${s}@org/model`)),
  "a query in an image": (s) => car("[]", JSON.stringify(`oci://127.0.0.1:1/a/b:1?sig=${s}`)),
};

const GPUS = ["--gpus", "4x L40S"];
const COMMANDS: string[][] = [
  ["check", "car.yaml", ...GPUS, "--explain", "--info", "info"],
  ["check", "car.yaml", ...GPUS, "--json"],
  ["check", "car.yaml", ...GPUS, "--html", "-"],
  ["check", "car.yaml", ...GPUS, "--markdown", "-"],
  ["optimize", "car.yaml", ...GPUS],
  ["optimize", "car.yaml", ...GPUS, "--dry-run", "--json"],
  ["requirements", "car.yaml", "--explain"],
  ["requirements", "car.yaml", "--json"],
  ["matrix", "car.yaml"],
  ["matrix", "car.yaml", "--json"],
];

/** A text as it is, and as JSON, HTML and YAML write it. */
const written = (secret: string): string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1),
  Bun.escapeHTML(secret),
  secret.replaceAll("'", "''"),
];

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));

describe("no secret of a model-car is told", () => {
  describe.each(SECRETS)("%s", (secret) => {
    test.each(Object.entries(FORMS))("%s", async (_, form) => {
      mkdirSync(at("home"), { recursive: true });
      mkdirSync(at("info"), { recursive: true });
      writeFileSync(at("car.yaml"), form(secret));
      for (const command of COMMANDS) {
        const { stdout, stderr } = await run(command);
        const told = [stdout, stderr, ...filesBelow(at("info")), ...filesBelow(at("home"))].join("\n");
        for (const text of written(secret))
          if (told.includes(text))
            expect([command.join(" "), ...told.split("\n").filter((line) => line.includes(text))]).toEqual(
              [],
            );
      }
    });

    test.each([
      [(s: string) => ["./small", `--arg=--api-key=${s}`, "--arg", `--api-key=${s}2`]],
      [(s: string) => ["./small", `--arg=--api-key`, "--arg", s]],
      [(s: string) => ["./small", `--arg=--hf-token ${s}`]],
      [(s: string) => [`oci://bob:${s}@127.0.0.1:1/a/b:1`]],
      [(s: string) => [`hf://${s}@org/model`]],
    ])("estimate %#", async (argv) => {
      for (const more of [[], ["--json"], GPUS, [...GPUS, "--json"]]) {
        const { stdout, stderr } = await run(["estimate", ...argv(secret), ...more]);
        for (const text of written(secret)) expect(`${stdout}${stderr}`).not.toContain(text);
      }
    });
  });

  test("nor one of the environment", async () => {
    const [token, password] = ["hf-zq7-token-zq7", "zq7-password-zq7"];
    const env = {
      HF_TOKEN: token,
      HF_ENDPOINT: "http://127.0.0.1:1",
      OCI_REGISTRY_PULL_SECRET: Buffer.from(
        JSON.stringify({ auths: { "127.0.0.1:1": { username: "u", password } } }),
      ).toString("base64"),
    };
    for (const image of ["hf://org/model", "oci://127.0.0.1:1/a/b:1"]) {
      writeFileSync(at("car.yaml"), car("[]", image));
      const { stdout, stderr } = await run(["check", "car.yaml", ...GPUS, "--json"], env);
      for (const secret of [token, password, env.OCI_REGISTRY_PULL_SECRET])
        expect(`${stdout}${stderr}`).not.toContain(secret);
    }
  });
});

test("the generated file has the secrets of the file, each where it was", async () => {
  writeFileSync(at("car.yaml"), car(list("--api-key=first-key", "--api-key", "second-key"), "./small"));
  await run(["optimize", "car.yaml", ...GPUS]);
  const made = readFileSync(at("car.generated.yaml"), "utf8");
  expect(made).toContain("--api-key=second-key");
  expect(made).not.toContain("redacted");
});
