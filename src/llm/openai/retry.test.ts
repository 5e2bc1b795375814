import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { type ManualClock, manualClock } from "../../../test/peers/manual-clock.ts";
import { type Step, startOpenAiServer } from "../../../test/peers/openai-server.ts";
import { chat, collectedLog, failure, openTest } from "../testing.fixture.ts";
import { ProviderError } from "./failure.ts";
import { withRetry } from "./retry.ts";
import { retryAfterMs } from "./retry-after.ts";

const server = startOpenAiServer();
afterAll(server.close);
let clock: ManualClock;
beforeEach(() => {
  server.requests.length = 0;
  clock = manualClock();
  clock.skip(60_000); // back-off pauses pass at once; the time limit of 120 s stands
});
const open = (section: object = {}) => openTest(server.url, section, { clock });
/** Pauses before further tries: the time limits of the calls are longer. */
const pauses = () => clock.sleeps.filter((ms) => ms < 120_000);

describe("tried again", () => {
  const passing: [string, Step, string][] = [
    ["408", { status: 408 }, "timeout"],
    ["409", { status: 409 }, "overloaded"],
    ["429", { status: 429 }, "rate_limit"],
    ["500", { status: 500 }, "overloaded"],
    ["503", { status: 503 }, "overloaded"],
    ["529", { status: 529 }, "overloaded"],
    ["400 that says so", { status: 400, headers: { "x-should-retry": "true" } }, "bad_request"],
    ["a stream cut off", { fault: "cut" }, "network"],
    ["a connection reset", { fault: "reset" }, "network"],
    ["invalid JSON", { fault: "invalid-json" }, "bad_response"],
    ["no choices", { fault: "empty-choices" }, "bad_response"],
    ["a page of HTML", { fault: "html" }, "network"],
    [
      "an error inside the stream",
      { events: [{ error: { message: "busy", type: "overloaded_error" } }] },
      "overloaded",
    ],
    [
      "an error with status 200",
      { events: [{ error: { code: 502, message: "bad gateway" } }] },
      "overloaded",
    ],
  ];

  for (const [what, step, kind] of passing) {
    test(`${what}, and then it works`, async () => {
      server.script([step, step, { text: "at last" }]);
      const { reply, deltas } = await chat(await open(), "hi");
      expect(reply.text).toBe("at last");
      expect(deltas.join("")).toBe("at last");
      expect(pauses()).toHaveLength(2);
    });

    test(`${what}, as often as the config says: ${kind}`, async () => {
      server.script(() => step);
      const error = await failure(chat(await open({ max_retries: 2 }), "hi"));
      expect(error.kind).toBe(kind as typeof error.kind);
      expect(server.requests).toHaveLength(3);
    });
  }

  test("in one piece too: invalid JSON, no choices, HTML", async () => {
    for (const fault of ["invalid-json", "empty-choices", "html"] as const) {
      server.script([{ fault }, { text: "ok" }]);
      expect((await chat(await open({ stream: false }), "hi")).reply.text).toBe("ok");
    }
  });

  test("nobody there", async () => {
    const gone = startOpenAiServer();
    await gone.close();
    const error = await failure(chat(await openTest(gone.url, { max_retries: 1 }, { clock }), "hi"));
    expect(error.kind).toBe("network");
    expect(error.message).toBe("openai/gpt-4o-mini cannot be reached (ECONNREFUSED)");
    expect(pauses()).toHaveLength(1);
  });

  test("text that was heard is taken back, once for each try that spoke", async () => {
    server.script([
      { fault: "cut", text: "wrong" },
      { status: 500 },
      { fault: "cut", text: "wrong again" },
      { text: "right" },
    ]);
    const { deltas, restarts } = await chat(await open(), "hi");
    expect(deltas.join("")).toBe("right");
    expect(restarts).toBe(2);
  });

  test("the pauses grow, with jitter", async () => {
    server.script(() => ({ status: 500 }));
    await failure(chat(await open({ max_retries: 6 }), "hi"));
    for (const [i, pause] of pauses().entries()) {
      const ceiling = Math.min(8_000, 500 * 2 ** i);
      expect(pause).toBeGreaterThanOrEqual(ceiling / 2);
      expect(pause).toBeLessThanOrEqual(ceiling);
    }
  });

  test("a pause of our own may be longer than the time one answer may take", async () => {
    let tries = 0;
    const attempt = async () => {
      tries += 1;
      throw new ProviderError("overloaded", "busy", { retryable: true });
    };
    const { signal } = new AbortController();
    const call = withRetry(attempt, (thrown) => thrown as ProviderError, {
      retries: 3,
      maxWaitMs: 1,
      clock,
      signal,
    });
    await expect(call).rejects.toThrow("busy");
    expect(tries).toBe(4);
  });

  test("an abort during the pause ends it, with the reason", async () => {
    clock.skip(-1);
    server.script(() => ({ status: 500 }));
    const cancel = new AbortController();
    const call = chat(await open(), "hi", cancel.signal);
    await clock.sleeping((ms) => ms <= 500);
    const reason = new Error("cancelled");
    cancel.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(server.requests).toHaveLength(1);
  });
});

describe("not tried again", () => {
  const final: [string, Step, string][] = [
    ["400", { status: 400 }, "bad_request"],
    ["401", { status: 401 }, "auth"],
    ["402", { status: 402 }, "auth"],
    ["403", { status: 403 }, "auth"],
    ["404", { status: 404 }, "bad_request"],
    ["413", { status: 413 }, "bad_request"],
    ["422", { status: 422 }, "bad_request"],
    ["a redirect", { status: 307, headers: { location: "http://127.0.0.1:1/" } }, "bad_request"],
    ["429 for an empty account", { status: 429, code: "insufficient_quota" }, "rate_limit"],
    ["500 that says so", { status: 500, headers: { "x-should-retry": "false" } }, "overloaded"],
    ["a key that Gemini refuses with 400", { status: 400, message: "API key not valid." }, "auth"],
    [
      "an error in the stream about the request",
      { events: [{ error: { message: "no", type: "invalid_request_error" } }] },
      "bad_request",
    ],
  ];
  for (const [what, step, kind] of final) {
    test(`${what}: ${kind}`, async () => {
      server.script(() => step);
      const error = await failure(chat(await open(), "hi"));
      expect(error.kind).toBe(kind as typeof error.kind);
      expect(server.requests).toHaveLength(1);
    });
  }
});

describe("Retry-After", () => {
  const waits: [string, Step, number][] = [
    ["seconds", { status: 429, retryAfter: 7 }, 7_000],
    [
      "an HTTP date",
      { status: 503, retryAfter: new Date(Date.UTC(2026, 0, 1, 0, 0, 20)).toUTCString() },
      20_000,
    ],
    [
      "retry-after-ms before Retry-After",
      { status: 429, retryAfter: 9, headers: { "retry-after-ms": "1500" } },
      1_500,
    ],
  ];
  for (const [form, step, wait] of waits) {
    test(`${form} are waited for`, async () => {
      server.script([step, { text: "ok" }]);
      await chat(await open(), "hi");
      expect(pauses()).toHaveLength(1);
      expect(pauses()[0]).toBeGreaterThanOrEqual(wait);
      expect(pauses()[0]).toBeLessThanOrEqual(wait + 250);
    });
  }

  test("longer than the time limit of a call is not waited for", async () => {
    server.script(() => ({ status: 429, retryAfter: 121 }));
    const error = await failure(chat(await open(), "hi"));
    expect(error.kind).toBe("rate_limit");
    expect(pauses()).toEqual([]);
  });

  test.each([
    ["", undefined],
    ["soon", undefined],
    ["-5", undefined],
    ["0", 0],
    ["2.5", 2_500],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
  ])("reads %p as %p", (text, expected) => {
    expect(retryAfterMs(new Headers({ "retry-after": text }), 1_000)).toBe(expected);
  });
});

test("what failed and what is done about it is in the log", async () => {
  const log = collectedLog();
  server.script([{ status: 503, message: "try later" }, { text: "ok" }]);
  await chat(await openTest(server.url, {}, { clock, log }), "hi");
  const [line] = log.lines.filter(({ level }) => level === "warn");
  expect(line?.message).toBe("openai/gpt-4o-mini is not able to answer now (503): try later; trying again");
  expect(line?.fields).toMatchObject({ model: "openai/gpt-4o-mini", kind: "overloaded" });
});
