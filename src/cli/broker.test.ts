import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silent } from "../log/logger.ts";
import { runCli } from "./framework/testing.fixture.ts";
import { fakeAgents, program, runAndStop } from "./run/testing.fixture.ts";
import { services as real } from "./services.ts";

const dir = mkdtempSync(join(tmpdir(), "cli-broker-"));
const file = (name: string) => join(dir, name);

afterAll(() => rmSync(dir, { recursive: true }));

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
    const first = await real.openBroker({ host: "127.0.0.1", port: 0, log: silent });
    const { code, stderr } = await runCli(program, ["broker", "-p", String(first.port), "--memory"], {
      services,
    });
    await first.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`port ${first.port} on 127.0.0.1 is already in use`);
  });
});

test("a level of logging that there is not is a usage error", async () => {
  const { code, stderr } = await runCli(program, ["broker", "--memory"], { env: { LOG_LEVEL: "loud" } });
  expect(code).toBe(2);
  expect(stderr).toContain("LOG_LEVEL: ");
});
