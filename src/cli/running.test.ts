import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { App, AppDeps } from "../app.ts";
import { ExpectedError } from "../base/errors.ts";
import type { LoadedConfig } from "../config/loaded.ts";
import { memoryBroker } from "../transport/memory.fixture.ts";
import { onBroker } from "./client/testing.fixture.ts";
import { Interrupted } from "./framework/interrupted.ts";
import { capture, runCli, type TestWorld } from "./framework/testing.fixture.ts";
import { programNamed } from "./index.ts";
import { services as real, type Services } from "./services.ts";

/** The commands that run until they are stopped. */

const program = programNamed("agent2389");
const dir = mkdtempSync(join(tmpdir(), "cli-run-"));
const config = (id: string) => `[agent]\nid = "${id}"\n\n[llm]\nprovider = "openai"\nmodel = "gpt-4o-mini"\n`;
const file = (name: string) => join(dir, name);

beforeAll(() => {
  for (const id of ["one", "two"]) writeFileSync(file(`${id}.toml`), config(id));
  writeFileSync(file("bad.toml"), config("bad").replace("model", "mdl"));
});
afterAll(() => rmSync(dir, { recursive: true }));

interface Fake {
  services: Partial<Services>;
  loaded: LoadedConfig[];
  deps: AppDeps[];
  stops: number;
}

/** Agents that are ready at once, or do as `app` says. */
function fakeAgents(app: Partial<App> = {}): Fake {
  const fake: Fake = { services: {}, loaded: [], deps: [], stops: 0 };
  fake.services = {
    loadConfig: real.loadConfig,
    async startAgents(loaded, deps) {
      fake.loaded.push(...loaded);
      fake.deps.push(deps);
      return {
        agents: loaded.map(
          ({ config: { agent } }) =>
            ({ agentId: agent.id, gauges: async () => ({ running: 1 }) }) as App["agents"][number],
        ),
        health: { url: "http://127.0.0.1:40000", port: 40000 },
        started: Promise.resolve(),
        ended: new Promise(() => {}),
        stop: async () => {
          fake.stops += 1;
        },
        ...app,
      };
    },
  };
  return fake;
}

/** Runs a command until its output or the fake agents say that it is up, then asks it to stop. */
async function runAndStop(argv: string[], fake: Fake, world: TestWorld = {}) {
  const controller = new AbortController();
  const { stdout = capture(), stderr = capture() } = world;
  const running = runCli(program, argv, {
    env: { HOME: dir },
    ...world,
    stdout,
    stderr,
    signal: controller.signal,
    services: { ...fake.services, ...world.services },
  });
  const ended = running.then(() => true);
  const isUp = () => fake.deps.length > 0 || stdout.text !== "";
  while (!isUp() && !(await Promise.race([ended, new Promise<false>((r) => setImmediate(r, false))])));
  await new Promise(setImmediate);
  controller.abort(new Interrupted("SIGTERM"));
  return running;
}

describe("run", () => {
  test("starts the agent, and drains it on SIGTERM: status 0", async () => {
    const fake = fakeAgents();
    const { code, stdout } = await runAndStop(["run", file("one.toml")], fake);
    expect({ code, stdout, stops: fake.stops }).toEqual({ code: 0, stdout: "", stops: 1 });
    expect(fake.loaded.map((one) => one.config.agent.id)).toEqual(["one"]);
  });

  test("takes the broker, a recording and the spelling with --config", async () => {
    const fake = fakeAgents();
    await runAndStop(
      ["--config", file("one.toml"), "run", "--broker", "mqtt://127.0.0.9", "--record", "t.jsonl"],
      fake,
      { env: { MQTT_BROKER_URL: "mqtt://ignored" } },
    );
    expect(fake.loaded[0]?.config.mqtt.broker_url).toBe("mqtt://127.0.0.9");
    expect(fake.deps[0]?.record).toBe("/nowhere/t.jsonl"); // from where the user is, not from the config's folder
  });

  test("that cannot start as configured fails with the reason, after stopping", async () => {
    const started = Promise.reject(new ExpectedError("the key is wrong", { hint: "Mend it." }));
    started.catch(() => {}); // it is told through the command
    const fake = fakeAgents({ started });
    const { code, stderr } = await runCli(program, ["run", file("one.toml")], { services: fake.services });
    expect({ code, stderr, stops: fake.stops }).toEqual({
      code: 1,
      stderr: "error: the key is wrong\n  hint: Mend it.\n",
      stops: 1,
    });
  });

  test("that must end for a reason of its own fails with it", async () => {
    const fake = fakeAgents({ ended: Promise.resolve(new Error("another client has this id")) });
    const { code, stderr } = await runCli(program, ["run", file("one.toml")], { services: fake.services });
    expect({ code, stderr, stops: fake.stops }).toEqual({
      code: 1,
      stderr: "error: another client has this id\n",
      stops: 1,
    });
  });

  test("without a config is a usage error", async () => {
    expect((await runCli(program, ["run"])).code).toBe(2);
  });
});

describe("up", () => {
  const withBroker = (fake: Fake): Partial<Services> => ({ ...fake.services, openBroker: real.openBroker });

  test("starts several agents on an embedded broker, and says how to ask them", async () => {
    const fake = fakeAgents();
    const { code, stderr } = await runAndStop(
      ["up", file("one.toml"), file("two.toml"), "--port", "0"],
      fake,
      {
        services: withBroker(fake),
      },
    );
    expect(code).toBe(0);
    const url = fake.loaded[0]?.config.mqtt.broker_url;
    expect(url).toMatch(/^mqtt:\/\/127\.0\.0\.1:\d+$/);
    expect(fake.loaded.map((one) => [one.config.mqtt.broker_url, one.config.server.port])).toEqual([
      [url!, 0],
      [url!, 0],
    ]);
    expect(stderr).toContain("agents  one, two ready\n");
    expect(stderr).toContain(
      `broker  ${url} (embedded, its state in ${dir}/.local/state/agent2389/broker)\n`,
    );
    expect(stderr).toContain("health  http://127.0.0.1:40000/health\n");
    expect(stderr).toContain(`ask     agent2389 ask one "…" --broker ${url}\n`);
    expect(stderr).toContain("Letting 2 running tasks end first; Ctrl-C again stops at once.\n");
    expect(fake.stops).toBe(1);
  });

  test("does not call agents ready that are stopped while they start", async () => {
    const stopped = Promise.withResolvers<void>();
    const fake = fakeAgents({ started: stopped.promise, stop: async () => stopped.resolve() });
    const { code, stderr } = await runAndStop(["up", file("one.toml"), "--memory", "--port", "0"], fake, {
      services: withBroker(fake),
    });
    expect(code).toBe(0);
    expect(stderr).not.toContain("ready");
  });

  test("takes another port when the usual one is taken, and says so", async () => {
    const taken = createServer();
    const isOurs = await new Promise<boolean>((resolve) => {
      taken.once("error", () => resolve(false));
      taken.listen(1883, "127.0.0.1", () => resolve(true));
    });
    const fake = fakeAgents();
    const { stderr } = await runAndStop(["up", file("one.toml"), "--memory"], fake, {
      services: withBroker(fake),
    });
    expect(stderr).toContain("(embedded, since port 1883 is taken, in memory)");
    if (isOurs) taken.close();
  });

  test("uses the broker of MQTT_BROKER_URL if it can be reached", async () => {
    const fake = fakeAgents();
    const broker = memoryBroker();
    const { stdout } = await runAndStop(["up", file("one.toml"), "--json"], fake, {
      env: { MQTT_BROKER_URL: "mqtt://there", HEALTH_PORT: "9999" },
      services: { ...fake.services, ...onBroker(broker) },
    });
    expect(JSON.parse(stdout)).toEqual({
      broker: "mqtt://there",
      health: "http://127.0.0.1:40000",
      agents: ["one"],
    });
    expect(fake.loaded[0]?.config.server.port).toBe(9999);
  });

  test("starts one of its own if that cannot be reached, and says so", async () => {
    const fake = fakeAgents();
    const { stderr } = await runAndStop(["up", file("one.toml"), "--memory", "--port", "0"], fake, {
      env: { MQTT_BROKER_URL: "mqtt://127.0.0.1:1" },
      services: { ...withBroker(fake), openTransport: real.openTransport },
    });
    expect(stderr).toContain("(embedded, since that of MQTT_BROKER_URL cannot be reached, in memory)");
  });

  test("tells the problems of all configs at once", async () => {
    const fake = fakeAgents();
    writeFileSync(file("worse.toml"), "nonsense");
    const { code, stderr } = await runCli(
      program,
      ["up", file("bad.toml"), file("one.toml"), file("worse.toml"), "--memory", "--port", "0"],
      { services: withBroker(fake) },
    );
    expect(code).toBe(1);
    expect(stderr).toContain("bad.toml:");
    expect(stderr).toContain("worse.toml:");
    expect(fake.deps).toEqual([]);
  });
});

describe("broker", () => {
  const services = { openBroker: real.openBroker };
  const start = (argv: string[], env: Record<string, string> = { HOME: dir }) =>
    runAndStop(["broker", "--port", "0", ...argv], fakeAgents(), { env, services });

  test("says where it is, and keeps its state", async () => {
    const { code, stdout } = await start(["--dir", file("state")]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^broker {2}mqtt:\/\/127\.0\.0\.1:\d+\nstate {3}\S+\/state\nlogin {3}none\n$/);
    expect(existsSync(file("state"))).toBe(true);
  });

  test("for programs", async () => {
    const { stdout } = await start(["--memory", "--json"], { MQTT_USERNAME: "u", MQTT_PASSWORD: "p" });
    expect(JSON.parse(stdout)).toMatchObject({
      url: expect.stringContaining("mqtt://"),
      dir: null,
      auth: true,
    });
    expect((await start(["--memory", "--quiet"])).stdout).toMatch(/^mqtt:\/\/127\.0\.0\.1:\d+\n$/);
  });

  test("lets no other machine in without a password, unless told to", async () => {
    const refused = await start(["--host", "0.0.0.0"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("other machines could connect to 0.0.0.0 without a password");
    expect((await start(["--host", "0.0.0.0", "--memory", "--allow-anonymous"])).code).toBe(0);
    const login = { MQTT_USERNAME: "u", MQTT_PASSWORD: "p" };
    expect((await start(["--host", "0.0.0.0", "--memory"], login)).code).toBe(0);
  });

  test("says so when its port is taken", async () => {
    const first = await real.openBroker({ host: "127.0.0.1", port: 0, log: await silentLog() });
    const { code, stderr } = await runCli(program, ["broker", "-p", String(first.port), "--memory"], {
      services,
    });
    await first.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`port ${first.port} on 127.0.0.1 is already in use`);
  });
});

const silentLog = async () => (await import("../log/logger.ts")).silent;

test("a level of logging that there is not is a usage error", async () => {
  const { code, stderr } = await runCli(program, ["broker", "--memory"], { env: { LOG_LEVEL: "loud" } });
  expect(code).toBe(2);
  expect(stderr).toContain("LOG_LEVEL: ");
});
