import { expect, test } from "bun:test";
import fc from "fast-check";
import { redactor } from "../base/redact.ts";
import { inputTopic } from "../protocol/topics.ts";
import { admit } from "./admission.ts";
import { envelope } from "./testing.fixture.ts";

const topic = inputTopic("tester");
const admitted = (payload: string | Uint8Array, more = {}) =>
  admit(
    {
      topic,
      payload: typeof payload === "string" ? new TextEncoder().encode(payload) : payload,
      retained: false,
      ack() {},
      ...more,
    },
    "tester",
    0,
    redactor(),
  );
const json = (more: Record<string, unknown> = {}) => JSON.stringify(envelope("tester", more));

test("takes what it should: v1, v2, unknown fields, absent and null ones (FR-007, FR-008, OPT-003)", () => {
  const { instruction: _i, input: _p, next: _n, ...least } = envelope("tester");
  for (const task of [
    envelope("tester"),
    envelope("tester", { unknown: { field: 1 } }),
    { ...least, instruction: "x" },
    { ...least, input: "x" },
    envelope("tester", { version: "2.0" }),
    envelope("tester", { version: "2.0", context: null, routing_trace: null }),
    envelope("tester", {
      version: "2.0",
      context: { original_query: "q", steps_completed: [], iteration_count: 0 },
    }),
  ]) {
    expect(admitted(JSON.stringify(task)).kind).toBe("task");
  }
});

test.each([
  ["not UTF-8", new Uint8Array([0x7b, 0xff, 0xfe]), "drop"],
  ["empty", "", "drop"],
  ["not JSON", "{oops", "drop"],
  ["not an object", "[1]", "drop"],
  ["null", "null", "drop"],
  ["nested 10,000 deep in arrays", `${"[".repeat(10_000)}${"]".repeat(10_000)}`, "drop"],
  [
    "an input nested 10,000 deep",
    `{"task_id":"x","conversation_id":"c","topic":"${topic}","input":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
    "refuse",
  ],
  [
    "next nested 10,000 deep",
    `{"task_id":"x","conversation_id":"c","topic":"${topic}"${',"next":{"topic":"t"'.repeat(10_000)}${"}".repeat(10_001)}`,
    "refuse",
  ],
  ["a conversation that would be a wildcard", json({ conversation_id: "a/#" }), "drop"],
  [
    "a conversation with a non-character, for which a broker cuts the connection",
    json({ conversation_id: "a\uffff" }),
    "drop",
  ],
  ["a conversation with half a surrogate pair", json({ conversation_id: "a\ud83d" }), "drop"],
  ["a conversation of 150 levels", json({ conversation_id: Array(150).fill("a").join("/") }), "drop"],
  ["a conversation with an emoji", json({ conversation_id: "talk 🦜" }), "task"],
  ["a conversation with a line break", json({ conversation_id: "a\nb", instruction: 1 }), "drop"],
  ["a task_id that is no UUID", json({ task_id: "1" }), "refuse"],
  ["an instruction that is no text", json({ instruction: {} }), "refuse"],
  ["5 MiB", JSON.stringify({ ...envelope("tester"), input: "x".repeat(5 * 1024 * 1024) }), "drop"],
  ["300 KiB", JSON.stringify({ ...envelope("tester"), input: "x".repeat(300 * 1024) }), "refuse"],
])("%s", (_what, payload, kind) => {
  expect<string>(admitted(payload).kind).toBe(kind);
});

test("keys that would reach an object's prototype change nothing", () => {
  const payload = `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},${json().slice(1)}`;
  const admission = admitted(payload);
  expect(admission.kind).toBe("task");
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  expect(Object.getPrototypeOf(admission.kind === "task" ? admission.envelope : null)).toBe(Object.prototype);
});

test("an error tells the sender what is wrong, without what it sent", () => {
  const admission = admitted(json({ instruction: 7, input: { password: "swordfish-secret" } }));
  expect(admission.kind).toBe("refuse");
  const { payload } = admission.kind === "refuse" ? admission.task.done![0]! : { payload: "" };
  expect(JSON.parse(payload).error).toEqual({
    code: "invalid_input",
    message: expect.stringContaining("instruction"),
  });
  expect(payload).not.toContain("swordfish");
});

test("20,000 payloads of any kind: never throws, always one of three verdicts, answers only what can be answered", () => {
  const mutated = fc
    .tuple(
      fc.constant(json()),
      fc.array(fc.tuple(fc.nat(), fc.string({ unit: "binary", maxLength: 4 })), { maxLength: 6 }),
    )
    .map(([text, edits]) =>
      edits.reduce(
        (t, [at, s]) => t.slice(0, at % (t.length + 1)) + s + t.slice((at % (t.length + 1)) + s.length),
        text,
      ),
    );
  const shuffled = fc.record(
    {
      task_id: fc.oneof(fc.uuid(), fc.string(), fc.anything()),
      conversation_id: fc.oneof(fc.string(), fc.anything()),
      topic: fc.oneof(fc.constant(topic), fc.string()),
      instruction: fc.anything(),
      input: fc.anything(),
      next: fc.anything(),
      version: fc.anything(),
      context: fc.anything(),
    },
    { requiredKeys: [] },
  );
  const payloads = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    mutated.map((text) => new TextEncoder().encode(text)),
    shuffled.map((task) =>
      new TextEncoder().encode(JSON.stringify(task, (_k, v) => (typeof v === "bigint" ? `${v}` : v)) ?? ""),
    ),
    fc.json({ maxDepth: 6 }).map((text) => new TextEncoder().encode(text)),
  );
  fc.assert(
    fc.property(payloads, (payload) => {
      const admission = admitted(payload);
      if (admission.kind !== "refuse") return ["task", "drop"].includes(admission.kind);
      const [answer] = admission.task.done!;
      return (
        answer!.topic.startsWith("/conversations/") &&
        !/[+#]|\p{Cc}|\p{Cs}|\p{Noncharacter_Code_Point}/u.test(answer!.topic) &&
        "error" in JSON.parse(answer!.payload)
      );
    }),
    { numRuns: 20_000 },
  );
});
