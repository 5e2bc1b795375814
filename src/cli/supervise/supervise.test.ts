import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Supervision } from "../../deploy/targets/local/supervision.ts";
import { capture, runCli } from "../framework/testing.fixture.ts";
import { programNamed } from "../index.ts";
import { openControls } from "./control-server.ts";
import { logFiles } from "./log-files.ts";
import { agentProcess, brokerProcess } from "./processes.ts";
import { reporter } from "./reporter.ts";
import { runFolder } from "./run-folder.ts";

const dir = mkdtempSync(join(tmpdir(), "supervise-"));
afterAll(() => rmSync(dir, { recursive: true }));
const env = { XDG_STATE_HOME: dir };
const folder = runFolder({ env, cwd: "/" }, "agents");
const run = (...argv: string[]) =>
  runCli(programNamed("agent2389"), ["supervise", ...argv], { env, services: { fetch } });

const agent = (name: string, secrets: string[]): Supervision["agents"][number] => ({
  name,
  agentId: name,
  config: `config/${name}/agent.toml`,
  args: ["run", "--set", "x=1"],
  env: { FLAG: "on", LOG_FORMAT: "json" },
  secrets,
  killAfterSeconds: 40,
  health: true,
  hash: "0123456789",
});

describe("an agent's process", () => {
  const supervision = {
    version: "x",
    project: "agents",
    agents: [agent("a", ["A_KEY"]), agent("b", ["B_KEY"])],
  };
  const ctx = { executable: "/bin/agent2389", env: { PATH: "/bin", A_KEY: "a-secret", B_KEY: "b-secret" } };
  const surroundings = { ctx, rendered: "/rendered", folder, brokerUrl: "mqtt://127.0.0.1:1884" };

  test("gets its own secrets and no others, its variables, its own folder and port", () => {
    const process = agentProcess(supervision.agents[0]!, supervision, 4711, surroundings);
    expect(process).toEqual({
      name: "a",
      argv: ["/bin/agent2389", "run", "--set", "x=1"],
      env: {
        PATH: "/bin",
        A_KEY: "a-secret",
        FLAG: "on",
        LOG_FORMAT: "pretty",
        MQTT_BROKER_URL: "mqtt://127.0.0.1:1884",
        CONFIG_PATH: "/rendered/config/a/agent.toml",
        AGENT2389_DATA_DIR: join(folder.path, "data", "a"),
        HEALTH_HOST: "127.0.0.1",
        HEALTH_PORT: "4711",
      },
      killAfterSeconds: 40,
    });
  });

  test("without a broker of ours goes to that of its config", () => {
    const process = agentProcess(supervision.agents[0]!, supervision, 1, {
      ...surroundings,
      brokerUrl: undefined,
    });
    expect(process.env).not.toHaveProperty("MQTT_BROKER_URL");
  });

  test("the broker wants no login, whatever the agents have one for", () => {
    const open = {
      ...surroundings,
      ctx: { ...ctx, env: { MQTT_USERNAME: "u", MQTT_PASSWORD: "p", PATH: "/bin" } },
    };
    expect(brokerProcess("broker", 1884, open).env).toEqual({ PATH: "/bin" });
  });
});

test("what processes do is told with their names, and kept", () => {
  const [stdout, stderr] = [capture(), capture()];
  const kept: string[] = [];
  const tell = reporter({ stdout, stderr }, ["first", "b"], (name, text) => kept.push(`${name}: ${text}`));
  tell({ kind: "started", name: "b", pid: 1 });
  tell({ kind: "line", name: "b", line: "hello" });
  tell({ kind: "ended", name: "first", code: 1, inMs: 1500 });
  tell({
    kind: "gave up",
    name: "b",
    reason: "it cannot run as it is configured: exit code 2",
    lastLines: [],
  });
  tell({ kind: "stopped", name: "first", killed: false });
  expect(stdout.text).toBe("b     │ hello\n");
  expect(stderr.text).toBe(
    "first │ ended with exit code 1; starting again in 1.5 s\nb     │ given up: it cannot run as it is configured: exit code 2\n",
  );
  expect(kept).toHaveLength(3);
});

test("a log begins anew when it is full, for this user's eyes only", () => {
  const files = logFiles(folder);
  files.append("a", "first line");
  expect(statSync(folder.log("a")).mode & 0o077).toBe(0);
  writeFileSync(folder.log("b"), "x".repeat(10 * 2 ** 20));
  files.append("b", "one more");
  expect(readFileSync(folder.log("b"), "utf8")).toBe("one more\n");
  expect(statSync(`${folder.log("b")}.1`).size).toBe(10 * 2 ** 20);
});

test("logs of all agents, or of one, from as far back as asked", async () => {
  writeFileSync(folder.log("a"), "one\ntwo\nthree\nunfinished");
  writeFileSync(folder.log("b"), "");
  expect((await run("logs", "agents", "--tail", "2")).stdout).toBe("a │ two\na │ three\n");
  expect((await run("logs", "agents", "--agent", "a", "--tail", "0")).stdout).toBe("");
  expect(await run("logs", "others")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("others does not run"),
  });
});

describe("a supervisor is asked over the loopback", () => {
  test("by those who know its word", async () => {
    const asked: string[] = [];
    const controls = await openControls(folder, {
      status: () => ({
        project: "agents",
        processes: [{ name: "a", state: "gave up", restarts: 4, reason: "it broke", secrets: [] }],
      }),
      stop: () => asked.push("stop"),
      restart: async (name, variables) => {
        asked.push(`restart ${name} ${Object.keys(variables).join()}`);
        return name === "a";
      },
    });
    const { url } = JSON.parse(readFileSync(folder.address, "utf8"));
    expect(statSync(folder.address).mode & 0o077).toBe(0);
    expect((await fetch(`${url}/status`)).status).toBe(401);
    const status = await run("status", "agents");
    expect(status.code).toBe(1);
    expect(status.stdout).toContain("it broke");
    const world = { env: { ...env, A_KEY: "new" }, services: { fetch } };
    const restart = (name: string) =>
      runCli(programNamed("agent2389"), ["supervise", "restart", "agents", name, "A_KEY"], world);
    expect((await restart("a")).code).toBe(0);
    expect(await restart("x")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("does not answer as it should (400)"),
    });
    expect(asked).toEqual(["restart a A_KEY", "restart x A_KEY"]);
    await controls.close();
  });

  test("one that is gone does not run, wherever it was", async () => {
    writeFileSync(folder.address, JSON.stringify({ url: "http://127.0.0.1:1", token: "x" }));
    expect(await run("status", "agents")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("agents does not run on this machine"),
    });
    expect((await run("stop", "agents", "--forget")).code).toBe(0);
    expect(statSync(folder.path, { throwIfNoEntry: false })).toBeUndefined();
  });
});

test("a folder that agent-deploy did not render is refused", async () => {
  expect(await run("run", dir)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("To write it: agent-deploy render local"),
  });
});
