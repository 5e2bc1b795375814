import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CliDouble, cliDouble } from "../src/deploy/cli-double.fixture.ts";
import { freePort } from "../test/peers/ports.ts";

let double: CliDouble;
let dir: string;
beforeAll(() => {
  double = cliDouble({ agent2389: [] });
  dir = mkdtempSync(join(tmpdir(), "scripts-"));
});
afterAll(() => {
  double[Symbol.dispose]();
  rmSync(dir, { recursive: true });
});

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

async function script(name: string, args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = Bun.spawn([join(import.meta.dir, name), ...args], {
    cwd: dir,
    env: { PATH: process.env["PATH"] ?? "", HOME: dir, AGENT2389: join(double.path, "agent2389"), ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

test.each([
  ["agent-deploy", ["targets"], "agent2389 agent-deploy targets"],
  ["deploy-to-fly.sh", ["a", "a b.toml"], "agent2389 agent-deploy deploy fly a a b.toml"],
  ["deploy-to-k8s.sh", ["a", "a.toml", "--dry-run"], "agent2389 agent-deploy deploy k8s a a.toml --dry-run"],
  ["deploy-compose.sh", ["a.toml"], "agent2389 agent-deploy deploy docker a.toml"],
  ["deploy-compose.sh", [], "agent2389 agent-deploy deploy docker researcher writer editor"],
  [
    "generate-agent-config.sh",
    ["routing-agent.toml.template", "mine", "mine.toml"],
    "agent2389 new routing-agent.toml.template mine --output mine.toml",
  ],
  ["generate-agent-config.sh", [], "agent2389 new"],
])("%s %p calls the program", async (name, args, line) => {
  expect(await script(name, args)).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(double.lines().at(-1)).toBe(line);
});

test("arguments arrive as they are, with their spaces", async () => {
  await script("deploy-to-fly.sh", ["a", "a b.toml"]);
  expect(double.calls().at(-1)?.argv).toEqual(["agent-deploy", "deploy", "fly", "a", "a b.toml"]);
});

describe("dev-environment.sh", () => {
  const dev = async (...args: string[]) => {
    const main = join(dir, "program");
    await Bun.write(
      main,
      `#!/bin/sh\nexec "${process.execPath}" "${join(import.meta.dir, "../src/main.ts")}" "$@"\n`,
    );
    Bun.spawnSync(["chmod", "+x", main]);
    return script("dev-environment.sh", args, {
      AGENT2389: main,
      DEV_FOLDER: join(dir, "dev"),
      MQTT_PORT: String(port),
    });
  };
  let port: number;
  beforeAll(async () => {
    port = await freePort();
  });
  afterAll(() => dev("stop"));

  test("starts a broker once, says where it is, and stops it", async () => {
    const url = `mqtt://127.0.0.1:${port}\n`;
    expect((await dev("status")).code).toBe(1);
    expect(await dev("start")).toMatchObject({ code: 0, stdout: url });
    expect(await dev("start")).toMatchObject({ code: 0, stderr: expect.stringContaining("runs already") });
    expect(await dev("status")).toMatchObject({ code: 0, stdout: url });
    expect(await dev("stop")).toMatchObject({ code: 0, stderr: "The broker is stopped.\n" });
    expect(await dev("stop")).toMatchObject({ code: 0, stderr: "The broker does not run.\n" });
  }, 60_000);

  test("a broker that does not start is told with what it said", async () => {
    using taken = Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } });
    const { code, stderr } = await dev("start");
    expect({ code, port: taken.port }).toEqual({ code: 1, port });
    expect(stderr).toContain("already in use");
    expect(stderr).toContain("error: the broker did not start");
  }, 60_000);

  test("anything else is a wrong command line", async () => {
    expect(await dev("restart")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("start|stop|status"),
    });
  });
});
