import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { ExpectedError } from "../../base/errors.ts";
import { silent } from "../../log/logger.ts";
import { stillClock } from "../client/testing.fixture.ts";
import { runCli } from "../framework/testing.fixture.ts";
import { agentToml, fakeAgents, program, runAndStop } from "./testing.fixture.ts";

const dir = mkdtempSync(join(tmpdir(), "cli-run-"));
const file = (name: string) => join(dir, name);

beforeAll(() => writeFileSync(file("one.toml"), agentToml("one")));
afterAll(() => rmSync(dir, { recursive: true }));

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

  test("that meets an error which nothing caught logs it, drains the agents, and fails with it", async () => {
    const controller = new AbortController();
    const logged: unknown[] = [];
    const log = {
      ...silent,
      error: (fields: object, message: string) => logged.push({ ...fields, message }),
    };
    const stray = new TypeError("x is not a function");
    let running = true;
    const fake = fakeAgents({
      stop: async () => {
        expect(logged).toEqual([{ error: stray, message: expect.stringContaining("nothing caught") }]);
        running = false;
      },
    });
    const ended = runCli(program, ["run", file("one.toml")], {
      signal: controller.signal,
      services: { ...fake.services, openLog: async () => log },
    });
    while (fake.deps.length === 0) await new Promise(setImmediate);
    controller.abort(stray);
    expect(await ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("error: x is not a function"),
    });
    expect(running).toBe(false);
  });

  test("whose agents do not stop in time ends all the same: status 1", async () => {
    const waits: number[] = [];
    const clock: Clock = {
      ...stillClock,
      after(ms, callback) {
        waits.push(ms);
        setImmediate(callback);
        return () => {};
      },
    };
    const fake = fakeAgents({ stop: () => new Promise(() => {}) });
    const { code, stderr } = await runAndStop(["run", file("one.toml")], fake, { clock });
    expect(code).toBe(1);
    expect(stderr).toContain("error: the agents did not stop within 30 s\n");
    expect(waits).toEqual([30_000]); // drain_secs, and ten seconds for the rest
  });

  test("without a config is a usage error", async () => {
    expect((await runCli(program, ["run"])).code).toBe(2);
  });
});
