import { afterEach, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { recordDemo } from "../../../scripts/record-demo.ts";
import { type OpenAiServer, type Script, startOpenAiServer } from "../../../test/peers/openai-server.ts";
import { capture, runCli, type TestWorld } from "../framework/testing.fixture.ts";
import { programNamed } from "../index.ts";
import { services } from "../services.ts";
import transcript from "./transcript.jsonl" with { type: "text" };

const noOllama = { ...services, detectOllama: async () => undefined };
const demo = (argv: string[] = [], world: TestWorld = {}) =>
  runCli(programNamed("agent2389"), ["demo", ...argv], { services: noOllama, ...world });

const servers: OpenAiServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

function server(script: Script, options: { key?: string; models?: string[] } = {}): OpenAiServer {
  const started = startOpenAiServer({ script, ...options });
  servers.push(started);
  return started;
}

const leftBehind = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("agent2389-demo-"));

describe("without a model", () => {
  test("the agent works from the recording: it says so, calls its tool, answers, and leaves nothing", async () => {
    const before = leftBehind();
    const { code, stdout, stderr } = await demo();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^## Result\n`version` takes [\d.]+ times as long as `empty`/);
    expect(stderr.replace(/\s+/g, " ")).toContain(
      "a recording: no LLM key is set, and no Ollama runs here. What the model says,",
    );
    expect(stderr).toContain("→ data-analyst-agent calling file_read\n✓ data-analyst-agent file_read done (");
    expect(stderr).toMatch(/data-analyst-agent · [\d,]+ tokens in, \d+ out · .*1 tool call/);
    expect(stderr).toContain("agent2389 new basic my-agent -o my-agent.toml");
    expect(leftBehind()).toEqual(before);
  });

  test("on a terminal the text stands once, in the order in which it was written", async () => {
    const screen = capture({ isTTY: true, columns: 200 });
    await demo([], { stdout: screen, stderr: screen });
    const text = Bun.stripANSI(screen.text).replace(/\r[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] [^\n\r]*/g, "");
    expect(text.match(/## Result/g)).toHaveLength(1);
    expect(text).toMatch(/I read startup\.csv first\.\s+→ data-analyst-agent calling file_read/);
  });

  test("--json is the answer for programs, --quiet the answer alone", async () => {
    const json = await demo(["--json"]);
    expect(json.stderr).toBe("");
    expect(JSON.parse(json.stdout)).toMatchObject({
      agent_id: "data-analyst-agent",
      recorded: true,
      error: null,
    });
    expect(await demo(["--quiet"])).toMatchObject({
      stderr: "",
      stdout: expect.stringMatching(/^## Result/),
    });
  });

  test("variables of the machine lead it nowhere else", async () => {
    const env = {
      DATA_DIR: "/nowhere",
      OUTPUT_DIR: "/nowhere",
      MQTT_BROKER_URL: "mqtt://nowhere",
      HEALTH_PORT: "1",
    };
    expect((await demo([], { env })).code).toBe(0);
  });
});

describe("with a model", () => {
  const readsThenAnswers: Script = ({ body }) =>
    body.messages.at(-1)?.role === "tool"
      ? { text: `The file begins: ${String(body.messages.at(-1)?.content).slice(0, 40)}` }
      : { toolCalls: [{ name: "file_read", arguments: { path: "startup.csv" } }] };

  test("of a key in the environment, that model answers", async () => {
    const { url } = server(readsThenAnswers, { key: "sk-demo-0123456789" });
    const env = { OPENAI_API_KEY: "sk-demo-0123456789", OPENAI_BASE_URL: url };
    const { code, stdout, stderr } = await demo([], { env });
    expect(code).toBe(0);
    expect(stderr).toContain("openai/gpt-5.4-mini (OPENAI_API_KEY)\n");
    expect(stdout).toContain("program,run,milliseconds");
  });

  test("a key that is refused is told, and the recording plays", async () => {
    const { url } = server(readsThenAnswers, { key: "another" });
    const env = { OPENAI_API_KEY: "sk-demo-0123456789", OPENAI_BASE_URL: url };
    const { code, stdout, stderr } = await demo([], { env });
    expect(code).toBe(0);
    expect(stderr).toContain("a recording: openai/gpt-5.4-mini cannot be used: ");
    expect(stderr).not.toContain(env.OPENAI_API_KEY);
    expect(stdout).toStartWith("## Result");
  });

  test("of an Ollama on this machine, its first model answers", async () => {
    const { url } = server(readsThenAnswers, { models: ["qwen3:4b"] });
    const env = { OLLAMA_HOST: url.replace("/v1", "") };
    const { code, stderr } = await demo([], { env, services });
    expect(code).toBe(0);
    expect(stderr).toContain("ollama/qwen3:4b (Ollama on this machine)\n");
  });

  test("LLM_PROVIDER and LLM_MODEL come first", async () => {
    const { url } = server(readsThenAnswers);
    const env = {
      OPENAI_API_KEY: "x",
      OPENAI_BASE_URL: url,
      LLM_PROVIDER: "openai",
      LLM_MODEL: "test-model",
    };
    expect((await demo([], { env })).stderr).toContain("openai/test-model (LLM_PROVIDER and LLM_MODEL)\n");
  });

  test("an error of the model ends with status 1", async () => {
    const { url } = server(() => ({ status: 400, message: "no such thing" }));
    const { code, stderr } = await demo([], { env: { OPENAI_API_KEY: "x", OPENAI_BASE_URL: url } });
    expect(code).toBe(1);
    expect(stderr).toContain("error: data-analyst-agent failed: ");
  });
});

test("the recording is that of today's agent, prompt, tools and data (else run: bun scripts/record-demo.ts)", async () => {
  const withoutTime = (text: string) =>
    text
      .trim()
      .split("\n")
      .map((line) => ({ ...JSON.parse(line), at: undefined }));
  expect(withoutTime(await recordDemo())).toEqual(withoutTime(transcript));
});
