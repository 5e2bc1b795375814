import { describe, expect, test } from "bun:test";
import { failing, load, MINIMAL, noFeatures, problemsOf } from "./testing.fixture.ts";

const config = async (text: string, env: Record<string, string> = {}) => (await load(text, { env })).config;
const withLlm = (line: string) => MINIMAL.replace('model = "gpt-4o"', `model = "gpt-4o"\n${line}`);

describe("variables", () => {
  test("are filled in in arrays, nested tables and lists of tables", async () => {
    const text = `${withLlm('fallback = [{ provider = "groq", model = "${M}" }]')}
[llm.output_schema.properties.x]
enum = ["\${M}", ["\${M}"]]
`;
    const { llm } = await config(text.replace('id = "a"', 'id = "a"\ncapabilities = ["x-${M}"]'), { M: "m" });
    expect(llm.fallback[0]?.model).toBe("m");
    expect(llm.output_schema).toEqual({ properties: { x: { enum: ["m", ["m"]] } } });
  });

  test("cannot become another key or table", async () => {
    const M = 'x"\n[budget]\nmax_iterations = 1000\n#';
    const { llm, budget } = await config(MINIMAL.replace('"gpt-4o"', '"${M}"'), { M });
    expect(llm.model).toBe(M);
    expect(budget.max_iterations).toBe(8);
  });

  test("keep their text where text is expected, numbers or not", async () => {
    expect((await config(MINIMAL.replace('"gpt-4o"', '"${M}"'), { M: "5" })).llm.model).toBe("5");
  });

  test.each([
    ["5", 5],
    [" 7 ", 7],
    ["1e2", 100],
  ])("%p is a number where one is expected", async (M, max) => {
    expect((await config(withLlm('max_tokens = "${M}"'), { M })).llm.max_tokens).toBe(max);
  });

  test.each([
    ["true", true],
    ["FALSE", false],
    ["1", true],
    ["0", false],
  ])("%p is a boolean where one is expected", async (S, stream) => {
    expect((await config(withLlm('stream = "${S}"'), { S })).llm.stream).toBe(stream);
  });

  test("defaults become numbers and booleans too", async () => {
    const { llm } = await config(withLlm('max_tokens = "${M:-64}"\nstream = "${S:-false}"'));
    expect(llm).toMatchObject({ max_tokens: 64, stream: false });
  });

  test.each([
    ["", "an empty string"],
    ["0x10", '"0x10"'],
    ["1,5", '"1,5"'],
    ["five", '"five"'],
  ])("%p is no number, and the error says where it came from", async (M, found) => {
    expect(await problemsOf(withLlm('max_tokens = "${M}"'), { env: { M } })).toEqual([
      `7:14: llm.max_tokens: expected a whole number of at least 1, found ${found} from \${M}`,
    ]);
  });

  test("that are only a part of the text make no number", async () => {
    const [problem] = await problemsOf(withLlm('max_tokens = "1${M}"'), { env: { M: "0" } });
    expect(problem).toStartWith('7:14: llm.max_tokens: expected a whole number of at least 1, found "10"');
  });

  test("that are not set are each told once, at their place, and nothing else is said of the value", async () => {
    expect(await problemsOf(withLlm('base_url = "${GONE}/${GONE_TOO}"'))).toEqual([
      "7:13: llm.base_url: the environment variable GONE is not set; set it, or give a default: ${GONE:-…}; write $${GONE} if the text itself is meant",
      "7:21: llm.base_url: the environment variable GONE_TOO is not set; set it, or give a default: ${GONE_TOO:-…}; write $${GONE_TOO} if the text itself is meant",
    ]);
  });

  test("fit the options of tools, which only the tool knows", async () => {
    const features = {
      ...noFeatures,
      checkToolSettings: (settings: readonly { options: Record<string, unknown> }[]) =>
        settings.flatMap(({ options }) => [
          ...(typeof options["timeout"] === "number"
            ? []
            : [{ path: ["web", "timeout"], message: "expected number" }]),
          ...(typeof options["name"] === "string"
            ? []
            : [{ path: ["web", "name"], message: "expected string" }]),
        ]),
    };
    const tool = (timeout: string) =>
      `${MINIMAL}\n[tools]\nweb = { impl = "x", config = { name = "\${N}", timeout = "${timeout}" } }`;
    const env = { N: "5", T: "30" };
    const { config } = await load(tool("${T}"), { env, features });
    expect(config.tools[0]?.options).toEqual({ name: "5", timeout: 30 });
    expect(await problemsOf(tool("soon"), { env, features })).toEqual([
      "10:57: tools.web.config.timeout: expected number",
    ]);
  });
});

describe("what a tool has against its options", () => {
  const features = {
    ...noFeatures,
    checkToolSettings: () => [
      { path: ["web", "timeout"], message: "too long", hint: "less" },
      { path: ["web", "headers", "X-A"], message: "not a header" },
      { path: ["web", "missing"], message: "missing: expected string" },
      { path: ["web"], message: "not a name" },
    ],
  };

  test.each([
    [
      "flat",
      '[tools]\nweb = { impl = "x", timeout = 9, headers = { X-A = "y" } }',
      [
        "10:1: tools.web.missing",
        "10:7: tools.web",
        "10:31: tools.web.timeout",
        "10:52: tools.web.headers.X-A",
      ],
    ],
    [
      "under config",
      '[tools.web]\nimpl = "x"\n[tools.web.config]\ntimeout = 9\n[tools.web.config.headers]\nX-A = "y"',
      [
        "9:8: tools.web",
        "9:8: tools.web.missing",
        "12:11: tools.web.config.timeout",
        "14:7: tools.web.config.headers.X-A",
      ],
    ],
    [
      "in a list",
      '[[tools]]\nname = "other"\n[[tools]]\nname = "web"\n[tools.config]\ntimeout = 9\nheaders = { X-A = "y" }',
      [
        "11:3: tools[1]",
        "11:3: tools[1].missing",
        "14:11: tools[1].config.timeout",
        "15:19: tools[1].config.headers.X-A",
      ],
    ],
  ])("is told at its place: %s", async (_, lines, places) => {
    const problems = await problemsOf(`${MINIMAL}\n${lines}`, { features });
    expect(problems.map((line) => line.split(": ").slice(0, 2).join(": ")).sort()).toEqual(
      [...places].sort(),
    );
    expect(problems.join()).toContain("timeout: too long; less");
  });

  test("is told though another section is wrong, and other tools cannot be read", async () => {
    const seen: string[] = [];
    const recording = {
      ...noFeatures,
      checkToolSettings: (settings: readonly { name: string }[]) => {
        seen.push(...settings.map(({ name }) => name));
        return [];
      },
    };
    const text = `${MINIMAL.replace('"a"', "5")}\n[tools]\none = 3\ntwo = "builtin"`;
    expect(await problemsOf(text, { features: recording })).toHaveLength(2);
    expect(seen).toContain("two");
    expect(seen).not.toContain("one");
  });
});

describe("what comes first", () => {
  const file = `${MINIMAL}
[mqtt]
broker_url = "mqtt://localhost:1"
[server]
port = 1
host = "127.0.0.1"
[log]
level = "warn"
format = "json"
[storage]
dir = "file"
`;
  const env = {
    MQTT_BROKER_URL: "mqtt://localhost:2",
    HEALTH_PORT: "2",
    HEALTH_HOST: "::1",
    LOG_LEVEL: "DEBUG",
    LOG_FORMAT: "pretty",
    AGENT2389_DATA_DIR: "env",
  };

  test("the environment comes before the file", async () => {
    expect(await config(file, env)).toMatchObject({
      mqtt: { broker_url: "mqtt://localhost:2" },
      server: { port: 2, host: "::1" },
      log: { level: "debug", format: "pretty" },
      storage: { dir: "env" },
    });
  });

  test("the command line comes before the environment, the last option before the others", async () => {
    const overrides = [
      { path: ["server", "port"], value: "3", source: "--port" },
      { path: ["server", "port"], value: 4, source: "--port" },
      { path: ["llm", "stream"], value: false, source: "--no-stream" },
    ];
    expect((await load(file, { env, overrides })).config).toMatchObject({
      server: { port: 4 },
      llm: { stream: false },
    });
  });

  test("an empty variable counts as not set", async () => {
    const empty = Object.fromEntries(Object.keys(env).map((name) => [name, ""]));
    expect(await config(file, empty)).toEqual(await config(file));
  });

  test("tables that the file does not have are made", async () => {
    expect((await config(MINIMAL, env)).server.port).toBe(2);
  });

  test("what is overridden need not be right in the file", async () => {
    const text = `${MINIMAL}\n[mqtt]\nbroker_url = "\${MQTT_BROKER_URL}"\n[server]\nport = "x"`;
    const overrides = [{ path: ["mqtt", "broker_url"], value: "mqtt://localhost:9", source: "--broker" }];
    const loaded = await load(text, { env: { HEALTH_PORT: "9" }, overrides });
    expect(loaded.config).toMatchObject({ mqtt: { broker_url: "mqtt://localhost:9" }, server: { port: 9 } });
  });

  test("a wrong override is told by its name, without a place in the file, after the file's own problems", async () => {
    const text = file.replace('level = "warn"', 'level = "warn"\nlevl = 1');
    const overrides = [{ path: ["llm", "model"], value: 5, source: "--model" }];
    expect(await problemsOf(text, { env: { HEALTH_PORT: "http" }, overrides })).toEqual([
      '16:1: log.levl: unknown key; "level" is there already: take this one out',
      '--model: llm.model: expected a string, found 5; put it in quotes: model = "5"',
      'environment variable HEALTH_PORT: server.port: expected a whole number from 0 to 65535, found "http"',
    ]);
  });

  test("a table that is none is told, whatever would override in it", async () => {
    expect(await problemsOf(`server = 5\n${MINIMAL}`, { env: { HEALTH_PORT: "1" } })).toEqual([
      "1:10: server: expected a table, found 5",
    ]);
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
    const { llm, tools } = await config(text);
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
    expect(Object.keys((await config(`${MINIMAL}${prices}`)).llm.prices)).toHaveLength(1000);
  });

  test("a byte order mark and CRLF line ends do no harm", async () => {
    const text = `\ufeff${MINIMAL.replaceAll("\n", "\r\n")}`;
    expect((await config(text)).agent.id).toBe("a");
    const [problem] = await problemsOf(text.replace('id = "a"', "id = 5"));
    expect(problem).toStartWith("2:6: agent.id: ");
  });
});
