import { expect, test } from "bun:test";
import { randomUUID } from "node:crypto";
import mqtt, { type MqttClient } from "mqtt";
import { replySchema } from "../../src/protocol/messages.ts";
import { inputTopic } from "../../src/protocol/topics.ts";
import { until } from "../peers/until.ts";
import { type HostileMessage, hostileMessage } from "./hostile-messages.ts";
import { randomNumbers } from "./random.ts";
import { type StagedAgent, stage } from "./stage.ts";

const on = stage();
const MESSAGES = 20_000;

/** A client that gathers the error codes that conversations with this agent were told. */
async function witness(agentId: string): Promise<{ client: MqttClient; told: Map<string, string[]> }> {
  const client = await mqtt.connectAsync(on.broker.url, { protocolVersion: 5 });
  on.after(() => client.endAsync(true));
  const told = new Map<string, string[]>();
  client.on("message", (topic, payload) => {
    const conversation = topic.split("/")[2]!;
    const { error } = replySchema.parse(JSON.parse(payload.toString()));
    told.set(conversation, [...(told.get(conversation) ?? []), error?.code ?? "no error"]);
  });
  await client.subscribeAsync(`/conversations/+/${agentId}`, { qos: 1 });
  return { client, told };
}

interface Flood {
  agent: StagedAgent;
  client: MqttClient;
  /** By conversation. */
  wanted: Map<string, HostileMessage["code"]>;
  random(): number;
}

/** Sends the messages of these numbers, and waits until the agent has dealt with all of them. */
async function flood({ agent, client, wanted, random }: Flood, from: number, to: number): Promise<void> {
  const topic = inputTopic(agent.id);
  const lane = async (first: number, step: number) => {
    for (let i = first; i < to; i += step) {
      const conversation = `bad-${i}`;
      const { payload, retain = false, code } = hostileMessage(i, { topic, conversation, random });
      if (code) wanted.set(conversation, code);
      await client.publishAsync(topic, payload, { qos: 1, retain });
    }
  };
  const lanes = 50;
  await Promise.all(Array.from({ length: lanes }, (_, i) => lane(from + i, lanes)));
  await until(`${to} messages to be dealt with`, async () => {
    const [received, outbox] = await Promise.all(
      ["messages_received_total", "outbox_messages"].map((name) => agent.metric(`agent2389_${name}`)),
    );
    return received! >= to && outbox === 0;
  });
}

/** Its memory once it has given back what it does not need, as it does when it was quiet for a second. */
async function settledKiB(agent: StagedAgent): Promise<number> {
  let lowest = Number.POSITIVE_INFINITY;
  let since = 0;
  await until("the memory to settle", () => {
    const now = agent.residentKiB();
    if (now < lowest * 0.99) {
      lowest = now;
      since = performance.now();
    }
    return performance.now() - since > 1_500;
  });
  return lowest;
}

test(`${MESSAGES} hostile messages: alive, each conversation told once, memory flat (FR-005, FR-006, FR-011, FR-013, NFR-003)`, async () => {
  const id = "fortress";
  const { client, told } = await witness(id);
  // A task that the broker kept from before is no task, however right it looks.
  const kept = { task_id: randomUUID(), conversation_id: "kept", topic: inputTopic(id), instruction: "no" };
  await client.publishAsync(inputTopic(id), JSON.stringify(kept), { qos: 1, retain: true });
  const agent = await on.readyAgent({ id, env: { LOG_LEVEL: "warn" } });
  const wanted: Flood["wanted"] = new Map();
  const sea = { agent, client, wanted, random: randomNumbers(2389) };

  await flood(sea, 0, MESSAGES / 2);
  const half = await settledKiB(agent);
  await flood(sea, MESSAGES / 2, MESSAGES);
  const all = await settledKiB(agent);

  await until("the last of the answers", () => told.size >= wanted.size);
  const toldWrongly = [...wanted].filter(([conversation, code]) => told.get(conversation)?.join() !== code);
  expect(toldWrongly).toEqual([]);
  expect(told.size).toBe(wanted.size);
  expect(all).toBeLessThan(half * 1.1);
  expect(on.llm.requests).toEqual([]);
  const consumer = await on.consumer(agent);
  expect(await consumer.ask("a good task")).toMatchObject({ response: "a good task" });
  expect(on.llm.requests).toHaveLength(1);
  expect(await agent.readiness()).toBe(200);
  expect(agent.log()).toContain("a retained message is no task (FR-005)");
  expect(await agent.kill("SIGTERM")).toBe(0);
}, 60_000);
