import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryBroker } from "../../transport/memory.fixture.ts";
import { onBroker } from "../client/testing.fixture.ts";
import { runCli } from "../framework/testing.fixture.ts";
import { agentToml, type Fake, fakeAgents, program, runAndStop } from "../run/testing.fixture.ts";
import { services as real, type Services } from "../services.ts";

const dir = mkdtempSync(join(tmpdir(), "cli-up-"));
const file = (name: string) => join(dir, name);

beforeAll(() => {
  for (const id of ["one", "two"]) writeFileSync(file(`${id}.toml`), agentToml(id));
  writeFileSync(file("bad.toml"), agentToml("bad").replace("model", "mdl"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const start: typeof runAndStop = (argv, fake, world) =>
  runAndStop(argv, fake, { env: { HOME: dir }, ...world });

describe("up", () => {
  const withBroker = (fake: Fake): Partial<Services> => ({ ...fake.services, openBroker: real.openBroker });

  test("starts several agents on an embedded broker, and says how to ask them", async () => {
    const fake = fakeAgents();
    const { code, stderr } = await start(["up", file("one.toml"), file("two.toml"), "--port", "0"], fake, {
      services: withBroker(fake),
    });
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
    const { code, stderr } = await start(["up", file("one.toml"), "--memory", "--port", "0"], fake, {
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
    const { stderr } = await start(["up", file("one.toml"), "--memory"], fake, {
      services: withBroker(fake),
    });
    expect(stderr).toContain("(embedded, since port 1883 is taken, in memory)");
    if (isOurs) taken.close();
  });

  test("uses the broker of MQTT_BROKER_URL if it can be reached", async () => {
    const fake = fakeAgents();
    const broker = memoryBroker();
    const { stdout } = await start(["up", file("one.toml"), "--json"], fake, {
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

  test("uses the broker that runs on this machine already, and says so", async () => {
    const fake = fakeAgents();
    const { stderr } = await start(["up", file("one.toml")], fake, {
      services: { ...withBroker(fake), ...onBroker(memoryBroker()) },
    });
    expect(fake.loaded[0]?.config.mqtt.broker_url).toBe("mqtt://localhost:1883");
    expect(stderr).toContain("broker  mqtt://localhost:1883 (running already)\n");
    expect(stderr).toContain('ask     agent2389 ask one "…"\n');
  });

  test("starts one of its own for --port, whatever runs already", async () => {
    const fake = fakeAgents();
    const { stderr } = await start(["up", file("one.toml"), "--port", "0"], fake, {
      services: { ...withBroker(fake), ...onBroker(memoryBroker()) },
    });
    expect(stderr).toContain("(embedded, its state in ");
  });

  test("starts one of its own for --memory, whatever runs already", async () => {
    const fake = fakeAgents();
    const { stderr } = await start(["up", file("one.toml"), "--memory"], fake, {
      services: { ...withBroker(fake), ...onBroker(memoryBroker()) },
    });
    expect(stderr).toContain(", in memory)");
  });

  test("starts one of its own if that cannot be reached, and says so", async () => {
    const fake = fakeAgents();
    const { stderr } = await start(["up", file("one.toml"), "--memory", "--port", "0"], fake, {
      env: { MQTT_BROKER_URL: "mqtt://127.0.0.1:1" },
      services: { ...withBroker(fake), openTransport: real.openTransport },
    });
    expect(stderr).toContain("(embedded, since that of MQTT_BROKER_URL cannot be reached, in memory)");
  });

  test("tells the problems of all configs at once, each file's under its own name", async () => {
    const fake = fakeAgents();
    writeFileSync(file("worse.toml"), "nonsense");
    const { code, stderr } = await runCli(
      program,
      ["up", file("bad.toml"), file("one.toml"), file("worse.toml"), "--memory", "--port", "0"],
      { services: withBroker(fake) },
    );
    expect(code).toBe(1);
    expect(stderr).toStartWith(`${file("bad.toml")} has 2 problems\n\n${file("bad.toml")}:`);
    expect(stderr).toContain(`\n\n${file("worse.toml")} has 1 problem\n\n${file("worse.toml")}:1:`);
    expect(stderr).not.toContain("one.toml");
    expect(fake.deps).toEqual([]);
  });
});
