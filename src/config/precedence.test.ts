import { describe, expect, test } from "bun:test";
import { load, MINIMAL, problemsOf } from "./testing.fixture.ts";

const config = async (text: string, env: Record<string, string> = {}) => (await load(text, { env })).config;

describe("what comes first", () => {
  const file = `${MINIMAL}
[mqtt]
broker_url = "mqtt://localhost:1"
[server]
port = 1
host = "127.0.0.1"
[log]
level = "warn"
format = "json"
[storage]
dir = "file"
`;
  const env = {
    MQTT_BROKER_URL: "mqtt://localhost:2",
    HEALTH_PORT: "2",
    HEALTH_HOST: "::1",
    LOG_LEVEL: "DEBUG",
    LOG_FORMAT: "pretty",
    AGENT2389_DATA_DIR: "env",
  };

  test("the environment comes before the file", async () => {
    expect(await config(file, env)).toMatchObject({
      mqtt: { broker_url: "mqtt://localhost:2" },
      server: { port: 2, host: "::1" },
      log: { level: "debug", format: "pretty" },
      storage: { dir: "/work/env" },
    });
  });

  test("the command line comes before the environment, the last option before the others", async () => {
    const overrides = [
      { path: ["server", "port"], value: "3", source: "--port" },
      { path: ["server", "port"], value: 4, source: "--port" },
      { path: ["llm", "stream"], value: false, source: "--no-stream" },
    ];
    expect((await load(file, { env, overrides })).config).toMatchObject({
      server: { port: 4 },
      llm: { stream: false },
    });
  });

  test("an empty variable counts as not set", async () => {
    const empty = Object.fromEntries(Object.keys(env).map((name) => [name, ""]));
    expect(await config(file, empty)).toEqual(await config(file));
  });

  test("tables that the file does not have are made", async () => {
    expect((await config(MINIMAL, env)).server.port).toBe(2);
  });

  test("what is overridden need not be right in the file", async () => {
    const text = `${MINIMAL}\n[mqtt]\nbroker_url = "\${MQTT_BROKER_URL}"\n[server]\nport = "x"`;
    const overrides = [{ path: ["mqtt", "broker_url"], value: "mqtt://localhost:9", source: "--broker" }];
    const loaded = await load(text, { env: { HEALTH_PORT: "9" }, overrides });
    expect(loaded.config).toMatchObject({ mqtt: { broker_url: "mqtt://localhost:9" }, server: { port: 9 } });
  });

  test("a wrong override is told by its name, without a place in the file, after the file's own problems", async () => {
    const text = file.replace('level = "warn"', 'level = "warn"\nlevl = 1');
    const overrides = [{ path: ["llm", "model"], value: 5, source: "--model" }];
    expect(await problemsOf(text, { env: { HEALTH_PORT: "http" }, overrides })).toEqual([
      '16:1: log.levl: unknown key; "level" is there already: take this one out',
      '--model: llm.model: expected a string, found 5; put it in quotes: model = "5"',
      'environment variable HEALTH_PORT: server.port: expected a whole number from 0 to 65535, found "http"',
    ]);
  });

  test("a table that is none is told, whatever would override in it", async () => {
    expect(await problemsOf(`server = 5\n${MINIMAL}`, { env: { HEALTH_PORT: "1" } })).toEqual([
      "1:10: server: expected a table, found 5",
    ]);
  });
});
