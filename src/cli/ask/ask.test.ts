import { describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { envelopeSchema } from "../../protocol/envelope.ts";
import { inputTopic } from "../../protocol/topics.ts";
import { memoryBroker } from "../../transport/memory.ts";
import { brokerWith, onBroker, type ScriptedAgent, stillClock, stoppedClock } from "../client/testing.ts";
import { Interrupted } from "../framework/interrupted.ts";
import type { Program } from "../framework/table.ts";
import { capture, runCli, type TestWorld } from "../framework/testing.ts";

const program: Program = {
  name: "agent2389",
  summary: "",
  start: [],
  commands: { ask: { summary: "", load: () => import("./index.ts") } },
};

const usage = {
  input_tokens: 1204,
  output_tokens: 88,
  cost_usd: 0.00042,
  llm_calls: 2,
  tool_calls: 1,
  duration_ms: 5,
};

const echo: ScriptedAgent = {
  id: "echo",
  work: (task, { reply }) => reply({ response: `you said: ${task["instruction"]}`, usage }),
};

async function ask(argv: string[], agents: ScriptedAgent[] = [echo], world: TestWorld = {}) {
  const broker = brokerWith(...agents);
  const result = await runCli(program, ["ask", ...argv], {
    clock: stoppedClock,
    ...world,
    services: { ...onBroker(broker), ...world.services },
  });
  const sent = broker.published
    .filter(({ topic }) => topic.endsWith("/input"))
    .map(({ payload }) => JSON.parse(payload));
  return { ...result, sent };
}

describe("the task", () => {
  test("is a valid envelope for the agent, with ids of its own (FR-007)", async () => {
    const { sent, code } = await ask(["echo", "hello"]);
    expect(code).toBe(0);
    expect(envelopeSchema.parse(sent[0])).toMatchObject({
      topic: inputTopic("echo"),
      instruction: "hello",
      input: {},
      next: null,
      stream: true,
    });
    expect(sent[0].task_id).not.toBe(sent[0].conversation_id);
    expect(sent[0]).not.toHaveProperty("version");
  });

  test("takes data from --input and --file", async () => {
    const dir = mkdtempSync(join(tmpdir(), "ask-"));
    writeFileSync(join(dir, "a.csv"), "x,y\n1,2\n");
    const { sent } = await ask(["echo", "sum", "--input", '{"unit":"kg"}', "--file", "a.csv"], [echo], {
      cwd: dir,
    });
    expect(sent[0].input).toEqual({ unit: "kg", files: [{ name: "a.csv", content: "x,y\n1,2\n" }] });
  });

  test("is read from standard input for -, or when it is piped in", async () => {
    for (const argv of [["echo", "-"], ["echo"]]) {
      expect((await ask(argv, [echo], { stdin: "from a pipe\n" })).stdout).toBe("you said: from a pipe\n");
    }
  });

  test("with --next is a pipeline, each step with its instruction or without", async () => {
    const agents = [echo, { id: "writer" }, { id: "editor" }, { id: "judge" }];
    const { sent } = await ask(
      ["echo", "go", "-n", 'writer:"one, two",editor', "--next", "judge:be fair"],
      agents,
    );
    expect(sent[0].next).toEqual({
      topic: inputTopic("writer"),
      instruction: "one, two",
      input: null,
      next: {
        topic: inputTopic("editor"),
        instruction: null,
        input: null,
        next: { topic: inputTopic("judge"), instruction: "be fair", input: null, next: null },
      },
    });
  });

  test("with --route is a v2 envelope", async () => {
    const { sent } = await ask(["echo", "find out", "--route"]);
    expect(sent[0]).toMatchObject({
      version: "2.0",
      context: { original_query: "find out", steps_completed: [], iteration_count: 0 },
    });
  });

  test("is only printed with --dry-run: no broker is needed", async () => {
    const { code, stdout } = await runCli(program, ["ask", "echo", "hello", "--dry-run"]);
    expect(code).toBe(0);
    expect(envelopeSchema.parse(JSON.parse(stdout)).instruction).toBe("hello");
  });

  test.each([
    [["echo", "x", "--input", "{nope"], "--input is not a JSON object"],
    [["echo", "x", "--input", "7"], "--input is not a JSON object"],
    [["echo", "x", "--input", "[1]", "--file", "/dev/null"], "--file needs --input to be a JSON object"],
    [["ec/ho", "x"], '"ec/ho" is not an agent\'s id'],
    [["echo", "x", "--next", "a b"], '"a b" is not an agent\'s id'],
    [["echo", "x", "--next", 'a"'], "--next cannot be read from"],
    [["echo", "x", "--next", Array(16).fill("a").join(",")], "the pipeline has 17 agents, at most 16"],
    [["echo", "x", "--conversation", "a/+/b"], "cannot be a conversation's id"],
    [["echo", "x".repeat(300_000)], "at most 262144 are allowed (NFR-003)"],
    [["echo", "-"], "the task is empty"],
  ])("is refused before anything is sent: %p", async (argv, message) => {
    const { code, stderr, sent } = await ask(argv);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(sent).toEqual([]);
  });

  test("a file that cannot be read is named", async () => {
    const dir = mkdtempSync(join(tmpdir(), "ask-"));
    writeFileSync(join(dir, "image"), new Uint8Array([0xff, 0xfe, 0x00]));
    const run = (file: string) => ask(["echo", "x", "-f", file], [echo], { cwd: dir });
    expect((await run("gone.txt")).stderr).toContain("cannot read gone.txt: there is no such file");
    expect((await run(".")).stderr).toContain("cannot read .: it is a folder");
    expect((await run("image")).stderr).toContain("image is not UTF-8 text");
  });
});

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
    const running = runCli(program, ["ask", "echo", "hello", "-t", "1"], {
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

  test("that a budget ended says so", async () => {
    const agent: ScriptedAgent = {
      id: "echo",
      work: (_task, { reply }) =>
        reply({
          response: "so far",
          budget: { name: "max_tool_calls", limit: 15, used: 15 },
          truncated: true,
        }),
    };
    const { code, stdout, stderr } = await ask(["echo", "x"], [agent]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "so far\n" });
    expect(stderr).toContain("Stopped by the budget max_tool_calls: 15 of 15 used.");
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

describe("who is there", () => {
  test("an agent that is not available is named, with those that are", async () => {
    const agents = [echo, { id: "writer" }, { id: "gone", status: { status: "unavailable" } }];
    const { code, stderr, sent } = await ask(["gone", "x", "-n", "nobody"], agents, { clock: stillClock });
    expect(code).toBe(1);
    expect(stderr).toContain('error: "gone" and "nobody" are not available\n  at mqtt://localhost:1883');
    expect(stderr).toContain("Available: echo, writer.");
    expect(sent).toEqual([]);
  });

  test("when nobody is there, it is told how to start an agent", async () => {
    const { stderr } = await ask(["echo", "x"], [], { clock: stillClock });
    expect(stderr).toContain("No agent is available there. Start one: agent2389 run FILE");
  });

  test("agents of the peer implementation count, which tell their health", async () => {
    const peer: ScriptedAgent = { ...echo, status: { status: undefined, health: "ok", load: 0.2 } };
    expect((await ask(["echo", "x"], [peer])).code).toBe(0);
  });

  test("--no-check sends all the same", async () => {
    const away: ScriptedAgent = { ...echo, status: { status: "unavailable" } };
    expect((await ask(["echo", "x", "--no-check"], [away])).stdout).toBe("you said: x\n");
  });
});

describe("no answer", () => {
  const mute: ScriptedAgent = { id: "mute", work: () => {} };

  test("in time ends with status 1, and says how to go on watching", async () => {
    const { code, stderr, sent } = await ask(["mute", "x", "--timeout", "5"], [mute], { clock: stillClock });
    expect(code).toBe(1);
    expect(stderr).toContain("error: no answer within 5 s");
    expect(stderr).toContain(`agent2389 monitor --conversation ${sent[0].conversation_id}`);
  });

  test("Ctrl-C ends the wait at once", async () => {
    const controller = new AbortController();
    const agent: ScriptedAgent = { id: "mute", work: () => controller.abort(new Interrupted("SIGINT")) };
    const { code, stderr } = await ask(["mute", "x"], [agent], { signal: controller.signal });
    expect(code).toBe(130);
    expect(stderr).toMatch(/^The task goes on without you: agent2389 monitor --conversation \S+\n$/);
  });
});

describe("the broker", () => {
  const urls: (string | undefined)[] = [];
  const services = {
    openTransport: async (options: {
      url: string;
      username?: string | undefined;
      password?: string | undefined;
    }) => {
      urls.push(options.url, options.username, options.password);
      return memoryBroker().client({ clientId: "x" });
    },
  };
  const where = async (argv: string[], env: Record<string, string> = {}) => {
    urls.length = 0;
    await runCli(program, ["ask", "a", "b", ...argv], { env, services, clock: stillClock });
    return urls;
  };

  test("is that of --broker, of MQTT_BROKER_URL, or the one on this machine", async () => {
    expect(await where(["-b", "mqtt://one"], { MQTT_BROKER_URL: "mqtt://two" })).toEqual([
      "mqtt://one",
      undefined,
      undefined,
    ]);
    expect(
      await where([], { MQTT_BROKER_URL: "mqtt://two", MQTT_USERNAME: "u", MQTT_PASSWORD: "p" }),
    ).toEqual(["mqtt://two", "u", "p"]);
    expect(await where([])).toEqual(["mqtt://localhost:1883", undefined, undefined]);
  });

  test("may not be given with a password in its address, which is not repeated", async () => {
    const { code, stderr } = await runCli(program, ["ask", "a", "b", "-b", "mqtt://u:s3cret@host"], {
      services,
    });
    expect(code).toBe(1);
    expect(stderr).toContain("set MQTT_USERNAME and MQTT_PASSWORD");
    expect(stderr).not.toContain("s3cret");
  });
});
