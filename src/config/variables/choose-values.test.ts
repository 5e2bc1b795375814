import { describe, expect, test } from "bun:test";
import { standardFeatures } from "../standard-features.ts";
import type { DeploymentValues } from "./choose-values.ts";
import { parseForDeployment } from "./for-deployment.ts";
import { AGENT, LLM, load } from "./variables.fixture.ts";

describe("which value comes first", () => {
  const TEXT = `${AGENT}[llm]\nprovider = "openai"\nmodel = "\${MODEL}"\n`;
  const table = `${TEXT}[deploy.env]\nMODEL = "of the table"\n`;
  const values = {
    options: { MODEL: "of --set" },
    file: { MODEL: "of --env" },
    environment: { MODEL: "of the shell" },
  };

  test.each([
    ["--set, before all", table, values, "of --set"],
    ["the file, before the table", table, { ...values, options: {} }, "of --env"],
    ["the table, before the environment", table, { environment: values.environment }, "of the table"],
    [
      "the environment, when there is nothing else",
      TEXT,
      { environment: values.environment },
      "of the shell",
    ],
    [
      "an empty one counts as not set",
      table,
      { options: { MODEL: "" }, file: { MODEL: "" } },
      "of the table",
    ],
  ])("%s", async (_, text, given, expected) => {
    const { parsed, env } = await load(text, given);
    expect(parsed.config.llm.model).toBe(expected);
    expect(env["MODEL"]).toBe(expected);
  });

  test("the environment does not come before a default", async () => {
    const text = `${AGENT}[llm]\nprovider = "openai"\nmodel = "\${MODEL:-usual}"\n`;
    const { parsed, env } = await load(text, { environment: values.environment });
    expect(parsed.config.llm.model).toBe("usual");
    expect(env).toEqual({});
  });

  test("a value of the table may be made of others", async () => {
    const text = `${AGENT}${LLM}[deploy.env]\nGREETING = "Hello, \${NAME:-you}"\n`;
    expect((await load(text)).env).toEqual({ GREETING: "Hello, you" });
    expect((await load(text, { file: { NAME: "Ada" } })).env).toEqual({
      GREETING: "Hello, Ada",
      NAME: "Ada",
    });
  });

  test("an option for a key of the config comes before the file, also for [deploy.env]", async () => {
    const overrides = [{ path: ["deploy", "env", "X"], value: "1", source: "--set" }];
    const loaded = await parseForDeployment(`${AGENT}${LLM}`, "agent.toml", {
      cwd: "/work",
      features: standardFeatures,
      overrides,
      values: { options: {}, file: {}, environment: {} },
    });
    expect(loaded.env).toEqual({ X: "1" });
    expect(loaded.parsed.config.deploy?.env).toEqual({ X: "1" });
  });

  test("what belongs to the deployment is nobody's to choose, and secrets that no config names are left out", async () => {
    const file = {
      HEALTH_PORT: "9",
      AGENT2389_DATA_DIR: "/x",
      OTHER_API_KEY: "k",
      HTTPS_PROXY: "http://proxy:3128",
    };
    expect((await load(`${AGENT}${LLM}`, { file })).env).toEqual({ HTTPS_PROXY: "http://proxy:3128" });
  });
});

describe("the broker's address", () => {
  const broker = async (line: string, values: Partial<DeploymentValues> = {}) => {
    const { parsed, env } = await load(`${AGENT}${LLM}[mqtt]\n${line}\n`, values);
    return [parsed.config.mqtt.broker_url, env["MQTT_BROKER_URL"]];
  };
  const real = "mqtts://mqtt.example.com:8883";
  const shell = { environment: { MQTT_BROKER_URL: real } };

  test("without a value it is this machine, which means: one that is deployed along", async () => {
    expect(await broker('broker_url = "${MQTT_BROKER_URL}"')).toEqual(["mqtt://localhost:1883", undefined]);
  });

  test("the environment supplies one where the config has none but this machine", async () => {
    for (const line of [
      "",
      'broker_url = "${MQTT_BROKER_URL}"',
      'broker_url = "${MQTT_BROKER_URL:-mqtt://localhost}"',
    ]) {
      expect(await broker(line, shell)).toEqual([real, real]);
    }
  });

  test("but neither comes it before a real one, nor does it count when it is this machine", async () => {
    const other = "mqtts://other.example.com";
    expect(await broker(`broker_url = "${other}"`, shell)).toEqual([other, undefined]);
    expect(await broker(`broker_url = "\${MQTT_BROKER_URL:-${other}}"`, shell)).toEqual([other, undefined]);
    const local = { environment: { MQTT_BROKER_URL: "mqtt://127.0.0.1:1884" } };
    expect(await broker("", local)).toEqual(["mqtt://localhost:1883", undefined]);
  });

  test("with a password in it, it is a secret, and only the rest of it is read", async () => {
    const file = { MQTT_BROKER_URL: "mqtts://me:hunter2@mqtt.example.com:8883" };
    const loaded = await load(`${AGENT}${LLM}[mqtt]\nbroker_url = "\${MQTT_BROKER_URL}"\n`, { file });
    expect(loaded.parsed.config.mqtt.broker_url).toBe(real);
    expect(loaded.env).toEqual({});
    expect(loaded.variables.find(({ name }) => name === "MQTT_BROKER_URL")).toMatchObject({
      secret: true,
      required: true,
    });
  });
});

test("a URL with a password is handed over though the config does not name it", async () => {
  const file = {
    MQTT_BROKER_URL: "mqtts://me:hunter2@other.example.com",
    DATABASE: "postgres://me:hunter2@db/x",
  };
  const { parsed, variables, env } = await load(
    `${AGENT}${LLM}[mqtt]\nbroker_url = "mqtts://mqtt.example.com"\n`,
    { file },
  );
  expect(parsed.config.mqtt.broker_url).toBe("mqtts://other.example.com");
  expect(env).toEqual({});
  expect(variables.map(({ name, secret, usedBy }) => [name, secret, usedBy])).toEqual([
    ["DATABASE", true, ["--env"]],
    ["MQTT_BROKER_URL", true, ["mqtt.broker_url"]],
    ["OPENAI_API_KEY", true, ["llm.provider"]],
  ]);
});

describe("secrets in [deploy.env]", () => {
  test.each([
    ["named by an …_env key", '[mqtt]\nusername_env = "B_USER"\n[deploy.env]\nB_USER = "me"\n', "B_USER"],
    ["made of a secret", '[deploy.env]\nPAGE = "https://x/${X_TOKEN}"\n', "PAGE"],
  ])("%s: told, and not carried", async (_, text, name) => {
    const { misplaced, env } = await load(`${AGENT}${LLM}${text}`);
    expect(misplaced).toEqual([name]);
    if (name === "B_USER") expect(env).toEqual({});
  });

  test("a literal one is refused as anywhere in the file", async () => {
    await expect(load(`${AGENT}${LLM}[deploy.env]\nX_TOKEN = "abc"\n`)).rejects.toThrow(
      /a secret must not stand in the file/,
    );
  });
});
