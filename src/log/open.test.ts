import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ExpectedError } from "../base/errors.ts";
import type { LogSection } from "./config.ts";
import type { Logger } from "./logger.ts";
import { openLog } from "./open.ts";

async function logged(
  use: (log: Logger) => void,
  section: Partial<LogSection> = {},
  { secrets = [] as string[], isTTY = false, color = false } = {},
): Promise<string> {
  let text = "";
  const write = (line: string) => {
    text += line;
  };
  const target = { isTTY, color, write };
  use(await openLog({ level: "info", format: "auto", ...section }, secrets, target));
  return text;
}

const lines = (text: string) =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

describe("JSON", () => {
  test("a line has level, time in UTC, fields and message", async () => {
    const [line] = lines(await logged((log) => log.info({ task_id: "t", n: 1 }, "done")));
    expect(line).toEqual({ level: "info", time: expect.any(String), task_id: "t", n: 1, msg: "done" });
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  test("a child's lines all carry its fields", async () => {
    const text = await logged((log) => {
      const child = log.child({ task_id: "t" }).child({ conversation_id: "c" });
      child.warn({}, "one");
      child.error({ n: 2 }, "two");
    });
    expect(lines(text)).toMatchObject([
      { level: "warn", task_id: "t", conversation_id: "c", msg: "one" },
      { level: "error", task_id: "t", conversation_id: "c", n: 2, msg: "two" },
    ]);
  });

  test("lines below the level are not written", async () => {
    const use = (log: Logger) => {
      log.debug({}, "d");
      log.info({}, "i");
      log.error({}, "e");
    };
    expect(lines(await logged(use, { level: "debug" }))).toHaveLength(3);
    expect(lines(await logged(use, { level: "error" }))).toHaveLength(1);
    expect(await logged(use, { level: "silent" })).toBe("");
  });

  test("errors come with type, code and causes, and at level debug with their stacks", async () => {
    const error = Object.assign(new TypeError("outer", { cause: new Error("inner") }), { code: "EX" });
    const [line] = lines(await logged((log) => log.error({ err: error }, "failed")));
    expect(line.err).toEqual({
      type: "TypeError",
      message: "outer",
      code: "EX",
      cause: { type: "Error", message: "inner" },
    });
    const [detailed] = lines(await logged((log) => log.error({ err: error }, "failed"), { level: "debug" }));
    expect(detailed.err.stack).toStartWith("TypeError: outer\n");
    expect(detailed.err.cause.stack).toStartWith("Error: inner\n");
  });

  test("fields cannot pass for the line's own, nor for options of pino", async () => {
    const hostile = {
      level: "fatal",
      time: "never",
      msg: "x",
      hasOwnProperty: 1,
      serializers: {},
      formatters: 2,
    };
    const [own, bound] = lines(
      await logged((log) => {
        log.info(hostile, "real");
        log.child(hostile).info({}, "real");
      }),
    );
    for (const line of [own, bound]) {
      expect(line).toMatchObject({
        level: "info",
        msg: "real",
        level_: "fatal",
        msg_: "x",
        hasOwnProperty_: 1,
      });
    }
  });

  test("circles end", async () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    const error = new Error("x");
    error.cause = error;
    expect(lines(await logged((log) => log.info({ circle, error }, "m")))).toHaveLength(1);
  });
});

describe("secrets", () => {
  const secret = "hunter2-hunter2";

  test("are masked by value wherever they stand", async () => {
    for (const format of ["json", "pretty"] as const) {
      const text = await logged(
        (log) => {
          log.info({ deep: [{ url: `x?k=${secret}` }] }, `the key is ${secret}`);
          log.child({ bound: secret }).error({ error: new Error(`401 for ${secret}`) }, "m");
        },
        { format },
        { secrets: [secret] },
      );
      expect(text).toContain("[redacted]");
      expect(text).not.toContain(secret);
    }
  });

  test("are masked whatever they are made of and wherever they stand", async () => {
    const aSecret = fc
      .string({ minLength: 6, maxLength: 40, unit: "binary" })
      .map((text) => `S${text}K`)
      .filter((text) => !/redacted/.test(text));
    const hidden = (value: string) =>
      fc.letrec<{ any: unknown }>((tie) => ({
        any: fc.oneof(
          { depthSize: "small" },
          fc.constant(value),
          fc.tuple(fc.string(), fc.string()).map(([a, b]) => `${a}${value}${b}`),
          fc.webUrl().map((url) => url.replace("://", `://user:${encodeURI("x")}${value}@`)),
          fc.string().map((text) => new Error(`${text}${value}`)),
          tie("any").map((cause) => new Error("outer", { cause })),
          tie("any").map((item) => new Map([[value, item]])),
          fc.array(tie("any"), { maxLength: 3 }),
          fc.array(tie("any"), { maxLength: 3 }).map((all) => new Set(all)),
          fc.dictionary(fc.oneof(fc.string(), fc.constant(value), fc.constant("__proto__")), tie("any"), {
            maxKeys: 3,
          }),
        ),
      })).any;
    const cases = aSecret.chain((value) => fc.tuple(fc.constant(value), hidden(value), hidden(value)));
    await fc.assert(
      fc.asyncProperty(cases, fc.constantFrom("json", "pretty"), async ([value, one, other], format) => {
        const use = (log: Logger) =>
          log.child({ bound: one }).error({ other, [`k${value}`]: 1 }, `m ${value}`);
        const text = await logged(use, { format, level: "debug" }, { secrets: [value] });
        expect(text).not.toContain(value);
        expect(text).not.toContain(JSON.stringify(value).slice(1, -1));
        if (format === "json")
          expect(JSON.stringify(lines(text))).not.toContain(JSON.stringify(value).slice(1, -1));
      }),
      { numRuns: 500 },
    );
  });

  test("that have a known form are masked though nobody named them, and the line stays JSON", async () => {
    const text = await logged((log) => {
      log.info(
        { a: "http://me:pa55word", b: "someone@example.org", c: "amqp://u:s3cr3t-pw@host" },
        "Bearer abcdefghij1234567",
      );
      log.info(
        { key_pem: "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----" },
        "sk-abcdefghijklmnop",
      );
    });
    const [first, second] = lines(text);
    expect(first).toMatchObject({
      b: "someone@example.org",
      c: "amqp://u:[redacted]@host",
      msg: "Bearer [redacted]",
    });
    expect(second).toMatchObject({ key_pem: "[redacted]", msg: "[redacted]" });
  });

  test("that are numbers, or more than text, are masked too", async () => {
    const text = await logged(
      (log) =>
        log.info(
          { n: 12345678, big: 12345678n, password: 42, credentials: { user: "u", words: ["w"] }, token: "" },
          "m",
        ),
      {},
      { secrets: ["12345678"] },
    );
    expect(lines(text)[0]).toMatchObject({
      n: "[redacted]",
      big: "[redacted]",
      password: "[redacted]",
      credentials: "[redacted]",
      token: "",
    });
  });

  test("are masked by key, whatever their value", async () => {
    const text = await logged((log) => {
      log.info({ api_key: "abc", nested: { password: "x", input_tokens: 5 } }, "m");
      log.child({ token: "t0k" }).info({}, "n");
    });
    expect(lines(text)).toMatchObject([
      { api_key: "[redacted]", nested: { password: "[redacted]", input_tokens: 5 } },
      { token: "[redacted]" },
    ]);
  });
});

describe("for people", () => {
  const hello = (log: Logger) => log.info({ n: 1 }, "hello");

  test("on a terminal, unless JSON is wanted", async () => {
    expect(await logged(hello, {}, { isTTY: true })).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: hello n=1\n$/);
    expect(lines(await logged(hello, { format: "json" }, { isTTY: true }))).toHaveLength(1);
  });

  test("in a pipe if wanted", async () => {
    expect(await logged(hello, { format: "pretty" })).toContain("INFO: hello");
  });

  const story = (log: Logger) => {
    const task = log
      .child({ agent: "researcher" })
      .child({ task_id: "1f0c2d3e-aaaa-4bbb-8ccc-1234567890ab", conversation_id: "weather" });
    task.info({ attempt: 1, url: "https://x.y/z", text: "two words" }, "task started");
    task.warn({ tool: "mcp" }, "of others:\n[00:00:00.000] INFO: not ours \u001b[31mred");
    const cause = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    const err = new ExpectedError("cannot connect", { where: "mqtt.broker_url", hint: "Start it.", cause });
    task.error({ err, errors: new AggregateError([new RangeError("a"), new Error("b")], "both") }, "failed");
    log.info({}, "");
  };
  const golden = [
    '[T] INFO: [researcher 1f0c2d3e weather] task started attempt=1 url=https://x.y/z text="two words"',
    "[T] WARN: [researcher 1f0c2d3e weather] of others:",
    "    [T] INFO: not ours \\x1b[31mred tool=mcp",
    "[T] ERROR: [researcher 1f0c2d3e weather] failed",
    "    ExpectedError: cannot connect (mqtt.broker_url)",
    "      Start it.",
    "    caused by Error ECONNREFUSED: connect ECONNREFUSED",
    "    AggregateError: both",
    "        RangeError: a",
    "        Error: b",
    "[T] INFO: ",
    "",
  ];
  const timeless = (text: string) => text.replace(/\[\d\d:\d\d:\d\d\.\d{3}\]/g, "[T]").split("\n");

  test("the lines of a task are tied by its ids, errors are told with their causes", async () => {
    expect(timeless(await logged(story, { format: "pretty" }))).toEqual(golden);
  });

  test("in colours, where they are wanted", async () => {
    const coloured = await logged(story, { format: "pretty" }, { color: true });
    expect(coloured).toContain("\u001b[31mERROR\u001b[39m");
    expect(coloured).toContain("\u001b[2m[researcher 1f0c2d3e weather]\u001b[22m");
    expect(timeless(Bun.stripANSI(coloured))).toEqual(golden);
  });

  test("with stacks at level debug", async () => {
    const text = await logged((log) => log.error({ err: new Error("x") }, "m"), {
      format: "pretty",
      level: "debug",
    });
    expect(text).toMatch(/ {4}Error: x\n {6}at .*open\.test\.ts/);
  });
});
