import { describe, expect, test } from "bun:test";
import { memoryBroker } from "../../transport/memory.fixture.ts";
import { brokerWith, onBroker, stillClock } from "../client/testing.fixture.ts";
import { Interrupted } from "../framework/interrupted.ts";
import { runCli } from "../framework/testing.fixture.ts";
import { programNamed } from "../index.ts";

const program = programNamed("agent2389");
const envelope = async (...argv: string[]) => {
  const { code, stdout, stderr } = await runCli(program, ["inject-message", "--dry-run", ...argv]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
};

describe("inject-message", () => {
  test("sends what --agent-id and --message say", async () => {
    expect(
      await envelope(
        "--agent-id",
        "writer",
        "--message",
        "hello",
        "--conversation-id",
        "c-1",
        "--next-agent",
        "editor",
      ),
    ).toMatchObject({
      conversation_id: "c-1",
      topic: "/control/agents/writer/input",
      instruction: "hello",
      next: { topic: "/control/agents/editor/input" },
    });
  });

  test("takes the words of 'ask', too", async () => {
    expect(await envelope("writer", "hello")).toMatchObject({ instruction: "hello" });
  });

  test("--query routes (protocol v2)", async () => {
    expect(await envelope("--agent-id", "writer", "--query", "find out")).toMatchObject({
      version: "2.0",
      context: { original_query: "find out" },
    });
  });

  test("without an agent is refused", async () => {
    const { code, stderr } = await runCli(program, ["inject-message", "--message", "x"]);
    expect(code).toBe(2);
    expect(stderr).toContain("--agent-id is missing");
  });

  test("finds the broker by host and port, and logs in", async () => {
    const seen: object[] = [];
    const broker = brokerWith({ id: "echo", work: (_task, { reply }) => reply({ response: "hi" }) });
    const { stdout } = await runCli(
      program,
      [
        "inject-message",
        "--agent-id",
        "echo",
        "--message",
        "x",
        "--broker-url",
        "example.com",
        "--broker-port",
        "8884",
        "--username",
        "u",
        "--password",
        "p",
      ],
      {
        clock: stillClock,
        services: {
          openTransport(options) {
            seen.push(options);
            return onBroker(broker).openTransport(options);
          },
        },
      },
    );
    expect(stdout).toBe("hi\n");
    expect(seen).toMatchObject([{ url: "mqtt://example.com:8884", username: "u", password: "p" }]);
  });
});

test("mqtt-monitor shows what --mode says, as --format says", async () => {
  const broker = memoryBroker();
  const controller = new AbortController();
  const running = runCli(
    program,
    ["mqtt-monitor", "--mode", "availability", "--format", "json", "--agent-id", "a"],
    { clock: stillClock, signal: controller.signal, services: onBroker(broker) },
  );
  while (broker.subscribers("/control/agents/a/status") === 0) await new Promise(setImmediate);
  for (const topic of ["/control/agents/a/status", "/control/agents/b/status", "/control/agents/a/input"]) {
    broker.publish({ topic, payload: '{"agent_id":"a","status":"available"}', qos: 1 });
  }
  await new Promise(setImmediate);
  controller.abort(new Interrupted("SIGINT"));
  const { code, stdout } = await running;
  expect(code).toBe(0);
  expect(
    stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).topic),
  ).toEqual(["/control/agents/a/status"]);
});
