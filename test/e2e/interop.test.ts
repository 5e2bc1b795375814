import { describe, expect, test } from "bun:test";
import { randomUUID } from "node:crypto";
import mqtt from "mqtt";
import { inputTopic } from "../../src/protocol/topics.ts";
import { stage } from "../fault/stage.ts";
import type { SeenRequest } from "../peers/openai-server.ts";
import { protocolAgent } from "../peers/protocol-agent.ts";
import { until } from "../peers/until.ts";
import { runBinary, startBinary } from "./binary.ts";

/** The compiled program in company: on Mosquitto, with agents and senders of the peer implementation (FR-001). */

const on = stage();

/** What the model was asked, without the system prompt. */
const asked = ({ body }: SeenRequest) => body.messages.filter(({ role }) => role === "user");

async function peer(id: string, more: { discoverable?: boolean } = {}) {
  const agent = await protocolAgent({ url: on.broker.url, id, work: () => `${id} was here`, ...more });
  on.after(agent.close);
  return agent;
}

const cli = (...argv: string[]) => runBinary([...argv, "--broker", on.broker.url]);

describe("tasks as the peer's tools send them (FR-007, FR-008)", () => {
  /** `serde_json::to_string_pretty`, and fields that are not written when there is nothing in them. */
  const send = async (agentId: string, task: Record<string, unknown>) => {
    const client = await mqtt.connectAsync(on.broker.url);
    const payload = JSON.stringify({ task_id: randomUUID(), topic: inputTopic(agentId), ...task }, null, 2);
    await client.publishAsync(inputTopic(agentId), payload, { qos: 1 });
    await client.endAsync();
  };
  const context = {
    original_query: "the question",
    steps_completed: [
      { agent_id: "first", action: "Looked", timestamp: "2025-10-08T12:00:00.123456789+00:00" },
    ],
    iteration_count: 1,
  };
  const step = {
    from_agent: "first",
    to_agent: "x",
    reason: "Static routing from TaskEnvelope.next field",
    timestamp: "2025-10-08T12:00:00.123456789+00:00",
    step_number: 1,
  };

  test.each<[string, Record<string, unknown>]>([
    ["inject-message", { instruction: "Process this message: hello", input: { message: "hello" } }],
    [
      "inject-message-v2",
      {
        instruction: "hello",
        input: {},
        version: "2.0",
        context: { original_query: "hello", steps_completed: [], iteration_count: 0 },
      },
    ],
    ["a v2 agent without context", { instruction: "hello", input: {}, next: null, version: "2.0" }],
    [
      "a v2 agent in the middle of a workflow",
      { instruction: "hello", input: "so far", version: "2.0", context, routing_trace: [step] },
    ],
    [
      "a v2 agent whose context has no count",
      {
        instruction: "hello",
        input: {},
        version: "2.0",
        context: { original_query: "q", steps_completed: [] },
        routing_trace: null,
      },
    ],
    ["a forwarded v1 task", { instruction: null, input: "the work so far", next: null }],
    ["a structured input", { instruction: "hello", input: [1, { two: 3 }], next: null }],
    [
      "what is not in any version",
      { instruction: "hello", input: {}, priority: "high", routing: { mode: "x" } },
    ],
  ])("%s", async (_, task) => {
    const agent = await on.readyAgent();
    const consumer = await on.consumer(agent);
    await send(agent.id, { ...task, conversation_id: consumer.conversation });
    const [reply] = await until("the reply", () =>
      consumer.replies().length > 0 ? consumer.replies() : null,
    );
    expect(reply!.error).toBeUndefined();
    expect(reply!.response).toContain(task["instruction"] ? "hello" : "the work so far");
  });
});

describe("one pipeline", () => {
  test("ours, theirs, ours: each works its step, the last one answers (FR-013, FR-014)", async () => {
    const [first, second, last] = [await on.readyAgent(), await peer("rusty"), await on.readyAgent()];
    const { code, stdout } = await cli(
      ...["ask", first!.id, "begin", "--json", "--next", `rusty:"go on",${last!.id}:"finish"`],
    );
    expect(code).toBe(0);
    const reply = JSON.parse(stdout);
    expect(reply).toMatchObject({ agent_id: last!.id, error: null });
    expect(reply.response).toBe("finish\n\nrusty was here");
    expect(second.unreadable).toEqual([]);
    expect(second.tasks).toEqual([
      {
        task_id: reply.task_id,
        conversation_id: reply.conversation_id,
        topic: inputTopic("rusty"),
        instruction: "go on",
        input: "begin",
        next: { topic: inputTopic(last!.id), instruction: "finish", input: null, next: null },
      },
    ]);
    expect(on.llm.requests.map(asked)).toEqual([
      [{ role: "user", content: "begin" }],
      [{ role: "user", content: "finish\n\nrusty was here" }],
    ]);
  });

  test("a v2 task keeps its version, context and trace on the way through ours to theirs", async () => {
    const [first, second] = [await on.readyAgent(), await peer("rusty-2")];
    const { stdout } = await cli("ask", first!.id, "begin", "--route", "--json", "--next", "rusty-2");
    expect(JSON.parse(stdout)).toMatchObject({ agent_id: "rusty-2", response: "rusty-2 was here" });
    expect(second.unreadable).toEqual([]);
    expect(second.tasks[0]).toMatchObject({
      version: "2.0",
      input: "begin",
      context: {
        original_query: "begin",
        steps_completed: [{ agent_id: first!.id, action: "begin" }],
        iteration_count: 1,
      },
      routing_trace: null,
    });
  });

  test("an error of theirs ends it, as one of ours does: nobody else is asked", async () => {
    const [first, second, last] = [await on.readyAgent(), await peer("failing-peer"), await on.readyAgent()];
    second.fail("internal_error", "it broke");
    const theirs = await cli("ask", first.id, "begin", "--next", `failing-peer,${last.id}`);
    expect(theirs).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("failing-peer failed: it broke"),
    });
    expect(on.llm.requests).toHaveLength(1);
    on.llm.script(() => ({ status: 400, message: "no" }));
    const ours = await cli("ask", first.id, "begin", "--next", "failing-peer");
    expect(ours).toMatchObject({ code: 1, stderr: expect.stringContaining("(llm_error)") });
    expect(second.tasks).toHaveLength(1);
  });
});

describe("who is there", () => {
  test("`agents` lists ours and theirs, in both shapes of their status", async () => {
    const agent = await on.readyAgent();
    await peer("plain-peer");
    await peer("discoverable-peer", { discoverable: true });
    const { code, stdout } = await cli("agents", "--json");
    expect(code).toBe(0);
    const listed: { id: string }[] = JSON.parse(stdout);
    const known = (id: string) => listed.find((one) => one.id === id);
    expect(known(agent.id)).toMatchObject({ available: true, load: 0, description: "made for a test" });
    expect(known("plain-peer")).toMatchObject({ available: true, load: null, capabilities: ["peering"] });
    expect(known("discoverable-peer")).toMatchObject({ available: true, load: 0.25 });
    expect(await agent.kill("SIGTERM")).toBe(0);
    const after: { id: string; available: boolean }[] = JSON.parse(
      (await cli("agents", "-a", "--json")).stdout,
    );
    expect(after.find(({ id }) => id === agent.id)).toMatchObject({ available: false });
  });
});

test("progress comes on its three topics, in the shape that the peer reads", async () => {
  const agent = await on.readyAgent({ toml: '[tools]\necho = "builtin"\n' });
  const watcher = await mqtt.connectAsync(on.broker.url);
  on.after(() => watcher.endAsync(true));
  const events: { topic: string; event: Record<string, unknown> }[] = [];
  watcher.on("message", (topic, payload) => events.push({ topic, event: JSON.parse(payload.toString()) }));
  await watcher.subscribeAsync(`/control/agents/${agent.id}/progress/#`);
  let turns = 0;
  on.llm.script(() =>
    ++turns === 1 ? { toolCalls: [{ name: "echo", arguments: { message: "hi" } }] } : { text: "done" },
  );
  const consumer = await on.consumer(agent);
  const { task_id } = await consumer.ask("go");
  await until("the end", () => events.some(({ event }) => event["event_type"] === "TaskComplete"));
  const base = `/control/agents/${agent.id}/progress`;
  expect(events.map(({ topic, event }) => [topic, event["category"], event["event_type"]])).toEqual([
    [base, "General", "TaskStart"],
    [`${base}/llm`, "LLM", "LlmRequest"],
    [`${base}/llm`, "LLM", "LlmResponse"],
    [`${base}/tools`, "Tool", "ToolCall"],
    [`${base}/tools`, "Tool", "ToolComplete"],
    [`${base}/llm`, "LLM", "LlmRequest"],
    [`${base}/llm`, "LLM", "LlmResponse"],
    [base, "General", "TaskComplete"],
  ]);
  for (const { event } of events) {
    expect(event).toMatchObject({ agent_id: agent.id, task_id, conversation_id: consumer.conversation });
    expect(event["timestamp"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    expect(typeof event["message"]).toBe("string");
  }
});

test("`monitor` shows a conversation of ours and theirs alike", async () => {
  const agent = await on.readyAgent();
  await peer("watched-peer");
  const monitor = await startBinary(["monitor", "--json", "--broker", on.broker.url]);
  on.after(() => monitor.kill("SIGKILL"));
  await monitor.shows(/"type":"status","agent":"watched-peer"/);
  const { stdout } = await cli("ask", agent.id, "begin", "--next", "watched-peer", "--quiet");
  expect(stdout).toBe("watched-peer was here\n");
  await monitor.shows(/"type":"reply","agent":"watched-peer"/);
  monitor.kill("SIGINT");
  const ended = await monitor.ended;
  expect(ended.code).toBe(0);
  const seen: { type: string; agent: string }[] = ended.stdout
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text));
  const of = (type: string) => seen.filter((one) => one.type === type).map((one) => one.agent);
  expect(of("input")).toEqual([agent.id, "watched-peer"]);
  expect(of("progress")).toContain("watched-peer");
  expect(of("reply")).toEqual(["watched-peer"]);
});

test("a task that is sent again, before and after a restart, is answered once (FR-010)", async () => {
  const agent = await on.readyAgent();
  const consumer = await on.consumer(agent);
  const id = randomUUID();
  await consumer.send(id);
  await consumer.reply(id);
  await consumer.send(id.toUpperCase());
  expect(await agent.kill("SIGTERM")).toBe(0);
  await consumer.send(id);
  const next = agent.again();
  // Two that wait together count as one.
  await next.logged(/"msg":"duplicate task dropped"/);
  await consumer.send(id);
  await consumer.ask("the last");
  expect(consumer.answers.get(id)).toMatchObject({ count: 1 });
  expect(consumer.answers.size).toBe(2);
  expect(on.llm.requests).toHaveLength(2);
  expect(await next.metric("agent2389_messages_dropped_total")).toBe(2);
});
