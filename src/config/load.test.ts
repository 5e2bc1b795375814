import { describe, expect, test } from "bun:test";
import { failing, load, MINIMAL, problemsOf } from "./testing.fixture.ts";

describe("relative paths", () => {
  const baseDir = async (file: string) => (await load(MINIMAL, { file, cwd: "/work" })).baseDir;

  test("are taken from the folder of the file, which is relative to the working folder", async () => {
    expect(await baseDir("agents/a.toml")).toBe("/work/agents");
    expect(await baseDir("../a.toml")).toBe("/");
    expect(await baseDir("/etc/agent/a.toml")).toBe("/etc/agent");
  });

  test("are taken from the working folder for an agent that is part of the program", async () => {
    expect(await baseDir("builtin:writer.toml")).toBe("/work");
  });
});

describe("what would overflow a timer", () => {
  test.each([
    ["mqtt.heartbeat_interval_secs", 2147483, "[mqtt]\nheartbeat_interval_secs = 1e9"],
    ["budget.task_timeout_secs", 2147483, "[budget]\ntask_timeout_secs = 1e9"],
    ["runtime.tool_timeout_secs", 2147483, "[runtime]\ntool_timeout_secs = 1e9"],
    [
      "routing.gatekeeper.timeout_ms",
      2147483647,
      '[routing]\nstrategy = "gatekeeper"\ngatekeeper = { url = "http://x", timeout_ms = 9_000_000_000 }',
    ],
  ])("%s is refused, with the bound", async (path, most, lines) => {
    const [problem] = await problemsOf(`${MINIMAL}\n${lines}`);
    expect(problem).toContain(
      `${path}: expected at most ${most} (24.8 days, the longest a timer can run), found`,
    );
  });

  test("and so is llm.timeout_secs", async () => {
    const [problem] = await problemsOf(`${MINIMAL}timeout_secs = 2_147_484`);
    expect(problem).toContain("llm.timeout_secs: expected at most 2147483 (24.8 days");
  });
});

describe("the model that routes", () => {
  const routing = (keys: string) => `${MINIMAL}\n[routing]\nstrategy = "llm"\nllm = { model = "m", ${keys} }`;

  test("is chosen by the rules of [llm]", async () => {
    expect(await problemsOf(routing('provider = "opnai"'))).toEqual([
      '11:33: routing.llm.provider: unknown LLM provider "opnai" (did you mean "openai"?); a provider that is not built in needs base_url',
    ]);
    expect(await problemsOf(routing('provider = "replay"'))).toEqual([
      "11:1: routing.llm.transcript: the replay provider needs a transcript to answer from: a file recorded with --record",
    ]);
    expect(
      (await load(routing('provider = "own", base_url = "http://x"'))).config.routing?.llm,
    ).toMatchObject({
      temperature: 0.1,
    });
  });
});

describe("everything that is wrong", () => {
  test("is told at once, in the order of the file", async () => {
    const text = `[agent]
id = "my agent"
[llm]
provider = "openai"
modl = "x"
temperature = 3
api_key = "secret"
[log]
level = "\${GONE}"
`;
    const places = (await problemsOf(text)).map((line) => line.split(": ")[0]);
    expect(places).toEqual(["2:6", "3:2", "5:1", "6:15", "7:1", "9:10"]);
  });

  test("is there for programs, without excerpts", async () => {
    const error = await failing(MINIMAL.replace('id = "a"', "id = 5"));
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      problems: [
        {
          kind: "type",
          file: "agent.toml",
          path: "agent.id",
          line: 2,
          column: 6,
          message: "expected a string, found 5",
          hint: 'put it in quotes: id = "5"',
        },
      ],
    });
    expect(error.exitCode).toBe(1);
  });

  test("is cut after a hundred problems", async () => {
    const keys = Array.from({ length: 150 }, (_, i) => `key${i} = 1`).join("\n");
    const problems = await problemsOf(`${MINIMAL}${keys}`);
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)).toBe("50 more problems, not shown");
  });

  test("is coloured for terminals that have colours", async () => {
    const error = await failing(MINIMAL.replace('id = "a"', "id = 5"));
    expect(error.pretty({ color: true })).toContain("\u001b[31m^\u001b[0m");
    expect(error.pretty({ color: false })).not.toContain("\u001b");
  });

  test("has a caret under its place where tabs come before, and shows no control characters", async () => {
    const pretty = (await failing(`${MINIMAL}\tmodle = 5 # \u202e\u0085`)).pretty({ color: false });
    expect(pretty).toContain("  8 | \tmodle = …\n    | \t^^^^^");
    const redder = (await failing(`${MINIMAL}temperature = 5 # \u202eabc`)).pretty({ color: false });
    expect(redder).toContain("temperature = 5 # ·abc");
  });
});

describe("hostile shapes", () => {
  test("keys that mean something to JavaScript are keys like any other", async () => {
    const text = `${MINIMAL}
[llm.prices.constructor]
input = 1
output = 1
[tools]
constructor = "builtin"
toString = "builtin"
`;
    const { llm, tools } = (await load(text)).config;
    expect(Object.keys(llm.prices)).toEqual(["constructor"]);
    expect(tools.map((tool) => tool.name)).toEqual(["constructor", "toString"]);
  });

  test("__proto__ is refused wherever it stands, and changes nothing", async () => {
    const text = `${MINIMAL}\n[tools]\n__proto__ = { impl = "x" }\na = { impl = "x", __proto__ = { y = 1 } }`;
    expect(await problemsOf(text)).toEqual([
      "10:1: tools.__proto__: __proto__ is not allowed as a key",
      "11:19: tools.a.__proto__: __proto__ is not allowed as a key",
    ]);
    expect(Object.prototype).not.toHaveProperty("y");
  });

  test.each([
    ["inline tables", `x = ${"{a=".repeat(1000)}1${"}".repeat(1000)}`],
    ["arrays", `x = ${"[".repeat(900)}${"]".repeat(900)}`],
    ["dotted keys", `${"a.".repeat(1000)}a = 1`],
    ["a hundred thousand dotted keys", `${"a.".repeat(100_000)}a = 1`],
    ["a header", `[${"a.".repeat(1000)}a]\nb = 1`],
    ["a list of tables", `[[${"a.".repeat(1000)}a]]\nb = 1`],
  ])("a thousand levels of %s are refused, in time", async (_, text) => {
    const started = performance.now();
    const [problem] = await problemsOf(`${MINIMAL}${text}`);
    expect(problem).toMatch(/nested (more than 64 levels deep|too deeply)/);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  test("a thousand tables side by side load", async () => {
    const prices = Array.from(
      { length: 1000 },
      (_, i) => `[llm.prices.m${i}]\ninput = 1\noutput = ${i}`,
    ).join("\n");
    expect(Object.keys((await load(`${MINIMAL}${prices}`)).config.llm.prices)).toHaveLength(1000);
  });

  test("a byte order mark and CRLF line ends do no harm", async () => {
    const text = `\ufeff${MINIMAL.replaceAll("\n", "\r\n")}`;
    expect((await load(text)).config.agent.id).toBe("a");
    const [problem] = await problemsOf(text.replace('id = "a"', "id = 5"));
    expect(problem).toStartWith("2:6: agent.id: ");
  });
});
