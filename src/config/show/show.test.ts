import { describe, expect, test } from "bun:test";
import { parse } from "smol-toml";
import { load, MINIMAL } from "../testing.fixture.ts";
import { showConfig } from "./show.ts";
import { writeToml } from "./toml-writer.ts";

const FILE = `[agent]
id = "a"

[mqtt]
broker_url = "\${BROKER:-mqtt://localhost:1883}"
password_env = "MQTT_PASSWORD"
username_env = "MQTT_USERNAME"

[llm]
provider = "openai"
model = "\${MODEL}"
temperature = "\${T}"
system_prompt = """
Say "hello" \\\\ to $\${USER}.
Never say \${MY_SECRET}."""

[[llm.fallback]]
provider = "groq"
model = "x"

[tools]
echo = "builtin"
search = { impl = "serper", api_key_env = "K", config = { max_results = 5 } }
`;
const env = {
  MODEL: "gpt-4o",
  T: "0.5",
  MY_SECRET: "hunter2hunter2",
  MQTT_PASSWORD: "x",
  HEALTH_PORT: "81",
  BROKER: "mqtts://me:letmein9@broker:8883",
};
const overrides = [{ path: ["log", "format"], value: "json", source: "--log-format" }];
const shown = async (text = FILE) => showConfig(await load(text, { env, overrides }), "toml");

describe("as TOML", () => {
  test.each([
    'id = "a"  # line 2',
    'description = ""  # default',
    'broker_url = "mqtts://me:[redacted]@broker:8883"  # line 5, ${BROKER}',
    'password_env = "MQTT_PASSWORD"  # line 6, set',
    'username_env = "MQTT_USERNAME"  # line 7, not set',
    'model = "gpt-4o"  # line 11, ${MODEL}',
    "temperature = 0.5  # line 12, ${T}",
    '[[llm.fallback]]\nprovider = "groq"  # line 18',
    'echo = "builtin"  # line 22',
    '[tools.search]\nimpl = "serper"  # line 23',
    'api_key_env = "K"  # line 23, not set',
    "max_results = 5  # line 23",
    "port = 81  # environment variable HEALTH_PORT",
    'format = "json"  # --log-format',
  ])("every value says where it came from: %s", async (line) => {
    expect(await shown()).toContain(line);
  });

  test("texts of several lines stay readable, and secrets in them are masked", async () => {
    expect(await shown()).toContain(
      '"""\nSay "hello" \\\\ to $${USER}.\nNever say [redacted]."""  # line 13, ${MY_SECRET}',
    );
    expect(await shown()).not.toContain("hunter2");
  });

  test("of a [[tools]] list too", async () => {
    const text = `${MINIMAL}
[[tools]]
name = "search"
implementation = "serper"
[tools.config]
max_results = 5
`;
    expect(await shown(text)).toContain(
      '[tools.search]\nimpl = "serper"  # line 11\n\n[tools.search.config]\nmax_results = 5  # line 13',
    );
  });

  test("what is shown loads again to the same config", async () => {
    const text = FILE.replace("MY_SECRET", "PLAIN").replace("BROKER:-", "UNSET:-");
    const options = { env: { ...env, PLAIN: 'a "quoted" word\\' }, overrides };
    const loaded = await load(text, options);
    const again = await load(await showConfig(loaded, "toml"));
    expect(again.config).toEqual(loaded.config);
  });
});

test("as JSON: the data alone, secrets masked", async () => {
  const json = JSON.parse(await showConfig(await load(FILE, { env }), "json"));
  expect(json).toMatchObject({
    mqtt: { broker_url: "mqtts://me:[redacted]@broker:8883" },
    server: { port: 81 },
    tools: { echo: "builtin", search: { impl: "serper", config: { max_results: 5, api_key_env: "K" } } },
  });
  expect(JSON.stringify(json)).not.toContain("hunter2");
});

test("a key for secrets shows nothing, whatever supplied it", async () => {
  const text = `${MINIMAL}\n[tools]\nx = { impl = "y", token = "\${T}", headers = { X-Api-Key = "\${T}" } }`;
  const toml = await shown(text);
  expect(toml).toContain('token = "[redacted]"');
  expect(toml).toContain('X-Api-Key = "[redacted]"');
});

test.each([
  { text: 'a\n"""b"""\\ "' },
  { text: "a\r\nb\u0000\u001b\u007f" },
  { text: '"""\n' },
  { text: "'''\n\"\"" },
  { "key with spaces": { 'a"b': [1, [true, { x: "y" }], {}] } },
  { list: [{ a: 1 }, { a: { b: 2 } }], empty: [], nan: Number.POSITIVE_INFINITY },
])("any value is written as TOML that means the same: %j", (table) => {
  expect(parse(writeToml(table, () => "why"))).toEqual(
    parse(writeToml(parse(writeToml(table, () => "")), () => "")),
  );
  expect(JSON.parse(JSON.stringify(parse(writeToml(table, () => "why"))))).toEqual(
    JSON.parse(JSON.stringify(table)),
  );
});
