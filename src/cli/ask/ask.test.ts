import { describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { envelopeSchema } from "../../protocol/envelope.ts";
import { inputTopic } from "../../protocol/topics.ts";
import { memoryBroker } from "../../transport/memory.fixture.ts";
import {
  brokerWith,
  onBroker,
  type ScriptedAgent,
  stillClock,
  stoppedClock,
} from "../client/testing.fixture.ts";
import { Interrupted } from "../framework/interrupted.ts";
import { runCli } from "../framework/testing.fixture.ts";
import { ask, askProgram, echo } from "./testing.fixture.ts";

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
    const { code, stdout } = await runCli(askProgram, ["ask", "echo", "hello", "--dry-run"]);
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
    expect((await run("gone.txt")).stderr).toContain(
      "cannot read gone.txt: there is no such file or folder\n",
    );
    expect((await run(".")).stderr).toContain("cannot read .: it is a folder");
    expect((await run("image")).stderr).toContain("image is not UTF-8 text");
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

  test("one that missed three heartbeats is not waited for: it is told when it was last heard of", async () => {
    const crashed = { timestamp: "2026-01-02T03:00:00Z", heartbeat_interval_secs: 60 };
    const agents = [echo, { id: "crashed", status: crashed }];
    const { code, stderr, sent } = await ask(["crashed", "x"], agents, { clock: stillClock });
    expect(code).toBe(1);
    expect(stderr).toContain('error: "crashed" is not available\n');
    expect(stderr).toContain(
      "hint: crashed was last heard of 4 min ago, and is probably gone. Available: echo.",
    );
    expect(sent).toEqual([]);
  });

  test("the name of a built-in agent suggests its id", async () => {
    const { stderr } = await ask(["writer", "x"], [echo, { id: "writer-agent" }], { clock: stillClock });
    expect(stderr).toContain("hint: Did you mean writer-agent? Available: echo, writer-agent.");
  });

  test("when nobody is there, it is told how to start an agent", async () => {
    const { stderr } = await ask(["echo", "x"], [], { clock: stillClock });
    expect(stderr).toEndWith("hint: No agent is available there. Start one: agent2389 run FILE\n");
    const elsewhere = await ask(["echo", "x", "-b", "mqtt://other"], [], { clock: stillClock });
    expect(elsewhere.stderr).toEndWith("Start one: agent2389 run FILE --broker mqtt://other\n");
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
    expect(stderr).toContain(`watch it: agent2389 monitor --conversation ${sent[0].conversation_id}\n`);
  });

  test("from another broker than the usual one: the way to it is told, too", async () => {
    const argv = ["mute", "x", "--timeout", "5", "--broker", "mqtt://elsewhere:2883"];
    const { stderr } = await ask(argv, [mute], { clock: stillClock });
    expect(stderr).toMatch(/agent2389 monitor --conversation \S+ --broker mqtt:\/\/elsewhere:2883\n/);
  });

  test("Ctrl-C ends the wait for standard input, too", async () => {
    const signal = AbortSignal.abort(new Interrupted("SIGINT"));
    const { code, stderr, sent } = await ask(["mute", "-"], [mute], { signal, stdin: "a task" });
    expect({ code, stderr, sent }).toEqual({ code: 130, stderr: "", sent: [] });
  });

  test("Ctrl-C ends the wait at once", async () => {
    const controller = new AbortController();
    const agent: ScriptedAgent = { id: "mute", work: () => controller.abort(new Interrupted("SIGINT")) };
    const { code, stderr } = await ask(["mute", "x"], [agent], { signal: controller.signal });
    expect(code).toBe(130);
    expect(stderr).toMatch(/^The task goes on without you: agent2389 monitor --conversation \S+\n$/);
  });
});

test("a connection that is lost and comes back is told, and the answer still arrives", async () => {
  let broker: ReturnType<typeof brokerWith>;
  const agent: ScriptedAgent = {
    id: "echo",
    work(_task, { reply }) {
      broker.down();
      broker.up();
      setImmediate(() => reply({ response: "after all" }));
    },
  };
  broker = brokerWith(agent);
  const { code, stdout, stderr } = await runCli(askProgram, ["ask", "echo", "x"], {
    clock: stoppedClock,
    services: onBroker(broker),
  });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "after all\n" });
  expect(stderr).toContain("the connection was lost; trying again\nconnected again\n");
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
    await runCli(askProgram, ["ask", "a", "b", ...argv], { env, services, clock: stillClock });
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
    const { code, stderr } = await runCli(askProgram, ["ask", "a", "b", "-b", "mqtt://u:s3cret@host"], {
      services,
    });
    expect(code).toBe(1);
    expect(stderr).toContain("set MQTT_USERNAME and MQTT_PASSWORD");
    expect(stderr).not.toContain("s3cret");
  });
});
