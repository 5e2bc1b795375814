import { describe, expect, test } from "bun:test";
import { inputTopic } from "../../protocol/topics.ts";
import { brokerWith, onBroker, type ScriptedAgent, stillClock } from "../client/testing.fixture.ts";
import { capture, runCli } from "../framework/testing.fixture.ts";
import { ask, askProgram, echo, usage } from "./testing.fixture.ts";

describe("the answer", () => {
  test("is all that stands on standard output; usage and cost are on standard error", async () => {
    const { code, stdout, stderr } = await ask(["echo", "hello"], [echo], { clock: stillClock });
    expect(code).toBe(0);
    expect(stdout).toBe("you said: hello\n");
    expect(stderr).toBe("echo · 1,204 tokens in, 88 out · $0.00042 · 1 tool call · 0 ms\n");
  });

  test("stands alone with --quiet", async () => {
    expect(await ask(["echo", "hello", "-q"])).toMatchObject({ stdout: "you said: hello\n", stderr: "" });
  });

  test("is an object with --json", async () => {
    const { stdout, stderr, sent } = await ask(["echo", "hello", "--json"]);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({
      conversation_id: sent[0].conversation_id,
      task_id: sent[0].task_id,
      agent_id: "echo",
      response: "you said: hello",
      error: null,
      usage,
    });
  });

  test("of another conversation is none of ours", async () => {
    const agent: ScriptedAgent = { id: "echo", work: () => {} };
    const broker = brokerWith(agent);
    const running = runCli(askProgram, ["ask", "echo", "hello", "-t", "1"], {
      clock: stillClock,
      services: onBroker(broker),
    });
    broker.publish({
      topic: "/conversations/other/echo",
      payload: JSON.stringify({ task_id: "x", response: "not for us" }),
      qos: 1,
    });
    expect(await running).toMatchObject({ code: 1, stdout: "" });
  });

  test("of an agent that passed the task on is not the last one", async () => {
    const relay: ScriptedAgent = {
      id: "researcher",
      work(_task, { reply }) {
        reply({ response: "a draft", forwarded_to: inputTopic("writer") });
        reply({ response: "the end", agent_id: "writer" });
      },
    };
    const { stdout, stderr } = await ask(["researcher", "go"], [relay]);
    expect(stdout).toBe("the end\n");
    expect(stderr).toContain("✓ researcher passed on to writer\n");
  });

  test("that is an error ends with status 1", async () => {
    const agent: ScriptedAgent = {
      id: "echo",
      work: (_task, { reply }) => reply({ error: { code: "llm_error", message: "the model is not there" } }),
    };
    const { code, stdout, stderr, sent } = await ask(["echo", "x"], [agent]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(
      `error: echo failed: the model is not there (llm_error)\n  at conversation ${sent[0].conversation_id}\n`,
    );
    const json = await ask(["echo", "x", "--json"], [agent]);
    expect(json).toMatchObject({ code: 1, stderr: "" });
    expect(JSON.parse(json.stdout).error.code).toBe("llm_error");
  });

  test("that a budget ended says so, and ends with status 3: scripts shall not take it for all of it", async () => {
    const agent: ScriptedAgent = {
      id: "echo",
      work: (_task, { reply }) =>
        reply({ response: "so far", budget: { name: "max_tool_calls", limit: 15, used: 15 } }),
    };
    const { code, stdout, stderr } = await ask(["echo", "x"], [agent]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "so far\n" });
    expect(stderr).toContain("Stopped by the budget max_tool_calls: 15 of 15 used.");
    const json = await ask(["echo", "x", "--json"], [agent]);
    expect(json).toMatchObject({ code: 3, stderr: "" });
    expect(JSON.parse(json.stdout)).toMatchObject({ response: "so far", budget: { name: "max_tool_calls" } });
  });

  test("that was cut to fit into a message says so, and ends with status 3", async () => {
    const agent: ScriptedAgent = {
      id: "echo",
      work: (_task, { reply }) => reply({ response: "the beginning", truncated: true }),
    };
    const { code, stdout, stderr } = await ask(["echo", "x"], [agent]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "the beginning\n" });
    expect(stderr).toContain("cut short: too long for a message");
  });

  test("that cannot be read is told about, and the wait goes on", async () => {
    const agent: ScriptedAgent = {
      id: "echo",
      work(_task, { reply }) {
        reply({ nonsense: true });
        reply({ response: "sorry" });
      },
    };
    const { stdout, stderr } = await ask(["echo", "x"], [agent]);
    expect(stdout).toBe("sorry\n");
    expect(stderr).toContain("echo sent something that is no reply\n");
  });
});

describe("what goes on", () => {
  const worker: ScriptedAgent = {
    id: "worker",
    work(_task, { progress, reply }) {
      progress("General", "TaskStart", "started");
      progress("LLM", "LlmRequest", "asking openai/gpt-4o-mini");
      progress("LLM", "Processing", "writing", { delta: "Let me look." });
      progress("Tool", "ToolCall", "calling file_read", { tool: "file_read" });
      progress("Tool", "ToolComplete", "file_read done", { tool: "file_read", duration_ms: 3, bytes: 120 });
      progress("LLM", "LlmRequest", "asking openai/gpt-4o-mini");
      progress("LLM", "Processing", "writing", { delta: "The sum " });
      progress("LLM", "Processing", "writing", { delta: "is 3." });
      reply({ response: "The sum is 3." });
    },
  };

  test("in a pipe: tool calls on standard error, the answer once on standard output", async () => {
    const { stdout, stderr } = await ask(["worker", "sum"], [worker]);
    expect(stdout).toBe("The sum is 3.\n");
    expect(stderr).toStartWith(
      "→ worker calling file_read\n✓ worker file_read done (3 ms, bytes 120)\nworker · ",
    );
  });

  test("on a terminal: the text as it is written, and not a second time", async () => {
    const stdout = capture({ isTTY: true });
    const stderr = capture({ isTTY: true });
    await ask(["worker", "sum"], [worker], { stdout, stderr });
    expect(stdout.text).toBe("Let me look.\nThe sum is 3.\n");
    expect(Bun.stripANSI(stderr.text).split(/[\r\n]+/)).toContain(
      "✓ worker file_read done (3 ms, bytes 120)",
    );
  });

  test("in a pipeline: who goes on with it, once", async () => {
    const relay = (respond: boolean): ScriptedAgent => ({
      id: "one",
      work(_task, { progress, reply }) {
        progress("General", "TaskStart", "task started");
        if (respond) reply({ response: "a draft", forwarded_to: inputTopic("two") });
        progress("General", "TaskStart", "task started", {}, "two");
        reply({ response: "the end", agent_id: "two" });
      },
    });
    expect((await ask(["one", "go"], [relay(false)])).stderr).toStartWith("→ two goes on\none · ");
    expect((await ask(["one", "go"], [relay(true)])).stderr).toStartWith("✓ one passed on to two\none · ");
  });

  test("on a terminal: what was dropped on the way is added from the answer", async () => {
    const lossy: ScriptedAgent = {
      id: "worker",
      work(_task, { progress, reply }) {
        progress("LLM", "Processing", "writing", { delta: "The sum" });
        reply({ response: "The sum is 3." });
      },
    };
    const stdout = capture({ isTTY: true });
    await ask(["worker", "sum"], [lossy], { stdout });
    expect(stdout.text).toBe("The sum is 3.\n");
  });

  test("on a terminal: a text that a retry began anew is written anew", async () => {
    const retry: ScriptedAgent = {
      id: "worker",
      work(_task, { progress, reply }) {
        progress("LLM", "Processing", "writing", { delta: "The su" });
        progress("LLM", "Processing", "starting over", { restart: true });
        progress("LLM", "Processing", "writing", { delta: "It is 3." });
        reply({ response: "It is 3." });
      },
    };
    const stdout = capture({ isTTY: true });
    const stderr = capture({ isTTY: true });
    await ask(["worker", "sum"], [retry], { stdout, stderr });
    expect(stdout.text).toBe("The su\nIt is 3.\n");
    expect(stderr.text).toContain("(the model starts anew)");
  });
});
