import { describe, expect, test } from "bun:test";
import type { Delivery } from "../../runtime/ports/transport.ts";
import { type MemoryBroker, memoryBroker } from "../../transport/memory.fixture.ts";
import { onBroker, stillClock } from "../client/testing.fixture.ts";
import { Interrupted } from "../framework/interrupted.ts";
import type { Program } from "../framework/table.ts";
import { type CapturedOutput, capture, runCli } from "../framework/testing.fixture.ts";
import { isWanted } from "./filter.ts";
import { readTraffic } from "./traffic.ts";

const program: Program = {
  name: "agent2389",
  summary: "",
  start: [],
  commands: { monitor: { summary: "", load: () => import("./index.ts") } },
};

const task = {
  task_id: "4f6a2c1e-8b7d-4c3a-9e5f-0123456789ab",
  conversation_id: "3f2a91c0-0000",
  topic: "/control/agents/writer/input",
  instruction: "Write\na haiku",
};

const progress = (event_type: string, message: string, metadata?: object) => ({
  agent_id: "writer",
  conversation_id: "3f2a91c0-0000",
  timestamp: "2026-01-02T03:04:05Z",
  category: "LLM",
  event_type,
  message,
  metadata,
});

const MESSAGES: [topic: string, payload: unknown, retain?: boolean][] = [
  ["/control/agents/writer/status", { agent_id: "writer", status: "available", load: 0.25 }, true],
  ["/control/agents/writer/input", task],
  ["/control/agents/writer/progress/llm", progress("LlmRequest", "asking openai/gpt-4o")],
  ["/control/agents/writer/progress/llm", progress("Processing", "writing", { delta: "An old" })],
  ["/conversations/3f2a91c0-0000/writer", { task_id: task.task_id, response: "An old silent pond" }],
  ["/conversations/other/editor", { task_id: "t", error: { code: "llm_error", message: "no model" } }],
  ["/control/agents/editor/input", "not JSON"],
];

function send(broker: MemoryBroker, messages = MESSAGES) {
  for (const [topic, payload, retain = false] of messages) {
    const text = typeof payload === "string" ? payload : JSON.stringify(payload);
    broker.publish({ topic, payload: text, qos: 1, retain });
  }
}

/** Runs `monitor` while the messages pass; the status was there before. */
async function watch(argv: string[], stdout: CapturedOutput = capture()) {
  const broker = memoryBroker();
  send(broker, MESSAGES.slice(0, 1));
  const controller = new AbortController();
  const running = runCli(program, ["monitor", ...argv], {
    clock: stillClock,
    signal: controller.signal,
    services: onBroker(broker),
    stdout,
  });
  while (
    broker.subscribers("/control/agents/writer/input") + broker.subscribers("/conversations/x/y") ===
    0
  ) {
    await new Promise(setImmediate);
  }
  send(broker, MESSAGES.slice(1));
  await new Promise(setImmediate);
  controller.abort(new Interrupted("SIGINT"));
  return running;
}

const clockTime = new Date(stillClock.now()).toTimeString().slice(0, 8);

test("shows a line a message, and ends well on Ctrl-C", async () => {
  const { code, stdout, stderr } = await watch([]);
  expect(code).toBe(0);
  expect(stdout.replaceAll(clockTime, "TIME")).toBe(
    [
      "TIME ● status   writer                     (kept) available, load 25 %",
      "TIME → input    writer           3f2a91c0  Write a haiku",
      "TIME · progress writer           3f2a91c0  LlmRequest: asking openai/gpt-4o",
      "TIME ← reply    writer           3f2a91c0  An old silent pond",
      "TIME ← reply    editor           other     error llm_error: no model",
      "TIME → input    editor                     (not valid) not JSON",
      "",
    ].join("\n"),
  );
  expect(stderr).toBe("Watching mqtt://localhost:1883; Ctrl-C ends it.\n");
});

test("cuts lines to the width of a terminal", async () => {
  const { stdout } = await watch([], capture({ isTTY: true, columns: 56 }));
  for (const line of stdout.split("\n")) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(56);
  expect(stdout).toContain("An old s…");
});

test("shows pieces of the model's text with --verbose only", async () => {
  expect((await watch(["--verbose"])).stdout).toContain('"An old"');
});

test.each([
  [
    ["--agent", "editor"],
    ["reply", "input"],
  ],
  [
    ["--type", "input"],
    ["input", "input"],
  ],
  [
    ["--type", "reply", "--type", "status"],
    ["status", "reply", "reply"],
  ],
  [
    ["--conversation", "3f2a"],
    ["input", "progress", "progress", "reply"],
  ],
  [["--conversation", "3f2a", "--agent", "editor"], []],
])("%p shows %p", async (argv, types) => {
  const { stdout } = await watch([...argv, "--json"]);
  expect(
    stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line).type),
  ).toEqual(types);
});

test("--json is one document a line, payloads in full", async () => {
  const { stdout, stderr } = await watch(["--json", "--type", "input"]);
  const [first, second] = stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  expect(first).toEqual({
    time: "2026-01-02T03:04:05.000Z",
    type: "input",
    agent: "writer",
    conversation: task.conversation_id,
    topic: task.topic,
    retained: false,
    payload: task,
  });
  expect(second).toMatchObject({ agent: "editor", conversation: null, payload: "not JSON" });
  expect(stderr).toBe("");
});

test("--raw is topic and payload", async () => {
  const { stdout } = await watch(["--raw", "--agent", "editor", "--type", "input"]);
  expect(stdout).toBe("/control/agents/editor/input not JSON\n");
});

describe("reading", () => {
  const delivery = (topic: string, payload: string): Delivery => ({
    topic,
    payload: Buffer.from(payload),
    retained: false,
    ack() {},
  });

  test("never fails, whatever comes", () => {
    for (const topic of [
      "",
      "/",
      "/conversations",
      "/control/agents",
      "//control//agents//a//input",
      "$SYS/x",
    ]) {
      for (const payload of ["", "null", "[]", '{"task_id":1}', "\ud800", "{"]) {
        const traffic = readTraffic(delivery(topic, payload), 0);
        expect(isWanted(traffic, { agents: [], conversation: undefined, types: [] })).toBe(true);
      }
    }
  });

  test("takes topics in any spelling (FR-006)", () => {
    expect(readTraffic(delivery("control//agents/a/input/", "{}"), 0)).toMatchObject({
      type: "input",
      agent: "a",
    });
  });
});
