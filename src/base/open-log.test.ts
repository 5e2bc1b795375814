import { describe, expect, test } from "bun:test";
import type { LogSection } from "./log-config.ts";
import { openLog } from "./open-log.ts";

async function logged(
  use: (log: Awaited<ReturnType<typeof openLog>>) => void,
  section: Partial<LogSection> = {},
  { secrets = [] as string[], isTTY = false } = {},
): Promise<string> {
  let text = "";
  const write = (line: string) => {
    text += line;
  };
  const target = { isTTY, color: false, write };
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
    const use = (log: Awaited<ReturnType<typeof openLog>>) => {
      log.debug({}, "d");
      log.info({}, "i");
      log.error({}, "e");
    };
    expect(lines(await logged(use, { level: "debug" }))).toHaveLength(3);
    expect(lines(await logged(use, { level: "error" }))).toHaveLength(1);
    expect(await logged(use, { level: "silent" })).toBe("");
  });

  test("errors come with type, code, stack and causes", async () => {
    const error = Object.assign(new TypeError("outer", { cause: new Error("inner") }), { code: "EX" });
    const [line] = lines(await logged((log) => log.error({ error }, "failed")));
    expect(line.error).toMatchObject({
      type: "TypeError",
      message: "outer",
      code: "EX",
      stack: expect.stringContaining("TypeError: outer\n"),
      cause: { type: "Error", message: "inner" },
    });
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
  const hello = (log: Awaited<ReturnType<typeof openLog>>) => log.info({ n: 1 }, "hello");

  test("on a terminal, unless JSON is wanted", async () => {
    expect(await logged(hello, {}, { isTTY: true })).toMatch(
      /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: hello \{"n":1\}\n$/,
    );
    expect(lines(await logged(hello, { format: "json" }, { isTTY: true }))).toHaveLength(1);
  });

  test("in a pipe if wanted", async () => {
    expect(await logged(hello, { format: "pretty" })).toContain("INFO: hello");
  });
});
