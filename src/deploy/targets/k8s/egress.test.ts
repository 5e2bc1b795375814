import { expect, test } from "bun:test";
import type { BrokerPlan } from "../../plan.ts";
import { externalBrokerPlans } from "../../plans.fixture.ts";
import { egressPorts } from "./egress.ts";

const external: BrokerPlan = { kind: "external", url: "mqtts://mqtt.example.com" };
const included: BrokerPlan = {
  kind: "included",
  image: "eclipse-mosquitto:2.0.22",
  host: "x-broker",
  port: 1883,
  url: "mqtt://x-broker:1883",
};

const agent = (text: string, env: Record<string, string> = {}) => {
  const [first] = externalBrokerPlans.minimal.agents;
  return { ...first!, config: { ...first!.config, text }, env };
};

test.each([
  ["nothing but HTTPS", "", {}, [443, 8883]],
  ["a model server", 'base_url = "http://10.0.0.5:11434/v1"', {}, [443, 8883, 11434]],
  [
    "default ports",
    'a = "http://x/", b = "https://x/", c = "ws://x", d = "mqtt://x"',
    {},
    [80, 443, 1883, 8883],
  ],
  ["the default of a variable", 'base_url = "${URL:-http://vllm:8000}/v1"', {}, [443, 8000, 8883]],
  ["variables", "", { MODEL_URL: "http://vllm.models.svc:8001" }, [443, 8001, 8883]],
  ["IPv6", 'url = "http://[fd00::1]:9000/"', {}, [443, 8883, 9000]],
  ["what is no address", 'x = "http://", y = "mailto:a@b", z = "http://a:99999/"', {}, [443, 8883]],
])("ports that are let out: %s", (_, text, env, ports) => {
  expect(egressPorts(agent(text, env), external)).toEqual(ports);
});

test("the broker that is deployed along has a rule of its own, whatever the config names", () => {
  const env = { MQTT_BROKER_URL: "mqtt://x-broker:1883" };
  expect(egressPorts(agent('broker_url = "mqtt://localhost:1883"', env), included)).toEqual([443]);
});
