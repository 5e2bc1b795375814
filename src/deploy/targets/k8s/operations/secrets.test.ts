import { expect, test } from "bun:test";
import { examplePlans, externalBrokerPlans, secretsOf } from "../../../plans.fixture.ts";
import { withSettings } from "../plans.fixture.ts";
import { startedAfterSecrets } from "./restart.ts";
import { run } from "./run.fixture.ts";
import { listSecrets, pushSecrets } from "./secrets.ts";

const { researcher } = examplePlans;
const [agent] = researcher.agents;

test("those that are given are set, and what has read them is restarted", async () => {
  const times = [{ when: /get secrets,replicasets/, say: { stdout: "Secret a 2\nReplicaSet 1\n" } }];
  const { changes, stdin } = await run(
    pushSecrets(researcher, agent!, ["MQTT_PASSWORD"], "/dir"),
    times,
    secretsOf(researcher),
  );
  expect(stdin.map((secret) => Object.keys((secret as { data: object }).data))).toEqual([
    ["MQTT_PASSWORD"],
    ["MQTT_PASSWORD"],
  ]);
  expect(changes.slice(2)).toEqual([
    "rollout restart deployment/researcher-agent-broker",
    "rollout restart deployment/researcher-agent",
  ]);
});

test("values come through whatever they are made of", async () => {
  const value = 'ü\n"quotes" $x {{y}}\u0000';
  const [, step] = pushSecrets(
    externalBrokerPlans.minimal,
    externalBrokerPlans.minimal.agents[0]!,
    ["OPENAI_API_KEY"],
    "/dir",
  );
  const { data } = JSON.parse(step!.stdin!.text({ OPENAI_API_KEY: value }));
  expect(Buffer.from(data.OPENAI_API_KEY, "base64").toString()).toBe(value);
});

test("secrets of a store are not set from here", () => {
  const plan = withSettings(researcher, { external_secret_store: "vault" });
  expect(() => pushSecrets(plan, plan.agents[0]!, ["OPENAI_API_KEY"], "/dir")).toThrow(
    "the secrets of researcher-agent come from the store vault",
  );
  const { names } = listSecrets(plan, plan.agents[0]!);
  expect(names("")).toEqual(plan.agents[0]!.secrets.map(({ name }) => name));
});

test("which are set is read by name", () => {
  const { argv, names } = listSecrets(researcher, agent!);
  expect(argv.join(" ")).toBe(
    'kubectl --namespace agents get secret researcher-agent-secrets --ignore-not-found --output go-template={{range $name, $value := .data}}{{$name}}{{"\\n"}}{{end}}',
  );
  expect(names("MQTT_PASSWORD\nOPENAI_API_KEY\n")).toEqual(["MQTT_PASSWORD", "OPENAI_API_KEY"]);
  expect(names("")).toEqual([]);
});

test.each([
  ["there are no pods yet", "Secret 2026-01-01T00:00:00Z 2026-01-02T00:00:00Z\n", true],
  ["there is no Secret", "ReplicaSet 2026-01-01T00:00:00Z \n", true],
  ["the pods are newer", "Secret 2026-01-01T00:00:00Z\nReplicaSet 2026-01-02T00:00:00Z\n", true],
  ["they came at the same time", "Secret 2026-01-01T00:00:00Z\nReplicaSet 2026-01-01T00:00:00Z\n", true],
  [
    "the Secret was changed",
    "Secret 2026-01-01T00:00:00Z 2026-01-01T00:00:00Z 2026-01-03T00:00:00Z\nReplicaSet 2026-01-02T00:00:00Z 2026-01-09T00:00:00Z\n",
    false,
  ],
  [
    "a later version has new pods",
    "Secret 2026-01-02T00:00:00Z\nReplicaSet 2026-01-01T00:00:00Z\nReplicaSet 2026-01-03T00:00:00Z\n",
    true,
  ],
])("whether pods have the secrets of now: %s", (_, times, current) => {
  expect(startedAfterSecrets(times)).toBe(current);
});
