import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { manualClock } from "../../../test/peers/manual-clock.ts";
import { startOpenAiServer } from "../../../test/peers/openai-server.ts";
import { asking, chat, collectedLog, failure, KEY, openTest, WEATHER } from "../testing.fixture.ts";

const server = startOpenAiServer({ models: ["gpt-4o-mini"] });
afterAll(server.close);
beforeEach(() => {
  server.requests.length = 0;
});

const open = (section: object = {}, deps: Parameters<typeof openTest>[2] = {}) =>
  openTest(server.url, section, deps);
const sent = () => server.requests.at(-1)!;

describe("a request on the wire", () => {
  test("carries model, messages, sampling and the key, and nothing of the process's environment", async () => {
    const model = await open({ temperature: 0.5, max_tokens: 77 });
    await chat(
      model,
      asking("hi", {
        messages: [
          { role: "system", content: "be brief" },
          { role: "user", content: "hi" },
        ],
      }),
    );
    const { stream, stream_options, ...body } = sent().body;
    expect<unknown>(body).toEqual({
      model: "gpt-4o-mini",
      messages: [
        { role: "system", content: "be brief" },
        { role: "user", content: "hi" },
      ],
      temperature: 0.5,
      max_completion_tokens: 77,
    });
    expect<unknown>({ stream, stream_options }).toEqual({
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(sent().path).toBe("/v1/chat/completions");
    expect(sent().headers["authorization"]).toBe(`Bearer ${KEY}`);
    expect(sent().headers["openai-organization"]).toBeUndefined();
    expect(sent().headers["openai-project"]).toBeUndefined();
  });

  test("carries tools, and the calls and results of earlier turns", async () => {
    const model = await open();
    await chat(model, {
      tools: [
        {
          ...WEATHER,
          parameters: { $schema: "https://json-schema.org/draft/2020-12/schema", ...WEATHER.parameters },
        },
      ],
      messages: [
        { role: "user", content: "weather?" },
        {
          role: "assistant",
          content: "",
          toolCalls: [
            { id: "a", name: "weather", arguments: '{"city":"Paris"}' },
            { id: "b", name: "weather", arguments: '{"city":' },
          ],
        },
        { role: "tool", toolCallId: "a", content: "sunny" },
        { role: "tool", toolCallId: "b", content: "unreadable" },
      ],
    });
    const call = (id: string, args: string) => ({
      id,
      type: "function",
      function: { name: "weather", arguments: args },
    });
    expect<unknown>(sent().body.messages.slice(1)).toEqual([
      // Arguments that are no object would make many servers refuse the whole conversation.
      {
        role: "assistant",
        content: null,
        tool_calls: [call("a", '{"city":"Paris"}'), call("b", '{"unreadable_arguments":"{\\"city\\":"}')],
      },
      { role: "tool", tool_call_id: "a", content: "sunny" },
      { role: "tool", tool_call_id: "b", content: "unreadable" },
    ]);
    expect<unknown>(sent().body.tools).toEqual([
      {
        type: "function",
        function: { name: "weather", description: WEATHER.description, parameters: WEATHER.parameters },
      },
    ]);
  });

  test("a model that reasons gets max_completion_tokens and no temperature", async () => {
    const model = await open(
      { provider: "azure", model: "o3-mini", temperature: 0.2, max_tokens: 9 },
      {
        env: { AZURE_OPENAI_API_KEY: KEY },
      },
    );
    await chat(model, "hi");
    expect(sent().body["temperature"]).toBeUndefined();
    expect(sent().body["max_tokens"]).toBeUndefined();
    expect(sent().body["max_completion_tokens"]).toBe(9);
  });

  test("Azure gets its deployment path, api-version and api-key header", async () => {
    const env = { AZURE_OPENAI_API_KEY: KEY, AZURE_OPENAI_ENDPOINT: server.url.replace("/v1", "") };
    const model = await open({ provider: "azure", model: "my deployment", base_url: undefined }, { env });
    await chat(model, "hi");
    await model.verify(new AbortController().signal);
    expect(sent().path).toBe("/openai/deployments/my%20deployment/chat/completions");
    expect(sent().query).toEqual({ "api-version": "2024-10-21" });
    expect(sent().headers["api-key"]).toBe(KEY);
    expect(sent().headers["authorization"]).toBeUndefined();
    expect(server.probes.at(-1)?.path).toBe("/openai/models");
  });

  test("a local server without a key gets none, not even the SDK's", async () => {
    await chat(await open({ provider: "vllm", model: "m" }, { env: { OPENAI_API_KEY: KEY } }), "hi");
    expect(sent().headers["authorization"]).toBeUndefined();
  });

  test("OpenRouter is asked for the cost, and its figure is taken", async () => {
    server.script([{ text: "x", usage: { prompt_tokens: 10, completion_tokens: 1, cost: 0.0123 } }]);
    const model = await open(
      { provider: "openrouter", model: "some/model" },
      { env: { OPENROUTER_API_KEY: KEY } },
    );
    const { reply } = await chat(model, "hi");
    expect(sent().body["usage"]).toEqual({ include: true });
    expect(reply.cost).toBe(0.0123);
  });
});

describe("an answer", () => {
  for (const stream of [true, false]) {
    describe(stream ? "streamed" : "in one piece", () => {
      test("text, usage, cost, without the reasoning", async () => {
        const usage = {
          prompt_tokens: 10,
          completion_tokens: 5,
          prompt_tokens_details: { cached_tokens: 4 },
        };
        server.script([{ text: "<think>so</think> it is", reasoning: "hidden", usage }]);
        const { reply, deltas } = await chat(await open({ stream }), "hi");
        expect(reply).toEqual({
          text: "<think>so</think> it is",
          toolCalls: [],
          usage: { inputTokens: 10, cachedInputTokens: 4, outputTokens: 5 },
          cost: (6 * 0.15 + 4 * 0.075 + 5 * 0.6) / 1e6,
          answeredBy: "openai/gpt-4o-mini",
          truncated: false,
        });
        expect(deltas.join("")).toBe(reply.text);
      });

      test("cut off by the token limit: truncated, and a half-written call is dropped", async () => {
        const whole = { name: "weather", arguments: { city: "Paris" } };
        server.script([
          { text: "half a sen", finish: "length" },
          { toolCalls: [whole, { name: "weather", arguments: '{"city":"Ro' }], finish: "length" },
        ]);
        const model = await open({ stream });
        expect((await chat(model, "hi")).reply).toMatchObject({ text: "half a sen", truncated: true });
        const { reply } = await chat(model, asking("hi", { tools: [WEATHER] }));
        expect(reply.truncated).toBe(true);
        expect(reply.toolCalls.map(({ arguments: args }) => args)).toEqual(['{"city":"Paris"}']);
      });

      test("arguments are handed on as written, be they broken; none at all means {}", async () => {
        const calls = [
          { name: "weather", arguments: "{oops" },
          { name: "weather", arguments: "" },
        ];
        server.script([{ toolCalls: calls }]);
        const { reply } = await chat(await open({ stream }), asking("hi", { tools: [WEATHER] }));
        expect(reply.toolCalls.map(({ arguments: args }) => args)).toEqual(["{oops", "{}"]);
      });

      test("no usage reported: tokens 0, cost unknown, and one warning", async () => {
        server.script([
          { text: "a", usage: null },
          { text: "b", usage: null },
        ]);
        const log = collectedLog();
        const model = await open({ stream }, { log });
        const replies = [await chat(model, "x"), await chat(model, "y")];
        expect(replies.map(({ reply }) => [reply.usage.inputTokens, reply.cost])).toEqual([
          [0, undefined],
          [0, undefined],
        ]);
        expect(log.lines.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([
          "the provider reports no token usage: tokens count as 0 and the cost is unknown",
        ]);
      });

      test("a model of one's own costs nothing, whatever it reports", async () => {
        server.script([{ text: "a", usage: null }, { text: "b" }]);
        const model = await open({ stream, provider: "vllm", model: "m" });
        expect([await chat(model, "x"), await chat(model, "y")].map(({ reply }) => reply.cost)).toEqual([
          0, 0,
        ]);
      });

      test("a refusal and a content filter are errors that are not tried again", async () => {
        const model = await open({ stream });
        server.script([{ refusal: "I will not help with that" }]);
        const declined = await failure(chat(model, "hi"));
        expect(declined.kind).toBe("bad_response");
        expect(declined.message).toBe("openai/gpt-4o-mini declined to answer: I will not help with that");
        server.script([{ text: "part", finish: "content_filter" }]);
        expect((await failure(chat(model, "hi"))).message).toContain("content filter");
        expect(server.requests).toHaveLength(2);
      });
    });
  }

  test("a server that does not stream although asked to is understood at once", async () => {
    const body = JSON.stringify({ choices: [{ message: { content: "whole" }, finish_reason: "stop" }] });
    server.script([{ raw: body, contentType: "application/json; charset=utf-8" }]);
    const { reply } = await chat(await open(), "hi");
    expect(reply.text).toBe("whole");
    expect(server.requests).toHaveLength(1);
  });

  test("an answer that is complete counts, though the connection broke before the usage", async () => {
    const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`;
    const done = event({ choices: [{ delta: { content: "all of it" }, finish_reason: "stop" }] });
    server.script([{ raw: `${done}data: {"choices":[{"del` }]);
    const { reply } = await chat(await open(), "hi");
    expect(reply.text).toBe("all of it");
    expect(reply.cost).toBeUndefined();
  });

  test("ids are made unique within the conversation", async () => {
    server.script([
      {
        toolCalls: [
          { id: "x", name: "weather" },
          { id: "x", name: "weather" },
        ],
      },
    ]);
    const { reply } = await chat(await open(), {
      tools: [WEATHER],
      messages: [
        { role: "user", content: "?" },
        { role: "assistant", content: "", toolCalls: [{ id: "x", name: "weather", arguments: "{}" }] },
        { role: "tool", toolCallId: "x", content: "sunny" },
      ],
    });
    expect(reply.toolCalls.map(({ id }) => id)).toEqual(["x_2", "x_3"]);
  });

  test("a time-out of a silent stream counts from its last piece", async () => {
    server.script([{ fault: "stall", text: "first" }]);
    const clock = manualClock();
    const model = await open({ timeout_secs: 30, max_retries: 0 }, { clock });
    const heard: string[] = [];
    const first = Promise.withResolvers<void>();
    const call = model.chat(asking("hi"), {
      signal: new AbortController().signal,
      onDelta: (text) => {
        heard.push(text);
        first.resolve();
      },
      onRestart: () => heard.push("(restart)"),
    });
    const ended = failure(call);
    await first.promise;
    await clock.advance(29_999);
    expect(server.requests[0]!.aborted).toBe(false);
    await clock.advance(1);
    const error = await ended;
    expect(error.kind).toBe("timeout");
    expect(error.message).toBe("openai/gpt-4o-mini gave no answer within 30 s");
    expect(heard).toEqual(["first", "(restart)"]);
  });

  test("a call that is aborted rejects with the reason, and the provider is told", async () => {
    server.script([{ fault: "hang" }]);
    const cancel = new AbortController();
    const call = chat(await open(), "hi", cancel.signal);
    while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const reason = new Error("cancelled");
    cancel.abort(reason);
    await expect(call).rejects.toBe(reason);
    while (!server.requests[0]!.aborted) await new Promise((resolve) => setImmediate(resolve));
  });
});
