import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { manualClock } from "../../../test/peers/manual-clock.ts";
import { startOpenAiServer } from "../../../test/peers/openai-server.ts";
import { ExpectedError } from "../../base/errors.ts";
import { redactor } from "../../base/redact.ts";
import type { ChatRequest } from "../../runtime/ports/model.ts";
import { asking, chat, collectedLog, failure, KEY, openTest, WEATHER } from "../testing.fixture.ts";
import { canonical, requestKey } from "./canonical.ts";
import { parseTranscript } from "./transcript.ts";

const server = startOpenAiServer();
afterAll(server.close);

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "transcript-"));
  file = join(folder, "deep", "t.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

const clock = manualClock(Date.UTC(2026, 10, 21));
const record = (section: object = {}, deps: object = {}) =>
  openTest(server.url, section, { record: file, clock, ...deps });
const replay = (section: object = {}, deps: object = {}) =>
  openTest(server.url, { provider: "replay", transcript: file, ...section }, { env: {}, ...deps });
const lines = async () =>
  (await readFile(file, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("a recording", () => {
  test("is one readable line for each exchange", async () => {
    const usage = { prompt_tokens: 9, completion_tokens: 2 };
    server.script([{ text: "one two", usage }]);
    const model = await record({ temperature: 0.4, max_tokens: 50 });
    await chat(model, asking("hi", { tools: [WEATHER] }));
    const [line] = await lines();
    expect(line).toEqual({
      v: 1,
      key: expect.stringMatching(/^[0-9a-f]{64}$/),
      model: "openai/gpt-4o-mini",
      request: {
        model: "gpt-4o-mini",
        temperature: 0.4,
        max_tokens: 50,
        messages: [{ role: "user", content: "hi" }],
        tools: [WEATHER],
      },
      reply: {
        text: "one two",
        toolCalls: [],
        usage: { inputTokens: 9, cachedInputTokens: 0, outputTokens: 2 },
        cost: (9 * 0.15 + 2 * 0.6) / 1e6,
        answeredBy: "openai/gpt-4o-mini",
        truncated: false,
      },
      deltas: ["one ", "two"],
      at: "2026-11-21T00:00:00.000Z",
    });
  });

  test("goes on at the end of the file, after a line that was cut off", async () => {
    server.script([{ text: "a" }, { text: "b" }]);
    await chat(await record(), "first");
    await writeFile(file, '{"v":1,"requ', { flag: "a" });
    await chat(await record(), "second");
    const text = await readFile(file, "utf8");
    expect(text.split("\n")[1]).toBe('{"v":1,"requ');
    expect(() => parseTranscript(text, "t")).toThrow(ExpectedError);
    await writeFile(file, text.replace('{"v":1,"requ\n', ""));
    expect((await lines()).map(({ reply }) => reply.text)).toEqual(["a", "b"]);
  });

  test("of text that was taken back holds only what counts", async () => {
    server.script([{ fault: "cut", text: "wrong" }, { text: "the right one" }]);
    clock.skip(5_000);
    await chat(await record(), "hi");
    expect((await lines())[0].deltas).toEqual(["the ", "right ", "one"]);
  });

  test("does not hold what failed", async () => {
    server.script([{ status: 400 }, { text: "ok" }]);
    const model = await record();
    await failure(chat(model, "hi"));
    await chat(model, "hi");
    expect(await lines()).toHaveLength(1);
  });

  test("may be shared by several recorders at once", async () => {
    server.script(({ body }) => ({ text: `re: ${body.messages[0]?.content}` }));
    const models = await Promise.all([record(), record(), record()]);
    await Promise.all(Array.from({ length: 30 }, (_, i) => chat(models[i % 3]!, `n${i}`)));
    expect(new Set((await lines()).map(({ reply }) => reply.text)).size).toBe(30);
  });

  test("holds no secret: not from the request, the answer, the arguments, nor across two pieces", async () => {
    const secret = "hunter2-hunter2";
    server.script([
      {
        text: `the key is ${secret}`,
        chunks: ["the key is hunter2", "-hunter2"],
        toolCalls: [{ name: "weather", arguments: { token: KEY } }],
      },
    ]);
    const model = await record({}, { redact: redactor([secret]) });
    const { reply } = await chat(
      model,
      asking(`my password is ${secret}, my key ${KEY}`, { tools: [WEATHER] }),
    );
    expect(reply.text).toBe(`the key is ${secret}`); // the recording changes nothing of the answer itself
    const text = await readFile(file, "utf8");
    expect(text).not.toContain("hunter2");
    expect(text).not.toContain(KEY);
    expect((await lines())[0].deltas).toEqual(["the key is [redacted]"]);
  });

  test("to a place that cannot be written to is told before anything is asked", async () => {
    await writeFile(join(folder, "file"), "");
    const outcome = openTest(server.url, {}, { record: join(folder, "file", "t.jsonl") });
    await expect(outcome).rejects.toMatchObject({ where: join(folder, "file", "t.jsonl") });
    await expect(outcome).rejects.toBeInstanceOf(ExpectedError);
  });

  test("that fails later is logged, and the answer stands", async () => {
    server.script([{ text: "paid for" }]);
    const log = collectedLog();
    const model = await record({}, { log });
    await rm(join(folder, "deep"), { recursive: true });
    expect((await chat(model, "hi")).reply.text).toBe("paid for");
    expect(log.lines.at(-1)).toMatchObject({ level: "error" });
    expect(log.lines.at(-1)?.message).toStartWith("an exchange could not be recorded");
  });
});

describe("a replay", () => {
  test("gives what was recorded, pieces included, without key or network", async () => {
    server.script([
      { text: "one two three" },
      { toolCalls: [{ name: "weather", arguments: { city: "Paris" } }] },
    ]);
    const recorder = await record();
    const recorded = [await chat(recorder, "a"), await chat(recorder, asking("b", { tools: [WEATHER] }))];
    const asked = server.requests.length;
    const model = await replay();
    const replayed = [await chat(model, "a"), await chat(model, asking("b", { tools: [WEATHER] }))];
    for (const [i, { reply, deltas }] of replayed.entries()) {
      expect(deltas).toEqual(recorded[i]!.deltas);
      expect(reply).toEqual({ ...recorded[i]!.reply, answeredBy: "replay/gpt-4o-mini" });
    }
    expect(server.requests).toHaveLength(asked);
  });

  test("of the same request asked twice keeps the order, then begins anew", async () => {
    server.script([{ text: "first" }, { text: "second" }]);
    const recorder = await record();
    for (let i = 0; i < 2; i += 1) await chat(recorder, "again");
    const model = await replay();
    const texts = [];
    for (let i = 0; i < 5; i += 1) texts.push((await chat(model, "again")).reply.text);
    expect(texts).toEqual(["first", "second", "first", "second", "first"]);
  });

  test("finds a request although secrets in it were masked, and other secrets are there now", async () => {
    const redact = redactor(["old-password"]);
    server.script([{ text: "you told me old-password" }, { text: "done" }]);
    const recorder = await record({}, { redact });
    const turn = (password: string, said: string): ChatRequest => ({
      tools: [],
      messages: [
        { role: "user", content: `it is ${password}` },
        { role: "assistant", content: said },
        { role: "user", content: "go on" },
      ],
    });
    const { reply } = await chat(recorder, "it is old-password");
    await chat(recorder, turn("old-password", reply.text));
    const model = await replay({}, { redact: redactor(["new-password"]) });
    const first = await chat(model, "it is new-password");
    expect(first.reply.text).toBe("you told me [redacted]");
    expect((await chat(model, turn("new-password", first.reply.text))).reply.text).toBe("done");
  });

  test("from a transcript that is part of the program", async () => {
    const demo =
      '{"v":1,"request":{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]},"reply":{"text":"by hand"}}';
    const model = await replay({ transcript: "demo" }, { embedded: { demo } });
    const { reply, deltas } = await chat(model, "hi");
    expect(reply).toMatchObject({ text: "by hand", toolCalls: [], cost: undefined });
    expect(deltas).toEqual(["by hand"]);
  });

  test("never makes up an answer: what differs and how to record it is told", async () => {
    server.script([{ text: "x" }, { text: "y" }]);
    const recorder = await record();
    await chat(recorder, "What is the capital of France, as of today?");
    await chat(recorder, asking("another", { tools: [WEATHER] }));
    const model = await replay();
    const error = await failure(chat(model, "What is the capital of Spain, as of today?"));
    expect(error.kind).toBe("not_recorded");
    expect(error.message).toBe(
      "t.jsonl has no answer to this request (1 message); the nearest recorded request differs in messages[0].content: " +
        'recorded "…the capital of France, as of today?", asked "…the capital of Spain, as of today?". ' +
        "Record it with a real provider: run --record t.jsonl.",
    );
    const tools = await failure(chat(model, asking("another")));
    expect(tools.message).toContain("differs in tools: recorded");
    const sampling = await replay({ temperature: 1 });
    expect((await failure(chat(sampling, asking("another", { tools: [WEATHER] })))).message).toContain(
      'differs in temperature: recorded nothing, asked "1"',
    );
  });

  test("of an empty transcript says that it is empty", async () => {
    const error = await failure(chat(await replay({ transcript: "e" }, { embedded: { e: "\n" } }), "hi"));
    expect(error.message).toContain("nothing is recorded in it");
  });

  test("without its transcript is an error with the remedy", async () => {
    const outcome = replay({ transcript: "missing.jsonl" }, { baseDir: folder });
    await expect(outcome).rejects.toMatchObject({
      message: `the transcript ${join(folder, "missing.jsonl")} cannot be read: there is no such file or folder`,
      where: "llm.transcript",
      hint: expect.stringContaining("--record"),
    });
  });

  test("of a broken transcript tells file and line", async () => {
    const good = '{"v":1,"request":{"model":"m","messages":[]},"reply":{"text":""}}';
    const broken = async (text: string) => {
      const outcome = await replay({ transcript: "b" }, { embedded: { b: text } }).catch(
        (thrown: unknown) => thrown,
      );
      if (outcome instanceof ExpectedError) return outcome;
      throw new Error("expected an ExpectedError");
    };
    expect((await broken(`${good}\nnot json\n`)).where).toBe("b:2");
    expect((await broken(`${good}\n\n{"v":1,"reply":{"text":""}}\n`)).where).toBe("b:3");
    expect((await broken('{"v":1,"reply":{"text":""}}\n')).message).toContain("request: ");
    const newer = await broken('{"v":2}\n');
    expect(newer.message).toBe("the transcript has version 2; this program reads version 1");
    expect(newer.hint).toContain("newer version");
  });
});

describe("the key of a request", () => {
  const settings = { model: "m", temperature: 0.1 };
  const plain = (text: string) => text;
  const keyOf = (request: ChatRequest, given: object = settings) =>
    requestKey(canonical(request, { model: "m", ...given }, plain));
  const base = asking("hi", {
    tools: [WEATHER, { ...WEATHER, name: "another" }],
    output: { name: "o", schema: { a: 1, b: 2 } },
  });

  test("does not depend on the order of keys or tools, nor on empty lists", () => {
    const [weather, another] = base.tools;
    const { parameters, ...rest } = weather!;
    const turned = {
      output: { schema: { b: 2, a: 1 }, name: "o" },
      tools: [another!, { parameters, ...rest }],
      messages: base.messages,
    };
    expect(keyOf(turned)).toBe(keyOf(base));
    const said = { role: "assistant" as const, content: "x" };
    expect(keyOf({ messages: [{ ...said, toolCalls: [] }], tools: [] })).toBe(
      keyOf({ messages: [said], tools: [] }),
    );
  });

  test("depends on everything else", () => {
    const variants: [ChatRequest, object][] = [
      [base, settings],
      [{ ...base, messages: [{ role: "system", content: "hi" }] }, settings],
      [{ ...base, messages: [...base.messages, ...base.messages] }, settings],
      [{ ...base, tools: [] }, settings],
      [{ messages: base.messages, tools: base.tools }, settings],
      [base, { ...settings, model: "n" }],
      [base, { ...settings, temperature: 0.2 }],
      [base, { ...settings, max_tokens: 1 }],
    ];
    expect(new Set(variants.map(([request, given]) => keyOf(request, given))).size).toBe(variants.length);
  });

  test("is SHA-256 of the request with sorted keys: transcripts stay good", () => {
    expect(keyOf(asking("hi"), {})).toBe(
      new Bun.CryptoHasher("sha256")
        .update('{"messages":[{"content":"hi","role":"user"}],"model":"m"}')
        .digest("hex"),
    );
  });
});
