import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { type ManualClock, manualClock } from "../../test/peers/manual-clock.ts";
import { startOpenAiServer } from "../../test/peers/openai-server.ts";
import { ModelError } from "../runtime/ports/model.ts";
import { chat, collectedLog, failure, KEY, openTest } from "./testing.fixture.ts";

const first = startOpenAiServer({ models: ["a"] });
const second = startOpenAiServer({ models: ["b"] });
afterAll(async () => void (await Promise.all([first.close(), second.close()])));

let clock: ManualClock;
beforeEach(() => {
  first.requests.length = 0;
  second.requests.length = 0;
  clock = manualClock();
  clock.skip(9_000);
});

const env = { OPENAI_API_KEY: KEY, GROQ_API_KEY: KEY };
const log = collectedLog();
const open = (section: object = {}) =>
  openTest(
    first.url,
    {
      temperature: 0.3,
      fallback: [{ provider: "groq", model: "llama-3.3-70b-versatile", base_url: second.url }],
      ...section,
    },
    { clock, env, log },
  );

describe("a fallback list", () => {
  test("asks the first as long as it answers", async () => {
    first.script(() => ({ text: "one" }));
    const { reply } = await chat(await open(), "hi");
    expect(reply).toMatchObject({ text: "one", answeredBy: "openai/gpt-4o-mini" });
    expect(second.requests).toHaveLength(0);
  });

  for (const step of [
    { status: 400 },
    { status: 401 },
    { status: 404 },
    { status: 500 },
    { refusal: "no" },
  ]) {
    test(`goes on after ${JSON.stringify(step)}, priced as the one that answered`, async () => {
      first.script(() => step);
      const usage = { prompt_tokens: 1_000_000, completion_tokens: 0 };
      second.script(() => ({ text: "two", usage }));
      const { reply } = await chat(await open({ max_retries: 1 }), "hi");
      expect(reply).toMatchObject({ text: "two", answeredBy: "groq/llama-3.3-70b-versatile", cost: 0.59 });
      expect(second.requests[0]?.body["temperature"]).toBe(0.3);
    });
  }

  test("takes back what the first had said", async () => {
    first.script(() => ({ fault: "cut", text: "wrong" }));
    second.script(() => ({ text: "right" }));
    const { deltas, restarts } = await chat(await open({ max_retries: 0 }), "hi");
    expect(deltas.join("")).toBe("right");
    expect(restarts).toBe(1);
  });

  test("does not wait long for the first when there is a second", async () => {
    first.script(() => ({ status: 429, retryAfter: 30 }));
    second.script(() => ({ text: "two" }));
    expect((await chat(await open(), "hi")).reply.text).toBe("two");
    expect(first.requests).toHaveLength(1);
    expect(clock.sleeps.every((ms) => ms >= 120_000)).toBe(true);
  });

  test("asks one that refused the key last, for five minutes", async () => {
    first.script(() => ({ status: 401 }));
    second.script(() => ({ text: "two" }));
    const model = await open();
    for (const text of ["a", "b", "c"]) await chat(model, text);
    expect([first.requests.length, second.requests.length]).toEqual([1, 3]);
    await clock.advance(5 * 60_000);
    await chat(model, "d");
    expect([first.requests.length, second.requests.length]).toEqual([2, 4]);
  });

  test("asks one that wants to be left alone again when its time is over", async () => {
    first.script(() => ({ status: 429, retryAfter: 60 }));
    second.script(() => ({ text: "two" }));
    const model = await open();
    await chat(model, "a");
    await chat(model, "b");
    expect(first.requests).toHaveLength(1);
    first.script(() => ({ text: "one" }));
    await clock.advance(60_000);
    expect((await chat(model, "c")).reply.text).toBe("one");
  });

  test("asks the ones left out after all when nobody else answers", async () => {
    first.script(() => ({ status: 401 }));
    second.script(() => ({ text: "two" }));
    const model = await open();
    await chat(model, "a");
    first.script(() => ({ text: "mended" }));
    second.script(() => ({ status: 400 }));
    expect((await chat(model, "b")).reply.text).toBe("mended");
  });

  test("tells what each of them said when none answers", async () => {
    first.script(() => ({ status: 401 }));
    second.script(() => ({ status: 404, message: "no such model" }));
    const error = await failure(chat(await open(), "hi"));
    expect(error.kind).toBe("auth");
    expect(error.message).toBe(
      "no model could answer: openai/gpt-4o-mini refused the API key in OPENAI_API_KEY (401); " +
        "groq/llama-3.3-70b-versatile refused the request (404): no such model",
    );
  });

  test("an abort goes no further", async () => {
    first.script(() => ({ fault: "hang" }));
    const cancel = new AbortController();
    const call = chat(await open(), "hi", cancel.signal);
    await clock.sleeping();
    const reason = new Error("cancelled");
    cancel.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(second.requests).toHaveLength(0);
  });
});

describe("verify", () => {
  const { signal } = new AbortController();
  const verify = async (section: object = {}, deps: Parameters<typeof openTest>[2] = {}) =>
    (await openTest(first.url, section, { env, ...deps })).verify(signal);

  test("asks for the list of models, with the key, and spends nothing", async () => {
    await verify();
    expect(first.probes.at(-1)).toMatchObject({ method: "GET", path: "/v1/models" });
    expect(first.probes.at(-1)?.headers["authorization"]).toBe(`Bearer ${KEY}`);
    expect(first.requests).toHaveLength(0);
  });

  test("a key that is refused", async () => {
    const picky = startOpenAiServer({ key: "another" });
    const error = await failure((await openTest(picky.url, {}, { env })).verify(signal));
    await picky.close();
    expect(error.kind).toBe("auth");
    expect(error.message).toBe("openai/gpt-4o-mini refused the API key in OPENAI_API_KEY (401)");
  });

  test.each([
    [403, "You have insufficient permissions. Missing scopes: api.model.read", true],
    [403, "forbidden", false],
    [400, "API key not valid. Please pass a valid API key.", false],
    [404, "no such path", true],
    [500, "broken", true],
    [302, "", true],
  ])("an answer of %d %p counts as reachable: %p", async (status, body, reachable) => {
    const headers = { location: "http://127.0.0.1:1/" };
    const odd = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Response(body, { status, headers }),
    });
    const outcome = (await openTest(`http://127.0.0.1:${odd.port}/v1`, {}, { env })).verify(signal);
    await (reachable
      ? expect(outcome).resolves.toBeUndefined()
      : expect(outcome).rejects.toBeInstanceOf(ModelError));
    await odd.stop(true);
  });

  test("nobody there, or nobody who answers in 5 s", async () => {
    const gone = startOpenAiServer();
    await gone.close();
    expect((await failure((await openTest(gone.url, {}, { env })).verify(signal))).kind).toBe("network");

    clock.skip(-1);
    const silent = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Promise<Response>(() => {}),
    });
    const call = (await openTest(`http://127.0.0.1:${silent.port}/v1`, {}, { env, clock })).verify(signal);
    const outcome = failure(call);
    await clock.sleeping();
    await clock.advance(5_000);
    expect((await outcome).message).toBe("openai/gpt-4o-mini gave no answer within 5 s");
    await silent.stop(true);
  });

  test("one of several is enough, and the others are told of", async () => {
    const picky = startOpenAiServer({ key: "another" });
    const lines = collectedLog();
    const fallback = [{ provider: "groq", model: "b", base_url: first.url }];
    await (await openTest(picky.url, { fallback }, { env, log: lines })).verify(signal);
    expect(lines.lines.at(-1)).toMatchObject({
      level: "warn",
      message:
        "openai/gpt-4o-mini refused the API key in OPENAI_API_KEY (401); another model stands in for it",
    });
    const none = [{ provider: "groq", model: "b", base_url: picky.url }];
    const error = await failure((await openTest(picky.url, { fallback: none }, { env })).verify(signal));
    expect(error.message).toContain("GROQ_API_KEY");
    await picky.close();
  });

  test("a local server must have the model; Ollama's :latest may be left out", async () => {
    const local = startOpenAiServer({ models: ["llama3.2:latest"] });
    const open = (model: string) => openTest(local.url, { provider: "ollama", model }, { env });
    await (await open("llama3.2")).verify(signal);
    const error = await failure((await open("qwen3")).verify(signal));
    expect(error.message).toBe('ollama/qwen3 is not there: run "ollama pull qwen3"');
    await local.close();
  });
});
