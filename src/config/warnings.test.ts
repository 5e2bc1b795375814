import { expect, test } from "bun:test";
import { load, MINIMAL, noFeatures } from "./testing.fixture.ts";

const warningsOf = async (text: string, options = {}) => (await load(text, options)).warnings;

test("there are none about a config that is in order", async () => {
  expect(await warningsOf(MINIMAL)).toEqual([]);
});

test.each(["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "broker.localhost"])(
  "plain MQTT to %s is in order (NFR-004)",
  async (host) => {
    expect(await warningsOf(`${MINIMAL}\n[mqtt]\nbroker_url = "mqtt://${host}:1883"`)).toEqual([]);
  },
);

test.each([
  ["mqtt", "mqtts://"],
  ["tcp", "mqtts://"],
  ["ws", "wss://"],
])("plain %s:// to another machine is warned about (NFR-004)", async (scheme, secure) => {
  const [warning] = await warningsOf(
    `${MINIMAL}\n[mqtt]\nbroker_url = "${scheme}://broker.example.com:1883"`,
  );
  expect(warning).toStartWith(`mqtt.broker_url: plain ${scheme}:// to broker.example.com: `);
  expect(warning).toEndWith(`Use ${secure} (NFR-004).`);
});

test.each(["mqtts", "ssl", "tls", "wss"])("%s:// is in order everywhere (NFR-004)", async (scheme) => {
  expect(await warningsOf(`${MINIMAL}\n[mqtt]\nbroker_url = "${scheme}://broker.example.com"`)).toEqual([]);
});

test("variables that are named but not set", async () => {
  const text = `${MINIMAL}api_key_env = "MY_KEY"\n[mqtt]\nusername_env = "U"\npassword_env = "P"\n`;
  expect(await warningsOf(text, { env: { MY_KEY: "", P: "x" } })).toEqual([
    "llm.api_key_env: the environment variable MY_KEY, for the API key, is not set.",
    "mqtt.username_env: the environment variable U, for the user name, is not set.",
  ]);
});

test("variables that are needed without being named, once each; not those of providers that work without", async () => {
  const features = {
    ...noFeatures,
    toolSecretEnvs: () => ["SERPER_API_KEY", "SERPER_API_KEY"],
    modelSecretEnvs: () => ["OPENAI_API_KEY", "OLLAMA_API_KEY"],
  };
  const text = `${MINIMAL}fallback = [{ provider = "ollama", model = "x" }]`;
  expect(await warningsOf(text, { features })).toEqual([
    "the environment variable SERPER_API_KEY, which this config needs, is not set.",
    "the environment variable OPENAI_API_KEY, which this config needs, is not set.",
  ]);
});

test("a cost limit that cannot be held to", async () => {
  const features = { ...noFeatures, unpricedModels: () => ["vllm/own"] };
  expect(await warningsOf(MINIMAL, { features })).toEqual([]);
  expect(await warningsOf(`${MINIMAL}\n[budget]\nmax_cost_per_task = 1`, { features })).toEqual([
    "budget.max_cost_per_task: no price is known for vllm/own, so what it costs is not limited. Add it to [llm.prices].",
  ]);
});

test("an empty prompt", async () => {
  expect(await warningsOf(MINIMAL.replace("Answer.", " "))).toEqual([
    "llm.system_prompt: empty, so the model is told nothing of its part.",
  ]);
});

test("what tools open, as the tools say", async () => {
  const said = "tools.web.allow_private: the model may reach 10.0.0.5 in the private network.";
  const features = { ...noFeatures, toolWarnings: () => [said] };
  expect(await warningsOf(MINIMAL, { features })).toEqual([said]);
});

test("a routing table that is not used", async () => {
  const routing = `[routing]\nstrategy = "llm"\nllm = { provider = "openai", model = "x" }\ngatekeeper = { url = "http://x" }`;
  expect(await warningsOf(`${MINIMAL}\n${routing}`)).toEqual([
    'routing.gatekeeper: not used, since routing.strategy is "llm".',
  ]);
});
