import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { manualClock } from "../../test/peers/manual-clock.ts";
import { startOpenAiServer } from "../../test/peers/openai-server.ts";
import { ExpectedError } from "../base/errors.ts";
import { ModelError } from "../runtime/ports/model.ts";
import { chat, openTest } from "./testing.fixture.ts";
import { parseTranscript } from "./transcript/transcript.ts";

const server = startOpenAiServer();
afterAll(server.close);

const clock = manualClock();
const open = () => openTest(server.url, { max_retries: 0 }, { clock });

/** An answer, or a ModelError fit for the wire: nothing else may come out. */
async function comesToAnEnd(raw: Uint8Array | Uint8Array[], contentType?: string): Promise<void> {
  server.requests.length = 0;
  server.script([{ raw, ...(contentType !== undefined && { contentType }) }]);
  const outcome = await chat(await open(), "hi").catch((thrown: unknown) => thrown);
  if (outcome instanceof Error) {
    expect(outcome).toBeInstanceOf(ModelError);
    expect(outcome.message).not.toMatch(/unexpected way|127\.0\.0\.1|sk-test/);
  }
}

const encode = (text: string) => new TextEncoder().encode(text);

const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`;
const delta = (content: object, finish_reason: string | null = null) =>
  event({
    id: "x",
    object: "chat.completion.chunk",
    model: "m",
    choices: [{ index: 0, delta: content, finish_reason }],
  });

const VALID = [
  ": comment\n\n",
  delta({ role: "assistant", content: "" }),
  delta({ content: "Grüße, 世界 👋 " }),
  delta({ content: "and\r\nmore\u2028" }),
  delta({ tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "f", arguments: "" } }] }),
  delta({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }),
  delta({ tool_calls: [{ index: 0, function: { arguments: '"Zürich"}' } }] }),
  delta({ tool_calls: [{ index: 1, id: "b", type: "function", function: { name: "g", arguments: "{}" } }] }),
  delta({}, "tool_calls"),
  event({ choices: [], usage: { prompt_tokens: 11, completion_tokens: 7 } }),
  "data: [DONE]\n\n",
].join("");

describe("a stream", () => {
  test("however it is cut into pieces comes to the same answer", async () => {
    const bytes = encode(VALID);
    server.script([{ raw: bytes }]);
    const whole = await chat(await open(), "hi");
    expect(whole.reply.toolCalls).toEqual([
      { id: "a", name: "f", arguments: '{"city":"Zürich"}' },
      { id: "b", name: "g", arguments: "{}" },
    ]);
    expect(whole.reply.text).toBe("Grüße, 世界 👋 and\r\nmore\u2028");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const pieces = at.slice(1).map((end, i) => bytes.slice(at[i], end));
        server.script([{ raw: pieces.filter((piece) => piece.length > 0) }]);
        expect(await chat(await open(), "hi")).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  test("with line ends of any kind comes to the same answer", async () => {
    server.script([
      { raw: VALID },
      { raw: VALID.replaceAll("\n", "\r\n") },
      { raw: VALID.replaceAll("\n", "\r") },
    ]);
    const model = await open();
    const heard = [await chat(model, "hi"), await chat(model, "hi"), await chat(model, "hi")];
    expect(heard[1]).toEqual(heard[0]!);
    expect(heard[2]).toEqual(heard[0]!);
  });

  test("that ends anywhere before its finish_reason is an error that may pass", async () => {
    const end = VALID.indexOf('"tool_calls"}');
    await fc.assert(
      fc.asyncProperty(fc.nat(end - 1), async (length) => {
        server.script([{ raw: encode(VALID.slice(0, length)) }]);
        const outcome = await chat(await open(), "hi").catch((thrown: unknown) => thrown);
        expect(outcome).toBeInstanceOf(ModelError);
        expect(["network", "bad_response"]).toContain((outcome as ModelError).kind);
      }),
      { numRuns: 60 },
    );
  });

  test("of random bytes", async () => {
    const types = fc.constantFrom("text/event-stream", "application/json", "text/html", "");
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), types, (bytes, type) => comesToAnEnd(bytes, type)),
      { numRuns: 150 },
    );
  });

  test("of random JSON in every place", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.json(), { maxLength: 5 }), (values) =>
        comesToAnEnd(encode(values.map((value) => `data: ${value}\n\n`).join(""))),
      ),
      { numRuns: 150 },
    );
  });

  test("of a valid one with bytes changed", async () => {
    const change = fc.tuple(fc.nat(VALID.length), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const bytes = encode(VALID);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return comesToAnEnd(bytes);
      }),
      { numRuns: 150 },
    );
  });
});

describe("a transcript", () => {
  const reads = (text: string): void => {
    try {
      expect(Array.isArray(parseTranscript(text, "t.jsonl"))).toBe(true);
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(ExpectedError);
      expect((thrown as ExpectedError).where).toMatch(/^t\.jsonl:\d+$/);
    }
  };

  test("of any text is read, or refused with the line", () => {
    const line = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constant('{"v":1,"request":{"model":"m","messages":[]},"reply":{"text":"x"}}'),
      fc.constant('{"v":1,"request":{"model":"m","messages":[{"role":"tool"}]},"reply":{}}'),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => reads(lines.join("\n"))),
      { numRuns: 500 },
    );
  });

  test("cut off anywhere loses its last line and nothing else", () => {
    const lines = ["a", "b", "c"].map(
      (text) =>
        `{"v":1,"request":{"model":"m","messages":[{"role":"user","content":"${text}"}]},"reply":{"text":"${text}"}}\n`,
    );
    const text = lines.join("");
    for (let length = 0; length <= text.length; length += 1) {
      const whole = lines.filter((_, i) => length >= lines.slice(0, i + 1).join("").length - 1).length;
      expect(parseTranscript(text.slice(0, length), "t").length).toBe(whole);
    }
  });
});
