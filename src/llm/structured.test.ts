import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { startOpenAiServer } from "../../test/peers/openai-server.ts";
import { isStrict } from "./openai/wire.ts";
import { asking, chat, collectedLog, failure, KEY, openTest, WEATHER } from "./testing.fixture.ts";

const server = startOpenAiServer();
afterAll(server.close);
beforeEach(() => {
  server.requests.length = 0;
});
const sent = () => server.requests.at(-1)!.body;

const schema = {
  type: "object",
  properties: { verdict: { type: "string" } },
  required: ["verdict"],
  additionalProperties: false,
};
const request = asking("judge", { output: { name: "judgement", schema } });
const withTools = { ...request, tools: [WEATHER] };
const answer = '{"verdict":"good"}';

const env = { OPENAI_API_KEY: KEY, ANTHROPIC_API_KEY: KEY, GEMINI_API_KEY: KEY, GROQ_API_KEY: KEY };
const open = (provider = "openai", section: object = {}) =>
  openTest(server.url, { provider, ...section }, { env });

describe("structured output", () => {
  test("is a strict response_format where the provider has it", async () => {
    server.script([{ text: answer }]);
    const { reply } = await chat(await open(), request);
    expect(reply.text).toBe(answer);
    expect<unknown>(sent()["response_format"]).toEqual({
      type: "json_schema",
      json_schema: { name: "judgement", schema, strict: true },
    });
  });

  test("is not called strict when the schema does not keep to the rules", async () => {
    server.script([{ text: "{}" }]);
    await chat(
      await open(),
      asking("x", { output: { name: "n", schema: { type: "object", properties: { a: {} } } } }),
    );
    expect(sent()["response_format"]).toMatchObject({ json_schema: { strict: false } });
  });

  test("is a tool that must be called where response_format is ignored", async () => {
    server.script([{ toolCalls: [{ name: "judgement", arguments: answer }] }]);
    const { reply, deltas } = await chat(await open("anthropic"), request);
    expect(reply).toMatchObject({ text: answer, toolCalls: [] });
    expect(deltas.join("")).toBe(answer);
    expect(sent()["response_format"]).toBeUndefined();
    expect(sent()["tool_choice"]).toEqual({ type: "function", function: { name: "judgement" } });
    expect(sent().tools?.map((tool) => tool.function.name)).toEqual(["judgement"]);
  });

  test("beside other tools: those are run first, whatever else was called", async () => {
    const model = await open("anthropic");
    const other = { name: "weather", arguments: { city: "Paris" } };
    server.script([{ toolCalls: [other, { name: "judgement", arguments: answer }] }]);
    const first = await chat(model, withTools);
    expect(sent()["tool_choice"]).toBe("required");
    expect(first.reply.toolCalls.map(({ name }) => name)).toEqual(["weather"]);
    server.script([{ toolCalls: [{ name: "judgement", arguments: answer }] }]);
    expect((await chat(model, withTools)).reply).toMatchObject({ text: answer, toolCalls: [] });
  });

  test("a tool of the same name is not mistaken for the answer", async () => {
    server.script([{ toolCalls: [{ name: "judgement", arguments: "{}" }] }]);
    const tools = [{ ...WEATHER, name: "judgement" }];
    const { reply } = await chat(await open("anthropic"), { ...request, tools });
    expect(sent().tools?.map((tool) => tool.function.name)).toEqual(["judgement", "judgement_answer"]);
    expect(reply.toolCalls.map(({ name }) => name)).toEqual(["judgement"]);
  });

  test("a code fence around it is taken off", async () => {
    server.script([{ text: `\`\`\`json\n${answer}\n\`\`\`` }]);
    expect((await chat(await open(), request)).reply.text).toBe(answer);
  });

  test("what is no JSON is asked for again, and is an error in the end", async () => {
    const model = await open("openai", { max_retries: 0 });
    server.script([{ text: "I think it is good" }]);
    const error = await failure(chat(model, request));
    expect(error.kind).toBe("bad_response");
    expect(error.message).toBe("bad answer from openai/gpt-4o-mini: it is not the JSON that was asked for");
  });

  test("a half-written one is handed on, marked as truncated", async () => {
    server.script([{ text: '{"verd', finish: "length" }]);
    expect((await chat(await open(), request)).reply).toMatchObject({ text: '{"verd', truncated: true });
  });
});

describe("what a refusal teaches", () => {
  const refuses = (message: string) => ({ status: 400, message });

  const cases: [string, string, object, (body: Record<string, unknown>) => unknown, unknown][] = [
    [
      "max_completion_tokens instead of max_tokens",
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      { provider: "groq", max_tokens: 5 },
      (body) => [body["max_tokens"], body["max_completion_tokens"]],
      [undefined, 5],
    ],
    [
      "max_tokens instead of max_completion_tokens",
      "Unrecognized request argument supplied: max_completion_tokens",
      { provider: "openai", max_tokens: 5 },
      (body) => [body["max_tokens"], body["max_completion_tokens"]],
      [5, undefined],
    ],
    [
      "no temperature",
      "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
      { provider: "openai", temperature: 0.2 },
      (body) => body["temperature"],
      undefined,
    ],
    [
      "no stream_options",
      "Extra inputs are not permitted: stream_options",
      { provider: "gemini" },
      (body) => body["stream_options"],
      undefined,
    ],
  ];

  for (const [what, message, section, look, expected] of cases) {
    test(what, async () => {
      const log = collectedLog();
      const model = await openTest(server.url, section, { env, log });
      server.script([refuses(message), { text: "ok" }, { text: "ok" }]);
      await chat(model, "hi");
      await chat(model, "again");
      expect(server.requests).toHaveLength(3); // learned once, kept
      expect(look(server.requests[1]!.body)).toEqual(expected);
      expect(look(server.requests[2]!.body)).toEqual(expected);
      expect(log.lines.filter(({ message: line }) => line.endsWith("asking again"))).toHaveLength(1);
    });
  }

  test("structured output as a tool call", async () => {
    server.script([
      refuses("This model does not support response format `json_schema`."),
      { toolCalls: [{ name: "judgement", arguments: answer }] },
    ]);
    expect((await chat(await open("groq"), request)).reply.text).toBe(answer);
  });

  test("calls under way at the same time all profit from it", async () => {
    const model = await open("openai", { temperature: 0.2 });
    server.script(({ body }) =>
      body["temperature"] === undefined ? { text: "ok" } : refuses("Unsupported value: 'temperature'"),
    );
    const heard = await Promise.all(Array.from({ length: 6 }, () => chat(model, "hi")));
    expect(heard.map(({ reply }) => reply.text)).toEqual(Array(6).fill("ok"));
  });

  test("two complaints that contradict each other end in an error, not in a circle", async () => {
    const model = await open("openai", { max_tokens: 5 });
    server.script(() => refuses("unsupported: max_completion_tokens"));
    const error = await failure(chat(model, "hi"));
    expect(error.kind).toBe("bad_request");
    expect(server.requests.length).toBeLessThanOrEqual(3);
  });

  test("a value that is too large teaches nothing", async () => {
    server.script([
      refuses("max_completion_tokens is too large: 99999. This model supports at most 16384 tokens"),
    ]);
    const error = await failure(chat(await open("openai", { max_tokens: 99_999 }), "hi"));
    expect(error.message).toContain("is too large: 99999");
    expect(server.requests).toHaveLength(1);
  });
});

describe("strict mode's rules", () => {
  const ok = schema;
  test.each([
    [true, ok],
    [true, { type: "object", properties: {}, additionalProperties: false }],
    [true, { ...ok, properties: { verdict: { anyOf: [{ type: "string" }, ok] } } }],
    [true, { ...ok, properties: { verdict: { type: "array", items: ok } }, $defs: { a: ok } }],
    [false, { ...ok, additionalProperties: true }],
    [false, { ...ok, required: [] }],
    [false, { ...ok, properties: { verdict: { type: "array", items: { type: "object" } } } }],
    [false, { ...ok, $defs: { a: { type: "object", properties: { b: {} } } } }],
  ])("%p: %j", (expected, candidate) => {
    expect(isStrict(candidate)).toBe(expected);
  });
});
