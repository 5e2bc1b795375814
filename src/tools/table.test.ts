import { describe, expect, test } from "bun:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { toolsSection } from "./config.ts";
import {
  checkToolSettings,
  factoryOf,
  toolDescriptions,
  toolFactories,
  toolSecretEnvs,
  toolWarnings,
} from "./table.ts";

/** Problems of a `[tools]` table as the config has it. */
const check = (tools: unknown) => checkToolSettings(toolsSection.parse(tools));

describe("the forms that configs have", () => {
  test.each<[string, unknown]>([
    [
      "the seeds' flat form",
      { web_search: { impl: "serper", api_key_env: "SERPER_API_KEY" }, http_request: "builtin" },
    ],
    [
      "the Rust peer's nested form",
      {
        file_read: { impl: "builtin", config: { max_size: 1_048_576 } },
        file_write: "builtin",
      },
    ],
    [
      "the Rust peer's options",
      {
        http_request: {
          impl: "builtin",
          config: { max_response_size: 1_048_576, timeout: 30, extract_content: true },
        },
      },
    ],
    ["the Rust peer's list", [{ name: "http_request", implementation: "builtin", config: { timeout: 10 } }]],
    ["an implementation by name", { web_search: "brave", search: "serper", fetch: "http_request" }],
    ["a built-in of each kind", { http_request: "builtin", web_search: "builtin", echo: "builtin" }],
    ["one's own search server", { web_search: { impl: "searxng", base_url: "http://searx.internal:8080" } }],
    [
      "an MCP server as a program",
      { github: { impl: "mcp", command: "npx", args: ["-y", "server"], env: { TOKEN: "x" } } },
    ],
    [
      "an MCP server by HTTP",
      { docs: { impl: "mcp", url: "https://mcp.example.com/mcp", token_env: "DOCS_TOKEN" } },
    ],
  ])("%s", (_, tools) => {
    expect(check(tools)).toEqual([]);
  });

  test("the name of the entry is free, the implementation says what it is (OPT-002)", () => {
    expect(factoryOf({ name: "search", impl: "serper" })?.name).toBe("web_search");
    expect(factoryOf({ name: "web_search", impl: "builtin" })?.name).toBe("web_search");
    expect(factoryOf({ name: "search", impl: "builtin" })).toBeUndefined();
  });
});

describe("mistakes are all told, with their place and what was probably meant (FR-011)", () => {
  test.each<[unknown, unknown[]]>([
    [
      { web_serch: "builtin" },
      [
        {
          path: ["web_serch"],
          message: 'there is no built-in tool "web_serch"',
          hint: 'did you mean "web_search"?',
        },
      ],
    ],
    [
      { search: { impl: "serpr" } },
      [
        {
          path: ["search", "impl"],
          message: 'there is no tool implementation "serpr"',
          hint: 'did you mean "serper"?',
        },
      ],
    ],
    [
      { http_request: { impl: "builtin", timout: 5 } },
      [{ path: ["http_request", "timout"], message: "unknown key", hint: 'did you mean "timeout"?' }],
    ],
    [
      { web_search: { impl: "serper", max_results: "ten", config: { api_key_env: "a key" } } },
      [
        { path: ["web_search", "api_key_env"], message: "expected the name of an environment variable" },
        {
          path: ["web_search", "max_results"],
          message: "expected a whole number from 1 to 100, found a string",
        },
      ],
    ],
    [
      { web_search: { impl: "serper", max_results: 1000 } },
      [{ path: ["web_search", "max_results"], message: "expected a whole number from 1 to 100, found 1000" }],
    ],
    [
      { http_request: { impl: "builtin", methods: ["GET", "FETCH"] } },
      [
        {
          path: ["http_request", "methods", 1],
          message: 'expected one of "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" or "OPTIONS"',
        },
      ],
    ],
    [
      { http_request: { impl: "builtin", allowed_hosts: ["https://example.com/"] } },
      [
        {
          path: ["http_request", "allowed_hosts", 0],
          message: "expected a host as example.com, *.example.com or 10.0.0.5:8080",
        },
      ],
    ],
    [
      { http_request: { impl: "builtin", allow_private: "yes" } },
      [
        {
          path: ["http_request", "allow_private"],
          message: "expected true or false or an array of strings, found a string",
        },
      ],
    ],
    [
      { http_request: { impl: "builtin", headers_env: { Authorization: "API_AUTH" } } },
      [
        {
          path: ["http_request", "allowed_hosts"],
          message:
            "missing: Authorization would be sent to any host the model names; list the hosts that may get it",
          hint: expect.stringMatching(/^The only hosts/),
        },
      ],
    ],
    [
      { srv: "mcp" },
      [
        {
          path: ["srv", "command"],
          message: "missing: expected command (a program to run) or url (a server to connect to)",
          hint: expect.stringMatching(/^Program/),
        },
      ],
    ],
    [
      { srv: { impl: "mcp", command: "x", url: "http://localhost/mcp" } },
      [
        {
          path: ["srv", "url"],
          message: "command and url exclude each other: a server is run, or connected to",
        },
      ],
    ],
    [
      { srv: { impl: "mcp", command: "x", token_env: "T" } },
      [{ path: ["srv", "token_env"], message: "token_env goes only with url" }],
    ],
    [
      { "my tool": "echo" },
      [
        {
          path: ["my tool"],
          message: "not a name for a tool: expected 1 to 64 letters, digits, '_' and '-'",
        },
      ],
    ],
    [
      [{ name: "echo" }, { name: "echo" }],
      [{ path: ["echo"], message: "another tool has this name already" }],
    ],
  ])("%j", (tools, problems) => {
    const found = check(tools);
    expect(found).toHaveLength(problems.length);
    expect(found).toEqual(expect.arrayContaining(problems));
  });

  test("an option of another tool is not taken, and those that are known are listed", () => {
    const [problem] = check({ echo: { impl: "builtin", allowed_paths: ["."] } });
    expect(problem).toEqual({
      path: ["echo", "allowed_paths"],
      message: "unknown key",
      hint: "there are none",
    });
    expect(check({ web_search: { impl: "serper", zzz: 1 } })[0]?.hint).toBe(
      "known: api_key_env, base_url, max_results, timeout",
    );
  });

  test("no value is repeated: it may be a secret", () => {
    const text = JSON.stringify(
      check({ web_search: { impl: "serper", api_key: "sk-very-secret", max_results: "s3cret" } }),
    );
    expect(text).not.toMatch(/sk-very-secret|s3cret/);
    expect(text).toContain('did you mean \\"api_key_env\\"?');
  });
});

test("secrets are known by the variables that hold them, the implied ones too (NFR-005)", () => {
  const settings = toolsSection.parse({
    web_search: "builtin",
    other: { impl: "brave", api_key_env: "MY_BRAVE" },
    http_request: {
      impl: "builtin",
      allowed_hosts: ["a.test"],
      headers_env: { Authorization: "API_AUTH", Cookie: "API_COOKIE" },
    },
    docs: { impl: "mcp", url: "https://x.test/", token_env: "DOCS_TOKEN" },
    again: { impl: "serper" },
    wrong: { impl: "tavily", max_results: -1 },
    unknown: "no-such",
  });
  expect(toolSecretEnvs(settings)).toEqual([
    "SERPER_API_KEY",
    "MY_BRAVE",
    "API_AUTH",
    "API_COOKIE",
    "DOCS_TOKEN",
  ]);
});

test("what is open to the private network or to every file is warned of", () => {
  const settings = toolsSection.parse({
    a: { impl: "http_request", allow_private: true },
    b: { impl: "http_request", config: { allow_private: ["10.0.0.5"] } },
    c: { impl: "http_request", allow_private: false },
    d: { impl: "file_read", allowed_paths: ["./data", "//"] },
    e: { impl: "file_write", allowed_paths: ["~/notes"] },
    f: { impl: "file_write", allowed_paths: 5 },
    g: "echo",
    h: "no-such",
  });
  expect(toolWarnings(settings)).toEqual([
    "tools.a.allow_private: the model may reach every private and loopback address, and what runs there.",
    "tools.b.allow_private: the model may reach 10.0.0.5 in the private network.",
    "tools.d.allowed_paths: every file of this user is open to the model.",
    "tools.e.allowed_paths: ~ is no home folder here, but a name like any other: write ${HOME} for it.",
  ]);
});

test("every form of [tools] is told with the schema of its options", () => {
  const forms = toolDescriptions();
  expect(forms.map(({ tool }) => tool)).toEqual(toolFactories.map(({ name }) => name));
  for (const { impls, summary, options } of forms) {
    expect(impls.length).toBeGreaterThan(0);
    expect(summary).toEndWith(".");
    expect(new Ajv2020({ strict: false }).validateSchema(options)).toBe(true);
    expect(options).toMatchObject({ type: "object", additionalProperties: false });
    for (const option of Object.values(options["properties"] ?? {})) {
      expect(option).toMatchObject({ description: expect.stringMatching(/^[A-Z].*[.)]$/s) });
    }
  }
  const impls = forms.flatMap(({ impls }) => impls);
  expect(new Set(impls).size).toBe(impls.length);
});
