import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TARGET_NAMES } from "../../src/deploy/targets/index.ts";
import { binary, type RunOptions, runBinary, runToEnd } from "./binary.ts";

/** `agent-deploy`, as users have it: the compiled program under its other name, without a platform. */

const CONFIGS = join(import.meta.dir, "../../config/agents");
const BROKER = ["--set", "MQTT_BROKER_URL=mqtts://mqtt.example.com:8883"];

let dir: string;
let link: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "deploy-e2e-"));
  link = join(dir, "agent-deploy");
  symlinkSync(await binary(), link);
}, 60_000);
afterAll(() => rmSync(dir, { recursive: true }));

/** Nothing on PATH but what the test put there, and a home of its own. */
const ALONE = () => ({ PATH: dir, HOME: dir });

const deploy = (argv: string[], { env = {}, cwd = dir, stdin }: RunOptions = {}) =>
  runToEnd([link, ...argv], { cwd, env: { ...ALONE(), ...env }, ...(stdin !== undefined && { stdin }) });

test("by its own name it is the deploy program; by the other it is a command", async () => {
  const own = await deploy(["--help"]);
  expect(own.stdout).toStartWith("agent-deploy: ");
  for (const name of [
    "deploy",
    "render",
    "diff",
    "status",
    "logs",
    "destroy",
    "rollback",
    "secrets",
    "targets",
    "new",
  ]) {
    expect(own.stdout).toMatch(new RegExp(`^ {2}${name} {2,}[A-Z]`, "m"));
  }
  const nested = await runBinary(["agent-deploy", "render", "docker", "researcher"], { env: ALONE() });
  expect(nested).toEqual(await deploy(["render", "docker", "researcher"]));
});

describe("render", () => {
  test.each(TARGET_NAMES)(
    "%s: writes the researcher's files, and reading them again finds no difference",
    async (target) => {
      const out = join(dir, "out", target);
      const config = join(CONFIGS, "researcher.toml");
      const wrote = await deploy(["render", target, config, ...BROKER, "--out", out]);
      expect({ code: wrote.code, stderr: wrote.stderr }).toEqual({
        code: 0,
        stderr: expect.stringContaining("✓ "),
      });
      expect(readdirSync(out).length).toBeGreaterThan(0);
      const again = await deploy(["diff", target, config, ...BROKER, "--against", out]);
      expect(again).toEqual({ code: 0, stdout: "", stderr: "✓ No difference.\n" });
    },
  );

  test("all example agents at once", async () => {
    const files = readdirSync(CONFIGS).filter((file) => file.endsWith(".toml"));
    const { code, stdout } = await deploy(["render", "docker", ...files.map((file) => join(CONFIGS, file))]);
    expect(code).toBe(0);
    for (const file of files)
      expect(stdout).toMatch(new RegExp(`^ {2}${file.replace(".toml", "")}-agent:`, "m"));
  });

  test("with the environments of the repository", async () => {
    const env = join(CONFIGS, "../environments/production.env");
    const { code, stdout } = await deploy(["render", "k8s", "writer", "--env", env]);
    expect(code).toBe(0);
    expect(stdout).toContain("mqtts://mqtt.example.com:8883");
  });
});

test("a dry run shows files and commands, and does nothing", async () => {
  const { code, stdout } = await deploy(["deploy", "docker", "researcher", "writer", "--dry-run"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^docker compose .*--project-name agents .* up /m);
  expect(existsSync(join(dir, ".local"))).toBe(false);
});

describe("errors, before anything is changed", () => {
  test.each([
    [
      ["deploy", "docker", "researcher"],
      1,
      /docker or podman is not on PATH, and is needed\n {2}hint: To get it: /,
    ],
    [["deploy", "fly", "researcher"], 1, /error: no broker is deployed along on Fly/],
    [["deploy", "docker", "researcher", "--name", "Not_A_Label"], 1, /hint: .*as not-a-label\.\n$/],
    [["deploy", "docker", "nobody.toml"], 1, /nobody\.toml/],
    [["deploy", "nowhere", "researcher"], 2, /<target> is "nowhere", expected one of docker, /],
    [["deploy", "docker"], 2, /no config file was named/],
    [["destroy", "docker", "researcher"], 2, /add --yes/],
    [["deplyo"], 2, /Did you mean 'agent-deploy deploy'\?/],
  ])("%j", async (argv, expected, message) => {
    const { code, stdout, stderr } = await deploy(argv);
    expect({ code, stdout, stderr }).toEqual({
      code: expected,
      stdout: "",
      stderr: expect.stringMatching(message),
    });
    expect(existsSync(join(dir, ".local"))).toBe(false);
  });

  test("in JSON, for programs", async () => {
    const { stderr } = await deploy(["deploy", "fly", "researcher", "--json"]);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { message: expect.any(String), hint: expect.any(String) },
    });
  });
});

test("what --set says reaches the agent: agent2389 run takes it", async () => {
  const { stdout } = await deploy(["render", "docker", "researcher", "--set", "llm.model=gpt-5.4", "--json"]);
  const args = /- run\n\s+- --set\n\s+- (\S+)/.exec(JSON.parse(stdout)["compose.yaml"])?.[1];
  expect(args).toBe("llm.model=gpt-5.4");
  const broken = join(dir, "a.toml");
  writeFileSync(broken, readFileSync(join(CONFIGS, "researcher.toml")));
  const { code, stderr } = await runBinary(["run", broken, "--set", "llm.max_tokens=many"], { env: ALONE() });
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("--set llm.max_tokens") });
});

test("a platform's program is called with secrets on its input or in its environment, never in its arguments", async () => {
  const bin = join(dir, "bin");
  const log = join(dir, "calls");
  const script = `#!/bin/sh\nprintf '%s\\n' "$*" >> ${log}\ncase "$*" in *version*) echo v2.30.1;; esac\n`;
  mkdirSync(bin);
  writeFileSync(join(bin, "docker"), script, { mode: 0o755 });
  const env = {
    PATH: `${bin}:/usr/bin:/bin`,
    OPENAI_API_KEY: "sk-e2e-secret-000111",
    SERPER_API_KEY: "serper-e2e-secret",
  };
  const { code, stdout, stderr } = await deploy(["deploy", "docker", join(CONFIGS, "researcher.toml")], {
    env,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("✓ start researcher-agent") });
  expect(readFileSync(log, "utf8")).toMatch(/ up /);
  const kept = readdirSync(join(dir, ".local"), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const texts = kept.map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
  for (const text of [stdout, stderr, readFileSync(log, "utf8"), ...texts])
    expect(text).not.toMatch(/e2e-secret/);
});
