import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OpenAiServer, startOpenAiServer } from "../peers/openai-server.ts";
import { freePort } from "../peers/ports.ts";
import { binary, type Running, runBinary, startBinary } from "./binary.ts";

/** The compiled program with agents at work, on its embedded broker, against a scripted OpenAI-compatible server. */

let dir: string;
let llm: OpenAiServer;
let env: Record<string, string>;
const running: Running[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "live-"));
  llm = startOpenAiServer({ models: ["test-model"] });
  env = { HOME: dir, OPENAI_API_KEY: "sk-e2e-0123456789", OPENAI_BASE_URL: llm.url };
  for (const id of ["one", "two"]) writeFileSync(join(dir, `${id}.toml`), config(id));
  await binary();
}, 60_000);
afterEach(async () => {
  for (const program of running.splice(0)) {
    program.kill("SIGKILL");
    await program.ended;
  }
});
afterAll(async () => {
  await llm.close();
  rmSync(dir, { recursive: true });
});

const config = (id: string): string => `[agent]
id = "${id}"
description = "Number ${id}"

[llm]
provider = "openai"
model = "test-model"
system_prompt = "You are ${id}."
`;

const run = (argv: string[], more: Record<string, string> = {}) =>
  runBinary(argv, { cwd: dir, env: { ...env, ...more } });

async function start(argv: string[], more: Record<string, string> = {}): Promise<Running> {
  const program = await startBinary(argv, { cwd: dir, env: { ...env, ...more } });
  running.push(program);
  return program;
}

/** Agents on a broker of their own; resolves when they are ready. */
async function up(...argv: string[]): Promise<{ broker: string; program: Running }> {
  const program = await start(["up", ...argv, "--port", "0", "--memory", "--json"]);
  const [line] = await program.shows(/\{.*"broker".*\}/);
  return { broker: JSON.parse(line).broker, program };
}

describe("up and ask", () => {
  test("a task is answered; up ends with status 0 on SIGTERM", async () => {
    const { broker, program } = await up("one.toml");
    const { code, stdout, stderr } = await run(["ask", "one", "say hello", "--broker", broker]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "say hello\n" });
    expect(stderr).toMatch(/^one · \d+ tokens in, \d+ out · cost unknown · \d+ ms\n$/);
    program.kill("SIGTERM");
    expect((await program.ended).code).toBe(0);
  });

  test("--json gives everything to programs; MQTT_BROKER_URL names the broker", async () => {
    const { broker } = await up("one.toml");
    const { stdout } = await run(["ask", "one", "hi", "--json"], { MQTT_BROKER_URL: broker });
    expect(JSON.parse(stdout)).toMatchObject({
      agent_id: "one",
      response: "hi",
      error: null,
      usage: { llm_calls: 1, tool_calls: 0 },
    });
  });

  test("a pipeline goes through both agents, each with its instruction", async () => {
    const { broker } = await up("one.toml", "two.toml");
    llm.requests.length = 0;
    const { code, stdout } = await run([
      "ask",
      "one",
      "first",
      "--next",
      'two:"second"',
      "-b",
      broker,
      "--json",
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ agent_id: "two" });
    expect(llm.requests.map(({ body }) => body.messages.map((message) => message.content))).toEqual([
      ["You are one.", "first"],
      ["You are two.", expect.stringContaining("second")],
    ]);
  });

  test("an agent that is not there is told with those that are", async () => {
    const { broker } = await up("one.toml", "two.toml");
    const { code, stderr } = await run(["ask", "three", "x", "-b", broker]);
    expect(code).toBe(1);
    expect(stderr).toContain('error: "three" is not available');
    expect(stderr).toContain("Available: one, two.");
  });

  test("an error of the model ends with status 1", async () => {
    const { broker } = await up("one.toml");
    llm.script(() => ({ status: 400, message: "the model has no opinion" }));
    const { code, stdout, stderr } = await run(["ask", "one", "x", "-b", broker]);
    llm.script(({ body }) => ({ text: body.messages.at(-1)?.content ?? "" }));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("error: one failed: ");
    expect(stderr).toContain("(llm_error)");
  });

  test("an answer that a budget cut short is printed, and ends with status 3", async () => {
    writeFileSync(
      join(dir, "tight.toml"),
      `${config("tight")}\n[tools]\necho = "builtin"\n\n[budget]\nmax_tool_calls = 1\n`,
    );
    const { broker } = await up("tight.toml");
    llm.script(() => ({ text: "So far.", toolCalls: [{ name: "echo", arguments: { text: "again" } }] }));
    const { code, stdout, stderr } = await run(["ask", "tight", "x", "-b", broker]);
    llm.script(({ body }) => ({ text: body.messages.at(-1)?.content ?? "" }));
    expect({ code, stdout }).toEqual({ code: 3, stdout: "So far.\n" });
    expect(stderr).toContain("Stopped by the budget max_tool_calls: 1 of 1 used.");
  });

  test("Ctrl-C ends the wait with status 130, and says that the task goes on", async () => {
    const { broker } = await up("one.toml");
    llm.script(() => ({ fault: "hang" }));
    const watching = await start(["monitor", "-b", broker, "--type", "progress"]);
    await watching.shows(/Watching/);
    const asking = await start(["ask", "one", "never", "-b", broker]);
    await watching.shows(/LlmRequest/);
    asking.kill("SIGINT");
    const { code, stderr } = await asking.ended;
    llm.script(({ body }) => ({ text: body.messages.at(-1)?.content ?? "" }));
    expect(code).toBe(130);
    expect(stderr).toContain("The task goes on without you: agent2389 monitor --conversation ");
  });

  test("no answer in time ends with status 1", async () => {
    const { broker } = await up("one.toml");
    llm.script(() => ({ fault: "hang" }));
    const { code, stderr } = await run(["ask", "one", "never", "-b", broker, "--timeout", "0.3"]);
    llm.script(({ body }) => ({ text: body.messages.at(-1)?.content ?? "" }));
    expect(code).toBe(1);
    expect(stderr).toContain("error: no answer within 0.3 s");
  });
});

describe("watching", () => {
  test("agents lists them; monitor shows their messages until Ctrl-C", async () => {
    const { broker } = await up("one.toml", "two.toml");
    const { stdout } = await run(["agents", "-b", broker, "--json"]);
    expect(
      JSON.parse(stdout).map((agent: { id: string; available: boolean }) => [agent.id, agent.available]),
    ).toEqual([
      ["one", true],
      ["two", true],
    ]);
    const monitor = await start(["monitor", "-b", broker, "--json", "--agent", "one"]);
    await monitor.shows(/"type":"status"/);
    await run(["ask", "one", "hello", "-b", broker]);
    await monitor.shows(/"type":"reply".*"response":"hello"/);
    monitor.kill("SIGINT");
    const { code, stdout: seen } = await monitor.ended;
    expect(code).toBe(0);
    const types = seen
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).type);
    expect(types).toContain("input");
    expect(types).toContain("progress");
  });

  test("when the reader of the monitor goes away, it ends quietly", async () => {
    const { broker } = await up("one.toml");
    const child = Bun.spawn(["sh", "-c", '"$0" monitor -q -b "$1" | head -n 1', await binary(), broker], {
      env: { PATH: process.env["PATH"] ?? "" },
      stdout: "pipe",
      stderr: "pipe",
    });
    const { value } = await child.stdout.getReader().read();
    expect(new TextDecoder().decode(value)).toContain("available"); // its status; now `head` is gone
    await run(["ask", "one", "hello", "-b", broker]);
    expect(await child.exited).toBe(0);
    expect(await new Response(child.stderr).text()).toBe("");
  });
});

describe("run", () => {
  test("with a broker of its own: ready, healthy, doctor content, down on SIGTERM with status 0", async () => {
    const broker = await start(["broker", "--port", "0", "--dir", "broker-state", "--json"]);
    const { url } = JSON.parse((await broker.shows(/\{.*\}/))[0]);
    const port = String(await freePort());
    const settings = { MQTT_BROKER_URL: url, HEALTH_PORT: port, AGENT2389_DATA_DIR: join(dir, "data") };
    expect((await run(["healthcheck"], settings)).code).toBe(1);
    expect(await run(["doctor", "one.toml"], settings)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("✓ broker  mqtt://127.0.0.1:"),
    });
    const agent = await start(["--config", "one.toml", "run"], settings);
    await agent.shows(/"msg":"ready"/);
    expect(await run(["healthcheck"], settings)).toMatchObject({ code: 0, stdout: "ready\n" });
    const { stdout } = await run(["doctor", "one.toml"], settings);
    expect(stdout).toContain(`! port    0.0.0.0:${port} is taken: this agent runs already`);
    agent.kill("SIGTERM");
    expect((await agent.ended).code).toBe(0);
    expect(existsSync(join(dir, "data", "one", "journal.db"))).toBe(true);
    broker.kill("SIGINT");
    expect((await broker.ended).code).toBe(0);
  });

  test("waits for a broker that is not there yet", async () => {
    const port = String(await freePort());
    const agent = await start(["run", "two.toml", "--broker", `mqtt://127.0.0.1:${port}`], {
      HEALTH_PORT: "0",
    });
    await agent.shows(/no connection to the broker; trying again/);
    await start(["broker", "--port", port, "--memory"]);
    await agent.shows(/"msg":"ready"/);
  });

  test("with a key that is refused it ends with status 1 and the remedy", async () => {
    const strict = startOpenAiServer({ key: "another" });
    const { broker } = await up("two.toml");
    const { code, stderr } = await run(["run", "one.toml", "-b", broker], {
      HEALTH_PORT: "0",
      OPENAI_BASE_URL: strict.url,
    });
    await strict.close();
    expect(code).toBe(1);
    expect(stderr).toContain("refused the API key in OPENAI_API_KEY");
    expect(stderr).not.toContain(env["OPENAI_API_KEY"]!);
  });

  test("a second Ctrl-C does not wait for running tasks", async () => {
    const { broker, program } = await up("one.toml", "--log-level", "info");
    llm.script(() => ({ fault: "hang" }));
    await start(["ask", "one", "never", "-b", broker]);
    await program.shows(/"msg":"task started"/);
    program.kill("SIGINT");
    await program.shows(/"msg":"shutting down"/);
    program.kill("SIGINT");
    const { code } = await program.ended;
    llm.script(({ body }) => ({ text: body.messages.at(-1)?.content ?? "" }));
    expect(code).toBe(130);
  });
});

describe("demo", () => {
  test("from any folder, without keys: a tool is called, an answer given, nothing left", async () => {
    const folder = mkdtempSync(join(dir, "demo-"));
    const { code, stdout, stderr } = await runBinary(["demo"], {
      cwd: folder,
      env: { TMPDIR: folder, OLLAMA_HOST: "127.0.0.1:1" },
    });
    expect(code).toBe(0);
    expect(stdout).toContain("## Result");
    expect(stderr).toContain("✓ data-analyst-agent file_read done");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("Ctrl-C during the demo leaves nothing either", async () => {
    const folder = mkdtempSync(join(dir, "demo-"));
    llm.script(() => ({ fault: "hang" }));
    const demo = await startBinary(["demo"], { cwd: folder, env: { ...env, TMPDIR: folder } });
    running.push(demo);
    await demo.shows(/task {4}/);
    demo.kill("SIGINT");
    const { code } = await demo.ended;
    llm.script(({ body }) => ({ text: body.messages.at(-1)?.content ?? "" }));
    expect(code).toBe(130);
    expect(readdirSync(folder)).toEqual([]);
  });
});
