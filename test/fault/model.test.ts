import { describe, expect, test } from "bun:test";
import { callOnce, type Script, type Step, startOpenAiServer } from "../peers/openai-server.ts";
import { freePort } from "../peers/ports.ts";
import { until } from "../peers/until.ts";
import { stage } from "./stage.ts";

/** What a sender is told when the provider of the model misbehaves, and that the agent goes on (FR-011). */

const on = stage();
const KEY = "sk-fault-0123456789abcdef";
const settings = {
  llm: 'api_key_env = "SCRIPTED_KEY"\nmax_retries = 1\ntimeout_secs = 0.4\n',
  toml: '[tools]\necho = "builtin"\n',
  env: { SCRIPTED_KEY: KEY, LOG_LEVEL: "debug" },
};

/** These steps in turn; a script that runs out answers with an error that no test expects. */
const inTurn = (...steps: Step[]): Script => steps;
const always =
  (step: Step): Script =>
  () =>
    step;

/** Sends a task while the provider plays this script, and then one that it answers as it should. */
async function playing(script: Script) {
  const agent = await on.readyAgent(settings);
  const consumer = await on.consumer(agent);
  on.llm.script(script);
  const reply = await consumer.ask("the task");
  const requests = [...on.llm.requests];
  on.llm.script(always({ text: "as it should be" }));
  expect(await consumer.ask("another")).toMatchObject({ response: "as it should be" });
  expect(await agent.readiness()).toBe(200);
  expect(agent.log() + consumer.text()).not.toContain(KEY);
  return { reply, requests, log: agent.log() };
}

describe("a failure that lasts is told to the sender as llm_error", () => {
  test.each<[string, Step, RegExp]>([
    ["500", { status: 500, message: "boom" }, /^scripted\/echo is not able to answer now \(500\): boom$/],
    ["503 with a page", { status: 503, body: "<html>busy</html>" }, /is not able to answer now \(503\)/],
    ["429", { status: 429, message: "slow down" }, /is rate limited \(429\): slow down/],
    ["429 for longer than anyone waits", { status: 429, retryAfter: 86_400 }, /is rate limited \(429\)/],
    ["no answer", { fault: "hang" }, /gave no answer within 0\.4 s/],
    ["an answer that stops half way", { fault: "stall" }, /gave no answer within 0\.4 s/],
    ["a stream that is cut short", { fault: "cut" }, /the answer of scripted\/echo was cut off/],
    ["a connection that drops", { fault: "reset" }, /cut off|cannot be reached/],
    ["an answer that is not JSON", { fault: "invalid-json" }, /bad answer from scripted\/echo/],
    ["an answer without choices", { fault: "empty-choices" }, /bad answer from|cut off/],
    ["a proxy's page", { fault: "html" }, /bad answer from|cut off/],
    [
      "a refusal with the key in it",
      { status: 400, message: `bad key ${KEY}` },
      /refused the request \(400\)/,
    ],
    ["a key that is revoked", { status: 401, message: `no: ${KEY}` }, /refused the API key in SCRIPTED_KEY/],
  ])("%s", async (_, step, message) => {
    const { reply, requests } = await playing(always(step));
    expect(reply).toMatchObject({ error: { code: "llm_error", message: expect.stringMatching(message) } });
    expect(reply.response).toBeUndefined();
    expect(requests.length).toBeLessThanOrEqual(2);
  });

  test("a request that nobody waits for any more is ended at the provider", async () => {
    const { requests } = await playing(always({ fault: "hang" }));
    await until("the provider to notice", () => requests.every(({ aborted }) => aborted));
    expect(requests).toHaveLength(2);
  });
});

describe("a failure that passes costs only time", () => {
  test.each<[string, Step]>([
    ["500", { status: 500 }],
    ["no answer", { fault: "hang" }],
    ["a stream that is cut short", { fault: "cut", text: "half an answ" }],
    ["a connection that drops", { fault: "reset", text: "half an answ" }],
    ["an answer that is not JSON", { fault: "invalid-json" }],
  ])("%s", async (_, step) => {
    const { reply } = await playing(inTurn(step, { text: "the whole answer" }));
    expect(reply).toMatchObject({ response: "the whole answer" });
  });

  test("429: the provider is left alone for as long as it asks (Retry-After)", async () => {
    const asked: number[] = [];
    const { reply } = await playing(() => {
      asked.push(performance.now());
      return asked.length === 1 ? { status: 429, headers: { "retry-after-ms": "390" } } : { text: "at last" };
    });
    expect(reply).toMatchObject({ response: "at last" });
    expect(asked[1]! - asked[0]!).toBeGreaterThanOrEqual(390);
  });

  test("with a fallback the next model answers, and is named", async () => {
    const backup = startOpenAiServer({ script: () => ({ text: "from the backup" }) });
    on.after(backup.close);
    on.llm.script(always({ status: 500 }));
    const fallback = `[[llm.fallback]]\nprovider = "backup"\nmodel = "spare"\nbase_url = "${backup.url}"\n`;
    const agent = await on.readyAgent({ llm: "max_retries = 0\n", toml: fallback });
    const consumer = await on.consumer(agent);
    expect(await consumer.ask("hello")).toMatchObject({ response: "from the backup" });
    expect(await agent.metric("agent2389_model_calls_total")).toBe(1);
  });
});

describe("what a model asks for is checked (NFR-005)", () => {
  const told = (requests: { body: { messages: { role: string; content: string | null }[] } }[]) =>
    requests.at(-1)?.body.messages.findLast(({ role }) => role === "tool")?.content;

  test.each<[string, Step, RegExp]>([
    [
      "a tool there is not",
      { toolCalls: [{ name: "format_disk" }] },
      /There is no tool "format_disk"\. The tools are: echo\./,
    ],
    [
      "arguments that are not JSON",
      { toolCalls: [{ name: "echo", arguments: '{"text": ' }] },
      /not valid JSON/,
    ],
    [
      "arguments that do not fit",
      { toolCalls: [{ name: "echo", arguments: { message: 7 } }] },
      /do not fit the tool's schema: message: expected a string, found 7/,
    ],
  ])("%s: the model reads what was wrong, and the task goes on", async (_, step, problem) => {
    const { reply, requests } = await playing(inTurn(step, { text: "I see" }));
    expect(told(requests)).toMatch(problem);
    expect(reply).toMatchObject({ response: "I see", usage: { llm_calls: 2, tool_calls: 1 } });
  });

  test("a call that is right is made, several in one turn as well", async () => {
    const calls = ["one", "two"].map((text) => ({ name: "echo", id: text, arguments: { message: text } }));
    const { requests } = await playing(inTurn({ toolCalls: calls }, { text: "done" }));
    const results = requests[1]!.body.messages.filter(({ role }) => role === "tool");
    expect(results.map(({ content, tool_call_id }) => [tool_call_id, content])).toEqual([
      ["one", "one"],
      ["two", "two"],
    ]);
  });

  test("a model that never stops calling tools is ended by the budget, which is named", async () => {
    on.llm.script(always({ toolCalls: [{ name: "echo", arguments: { message: "again" } }] }));
    const agent = await on.readyAgent({
      ...settings,
      toml: `${settings.toml}[budget]\nmax_tool_calls = 3\n`,
    });
    const consumer = await on.consumer(agent);
    expect(await consumer.ask("go")).toMatchObject({
      response: "again\n\nagain\n\nagain",
      budget: { name: "max_tool_calls", limit: 3, used: 3 },
    });
    on.llm.script(callOnce("echo", { message: "hi" }));
    expect(await consumer.ask("go on")).toMatchObject({ response: "the tool said: hi" });
  });
});

describe("at start (FR-002)", () => {
  test("a provider that is down: unready, says why, and takes tasks when it is there", async () => {
    const port = await freePort();
    const agent = await on.agent({ llmUrl: `http://127.0.0.1:${port}/v1` });
    await agent.logged(/the model cannot be reached; trying again/);
    expect(await agent.readiness()).toBe(503);
    const { checks } = await agent.health();
    expect(checks.llm).toEqual({
      status: "unhealthy",
      message: "scripted/echo cannot be reached (ECONNREFUSED)",
    });
    const consumer = await on.consumer(agent);
    const asked = consumer.ask("are you there?");
    const provider = startOpenAiServer({ port });
    on.after(provider.close);
    await agent.ready();
    expect(await asked).toMatchObject({ response: "are you there?" });
    expect((await agent.health()).checks.llm).toEqual({ status: "healthy" });
  });

  test("a key that is refused: status 1, and a message that names the variable, not the key", async () => {
    const provider = startOpenAiServer({ key: "another" });
    on.after(provider.close);
    const agent = await on.agent({ ...settings, llmUrl: provider.url });
    expect(await agent.ended).toBe(1);
    expect(agent.log()).toContain("scripted/echo refused the API key in SCRIPTED_KEY (401)");
    expect(agent.log()).not.toContain(KEY);
  });

  test("a key that is missing: status 1, with both remedies", async () => {
    const agent = await on.agent({ llm: settings.llm });
    expect(await agent.ended).toBe(1);
    expect(agent.log()).toContain("the environment variable SCRIPTED_KEY is not set");
  });
});
