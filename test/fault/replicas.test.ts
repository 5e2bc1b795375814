import { expect, test } from "bun:test";
import { statusTopic } from "../../src/protocol/topics.ts";
import { echo } from "../peers/openai-server.ts";
import { retained } from "../peers/retained.ts";
import { until } from "../peers/until.ts";
import { allAnswered, tally, taskIds } from "./consumer.ts";
import { type StagedAgent, stage } from "./stage.ts";

/** Several replicas of one agent ([mqtt] shared_subscription): processes with a journal each. */

const on = stage();
const ID = "crowd";

/** A short grace period, so that tasks are handed over in the middle. */
const SHARED = `[mqtt]
shared_subscription = true

[runtime]
concurrency = 2
max_waiting = 10
drain_secs = 0.05
`;
const replica = (name: string): Promise<StagedAgent> =>
  on.readyAgent({ id: ID, toml: SHARED, env: { HOSTNAME: name } });

const worked = (agent: StagedAgent): number => (agent.log().match(/"msg":"task done"/g) ?? []).length;

test("two share 200 tasks: each is answered once, both work, also when one leaves in the middle", async () => {
  on.llm.script((request) => ({ ...echo(request), latencyMs: 5 }));
  const [one, two] = await Promise.all([replica("pod-one"), replica("pod-two")]);
  const consumer = await on.consumer(one);
  const ids = taskIds(200);
  await Promise.all(ids.map((id) => consumer.send(id)));
  await until("some to be answered by each", () => worked(one) >= 10 && worked(two) >= 10);
  expect(await one.kill("SIGTERM")).toBe(0);
  expect(consumer.answers.size).toBeLessThan(200);
  await until("every answer", () => consumer.answers.size === 200);
  expect(tally(consumer, ids)).toEqual(allAnswered(200));
  expect(worked(one) + worked(two)).toBe(200);
  const said = async () => (await retained(on.broker.url, statusTopic(ID)))["status"];
  await until("the other to say that the agent is there", async () => (await said()) === "available");
});

test("one that is killed comes back to its session and its journal: each task is answered once", async () => {
  on.llm.script((request) => ({ ...echo(request), latencyMs: 5 }));
  const [one, two] = await Promise.all([replica("pod-one"), replica("pod-two")]);
  const consumer = await on.consumer(one);
  const ids = taskIds(100);
  await Promise.all(ids.map((id) => consumer.send(id)));
  await until("some to be answered by each", () => worked(one) >= 5 && worked(two) >= 5);
  await one.kill();
  one.again();
  await until("every answer", () => consumer.answers.size === 100);
  expect(tally(consumer, ids)).toEqual(allAnswered(100));
});

test("a broker that cannot share ends the start, with the remedy", async () => {
  const agent = await on.agent({ toml: '[mqtt]\nprotocol = "3.1.1"\nshared_subscription = true\n' });
  expect(await agent.ended).toBe(1);
  expect(agent.log()).toContain("shared subscriptions need MQTT 5");
  expect(agent.log()).toContain('Set [mqtt] protocol to "auto" or "5"');
});
