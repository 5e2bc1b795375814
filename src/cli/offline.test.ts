import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli, type TestWorld } from "./framework/testing.fixture.ts";
import { programNamed } from "./index.ts";
import { services } from "./services.ts";

/** The commands that need no broker, with the real loader and real files. */

const dir = mkdtempSync(join(tmpdir(), "cli-"));
const file = (name: string) => join(dir, name);
const { loadConfig, toolDescriptions } = services;

const run = (argv: string[], world: TestWorld = {}) =>
  runCli(programNamed("agent2389"), argv, { cwd: dir, services: { loadConfig, toolDescriptions }, ...world });

const GOOD = `[agent]
id = "good"

[llm]
provider = "openai"
model = "gpt-4o-mini"
system_prompt = "Answer."
`;

beforeAll(() => {
  writeFileSync(file("good.toml"), GOOD);
  writeFileSync(file("bad.toml"), GOOD.replace("model =", "modle =").replace('"good"', '"not good"'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const env = { OPENAI_API_KEY: "sk-test-0123456789abcdef" };

describe("validate", () => {
  test("says what a good config is", async () => {
    expect(await run(["validate", file("good.toml")], { env })).toEqual({
      code: 0,
      stdout: `✓ ${file("good.toml")}: agent "good", openai/gpt-4o-mini, no tools\n`,
      stderr: "",
    });
  });

  test("tells all problems of all files at once, and ends with status 1", async () => {
    const { code, stdout } = await run(["validate", file("bad.toml"), file("good.toml"), file("none.toml")], {
      env,
    });
    expect(code).toBe(1);
    expect(stdout).toContain(`${file("bad.toml")}:2:6  agent.id`);
    expect(stdout).toContain(`${file("bad.toml")}:6:1  llm.modle`);
    expect(stdout).toContain(`${file("none.toml")} has 1 problem`);
    expect(stdout).toContain(`✓ ${file("good.toml")}`);
  });

  test("warnings fail with --strict only", async () => {
    const lax = await run(["validate", file("good.toml")]);
    expect(lax).toMatchObject({ code: 0, stdout: expect.stringContaining("warning: ") });
    expect((await run(["validate", "--strict", file("good.toml")])).code).toBe(1);
  });

  test("--json gives the same to programs", async () => {
    const { code, stdout } = await run(["validate", "--json", file("bad.toml"), file("good.toml")], { env });
    expect(code).toBe(1);
    const [bad, good] = JSON.parse(stdout);
    expect(bad).toMatchObject({ file: file("bad.toml"), valid: false, agent: null });
    expect(bad.problems).toContainEqual(expect.objectContaining({ line: 6, column: 1, path: "llm.modle" }));
    expect(good).toEqual({ file: file("good.toml"), valid: true, agent: "good", warnings: [], problems: [] });
  });

  test("takes the file from --config, CONFIG_PATH, or the built-in agents", async () => {
    for (const [argv, more] of [
      [["--config", file("good.toml"), "validate"], {}],
      [["validate"], { CONFIG_PATH: file("good.toml") }],
      [["validate", "writer"], {}],
    ] as const) {
      expect((await run([...argv], { env: { ...env, ...more } })).code).toBe(0);
    }
    const { code, stdout } = await run(["validate", "wrtier", "nobody", file("good.toml")], { env });
    expect(code).toBe(1);
    expect(stdout).toContain('no such file, and no built-in agent of this name\n  Did you mean "writer"?');
    expect(stdout).toContain("\n  built in are researcher, writer, editor, judge, ");
    expect(stdout).toContain("✓");
    const none = await run(["validate"]);
    expect(none.code).toBe(2);
    expect(none.stderr).toContain("error: no config file was named");
  });
});

describe("config", () => {
  test("shows what takes effect, without secrets", async () => {
    for (const argv of [
      ["config", file("good.toml")],
      ["--config", file("good.toml"), "config", "--show"],
    ]) {
      const { code, stdout } = await run(argv, { env: { ...env, MQTT_BROKER_URL: "mqtt://elsewhere" } });
      expect(code).toBe(0);
      expect(stdout).toContain('id = "good"  # line 2');
      expect(stdout).toContain('broker_url = "mqtt://elsewhere"  # environment variable MQTT_BROKER_URL');
      expect(stdout).not.toContain(env.OPENAI_API_KEY);
    }
  });

  test("--json is one document", async () => {
    const { stdout } = await run(["config", file("good.toml"), "--json"], { env });
    expect(JSON.parse(stdout)).toMatchObject({ agent: { id: "good" }, runtime: { concurrency: 4 } });
  });

  test("--log-level comes before the file and the environment", async () => {
    const { stdout } = await run(["config", file("good.toml"), "--json", "--log-level", "error"], {
      env: { LOG_LEVEL: "debug" },
    });
    expect(JSON.parse(stdout).log.level).toBe("error");
  });

  test("of an invalid file is told as problems, in text and in JSON", async () => {
    const text = await run(["config", file("bad.toml")]);
    expect(text).toMatchObject({ code: 1, stdout: "" });
    expect(text.stderr).toContain("bad.toml has ");
    expect(text.stderr).toContain("6 | modle = ");
    const json = await run(["config", file("bad.toml"), "--json"]);
    expect(JSON.parse(json.stderr).error.problems).toContainEqual(
      expect.objectContaining({ path: "agent.id", line: 2 }),
    );
  });
});

test("schema is a JSON Schema that names the tools", async () => {
  const { code, stdout } = await run(["schema"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    $schema: expect.stringContaining("json-schema.org"),
    type: "object",
  });
  expect(stdout).toContain("file_read");
});

describe("new", () => {
  test.each(["basic", "routing", "tool-heavy"])("%s makes a config that is valid", async (template) => {
    const { code, stdout, stderr } = await run(["new", template, "my-agent", "-o", `${template}.toml`]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toContain(`✓ Wrote ${template}.toml. Next:`);
    expect(stderr).toContain('agent2389 ask my-agent "Say hello"');
    const { stdout: verdict } = await run(["validate", "--json", file(`${template}.toml`)], { env });
    expect(JSON.parse(verdict)[0]).toMatchObject({ valid: true, agent: "my-agent" });
  });

  test("does not write over a file, unless forced to", async () => {
    writeFileSync(file("mine.toml"), "precious");
    const refused = await run(["new", "basic", "x", "-o", "mine.toml"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toBe("error: mine.toml is there already\n  hint: To write over it: --force\n");
    expect(readFileSync(file("mine.toml"), "utf8")).toBe("precious");
    expect((await run(["new", "basic", "x", "-o", "mine.toml", "--force", "-q"])).stderr).toBe("");
    expect(readFileSync(file("mine.toml"), "utf8")).toContain('id = "x"');
  });

  test("makes missing folders, and names the schema that lies beside the file", async () => {
    await run(["new", "basic", "x", "-o", "deep/er/x.toml"]);
    expect(readFileSync(file("deep/er/x.toml"), "utf8")).not.toContain("#:schema");
    writeFileSync(file("deep/agent.schema.json"), "{}");
    await run(["new", "basic", "x", "-o", "deep/y.toml"]);
    expect(readFileSync(file("deep/y.toml"), "utf8")).toStartWith("#:schema ./agent.schema.json\n");
  });

  test("writes to standard output without -o", async () => {
    const { code, stdout, stderr } = await run(["new", "basic", "x"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain('id = "x"');
  });

  test("lists the templates", async () => {
    expect((await run(["new", "--list"])).stdout).toMatch(/^TEMPLATE\s+WHAT IT MAKES\nbasic /);
    expect(JSON.parse((await run(["new", "--list", "--json"])).stdout)).toHaveLength(3);
  });

  test.each([
    [["new"], 2, "<template> is missing"],
    [["new", "basic"], 2, "<id> is missing"],
    [["new", "basc", "x"], 2, 'there is no template "basc"\n  hint: Did you mean "basic"?'],
    [
      ["new", "my-agent"],
      2,
      'there is no template "my-agent"\n  hint: Templates: basic, routing and tool-heavy.',
    ],
    [["new", "basic", "a b", "-o", "ab.toml"], 2, '"a b" cannot be the id of an agent (RULE-001)'],
    [["new", "basic", "x", "-o", "."], 1, "error: . is there already"],
    [["new", "basic", "x", "-o", ".", "--force"], 1, "error: cannot write .: it is a folder\n"],
    [
      ["new", "basic", "x", "-o", "good.toml/x.toml"],
      1,
      "error: cannot make the folder of good.toml/x.toml: ",
    ],
  ])("%p is refused", async (argv, code, message) => {
    const result = await run(argv);
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(message);
    expect(existsSync(file("ab.toml"))).toBe(false);
  });
});

describe("healthcheck", () => {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ url }) =>
      new URL(url).pathname === "/live"
        ? Response.json({ alive: true })
        : Response.json({ ready: false }, { status: 503 }),
  });
  afterAll(() => server.stop(true));
  const check = (argv: string[], HEALTH_PORT = String(server.port)) =>
    run(["healthcheck", ...argv], { env: { HEALTH_PORT }, services: { fetch: services.fetch } });

  test("ends with status 0 when the agent answers well", async () => {
    expect(await check(["--live"])).toEqual({ code: 0, stdout: "alive\n", stderr: "" });
    expect((await check(["--live", "--json"])).stdout).toBe('{"alive":true}\n');
    expect((await check(["--live", "-q"])).stdout).toBe("");
  });

  test("ends with status 1 when it does not", async () => {
    const { code, stderr } = await check([]);
    expect(code).toBe(1);
    expect(stderr).toContain(`not ready: http://127.0.0.1:${server.port}/ready answered 503`);
  });

  test("ends with status 1 when nobody is there", async () => {
    const { code, stderr } = await check([], "1");
    expect(code).toBe(1);
    expect(stderr).toContain("no answer from http://127.0.0.1:1/ready");
  });

  test("does not wait for ever", async () => {
    const hangs = { fetch: (_url: string, init?: RequestInit) => rejectOnAbort(init?.signal) };
    const { code } = await run(["healthcheck", "--timeout", "0.1"], { services: hangs });
    expect(code).toBe(1);
  });
});

const rejectOnAbort = (signal?: AbortSignal | null): Promise<Response> =>
  new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
