import { describe, expect, test } from "bun:test";
import { ExpectedError } from "../../base/errors.ts";
import { llmSection } from "../config.ts";
import { PROVIDERS, quirksOf } from "../providers.ts";
import { resolveChoice } from "./endpoint.ts";
import { ollamaAddress } from "./ollama.ts";

const env = Object.fromEntries(Object.values(PROVIDERS).map(({ keyEnv }) => [keyEnv, `key-of-${keyEnv}`]));

const problem = (run: () => unknown): ExpectedError => {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof ExpectedError) return thrown;
  }
  throw new Error("expected an ExpectedError");
};

describe("a choice", () => {
  test.each(Object.keys(PROVIDERS).filter((name) => name !== "azure"))(
    "%s needs nothing but its key",
    (provider) => {
      const endpoint = resolveChoice({ provider, model: "m" }, env);
      expect(endpoint.baseUrl).toMatch(/^https?:\/\/[^/]+(\/[\w.]+)+$/);
      expect(endpoint.headers["authorization"]).toBe(`Bearer ${endpoint.key}`);
      expect(endpoint.keyEnv).toMatch(/_API_KEY$/);
    },
  );

  test("any other provider works with base_url, with or without a key", () => {
    const choice = { provider: "mine", model: "m", base_url: "http://box:9000/api/v1/" };
    expect(resolveChoice(choice, {})).toMatchObject({
      id: "mine/m",
      baseUrl: "http://box:9000/api/v1",
      headers: {},
    });
    const keyed = resolveChoice({ ...choice, api_key_env: "MY_KEY" }, { MY_KEY: " s3cret-key\n" });
    expect(keyed.headers).toEqual({ authorization: "Bearer s3cret-key" });
  });

  test("the address may come from the environment; the config's comes first", () => {
    const vars = { ...env, OPENAI_BASE_URL: "https://proxy.example/v1/chat/completions" };
    const choice = { provider: "openai", model: "m" };
    expect(resolveChoice(choice, vars).baseUrl).toBe("https://proxy.example/v1");
    expect(resolveChoice({ ...choice, base_url: "https://own.example/v1" }, vars).baseUrl).toBe(
      "https://own.example/v1",
    );
    expect(resolveChoice(choice, { ...env, OPENAI_BASE_URL: " " }).baseUrl).toBe("https://api.openai.com/v1");
  });

  test("a missing key names both remedies", () => {
    const error = problem(() => resolveChoice({ provider: "openai", model: "m" }, { OPENAI_API_KEY: "" }));
    expect(error.message).toBe("no API key for openai: the environment variable OPENAI_API_KEY is empty");
    expect(error.where).toBe("llm.api_key_env");
    expect(error.hint).toBe(
      "Set OPENAI_API_KEY, or name the variable that holds it with api_key_env in [llm].",
    );
    const named = { provider: "ollama", model: "m", api_key_env: "MINE" };
    expect(problem(() => resolveChoice(named, {}, "routing.llm")).message).toContain("MINE is not set");
  });

  test("a key that cannot be a header is refused without being told", () => {
    const error = problem(() =>
      resolveChoice({ provider: "openai", model: "m" }, { OPENAI_API_KEY: "sk-a\nsk-b" }),
    );
    expect(error.message).toBe("the API key in OPENAI_API_KEY has characters that no HTTP header may hold");
    expect(JSON.stringify([error.message, error.hint])).not.toContain("sk-a");
  });

  test("an unknown provider is told what is known and what was probably meant", () => {
    const error = problem(() => resolveChoice({ provider: "opnai", model: "m" }, env));
    expect(error.message).toBe('unknown LLM provider "opnai" (did you mean "openai"?)');
    expect(error.where).toBe("llm.provider");
    expect(error.hint).toContain("base_url in [llm]");
    expect(problem(() => resolveChoice({ provider: "constructor", model: "m" }, env)).message).toContain(
      "unknown",
    );
  });

  test("organisation and project go to OpenAI, and to nobody else", () => {
    const vars = { ...env, OPENAI_ORG_ID: "org-1", OPENAI_PROJECT_ID: "" };
    expect(resolveChoice({ provider: "openai", model: "m" }, vars).headers).toMatchObject({
      "openai-organization": "org-1",
    });
    expect(Object.keys(resolveChoice({ provider: "openai", model: "m" }, vars).headers)).not.toContain(
      "openai-project",
    );
    expect(Object.keys(resolveChoice({ provider: "groq", model: "m" }, vars).headers)).toEqual([
      "authorization",
    ]);
  });

  test("Azure without an address names both places", () => {
    const error = problem(() => resolveChoice({ provider: "azure", model: "m" }, env));
    expect(error.message).toBe("no address for azure: AZURE_OPENAI_ENDPOINT is not set");
    expect(error.hint).toContain("base_url in [llm]");
  });

  test.each([
    [
      "https://r.openai.azure.com",
      "https://r.openai.azure.com/openai/deployments/d",
      { "api-version": "2024-10-21" },
    ],
    [
      "https://r.openai.azure.com/openai/",
      "https://r.openai.azure.com/openai/deployments/d",
      { "api-version": "2024-10-21" },
    ],
    [
      "https://r.openai.azure.com/openai/deployments/x/chat/completions?api-version=2025-01-01-preview",
      "https://r.openai.azure.com/openai/deployments/d",
      { "api-version": "2025-01-01-preview" },
    ],
    ["https://r.openai.azure.com/openai/v1/", "https://r.openai.azure.com/openai/v1", {}],
  ])("Azure's %s", (base_url, baseUrl, query) => {
    expect(resolveChoice({ provider: "azure", model: "d", base_url }, env)).toMatchObject({ baseUrl, query });
  });

  test("Anthropic's list of models wants its own headers", () => {
    const { probe } = resolveChoice({ provider: "anthropic", model: "m" }, env);
    expect(probe.headers).toMatchObject({
      "x-api-key": env["ANTHROPIC_API_KEY"],
      "anthropic-version": "2023-06-01",
    });
  });

  test("OpenRouter's key is tried where keys are, its models being public", () => {
    expect(resolveChoice({ provider: "openrouter", model: "m" }, env).probe.url).toBe(
      "https://openrouter.ai/api/v1/key",
    );
  });
});

test.each([
  [undefined, "http://127.0.0.1:11434"],
  ["", "http://127.0.0.1:11434"],
  ["box", "http://box:11434"],
  ["box:9000", "http://box:9000"],
  [":9000", "http://127.0.0.1:9000"],
  ["0.0.0.0", "http://127.0.0.1:11434"],
  ["0.0.0.0:9000", "http://127.0.0.1:9000"],
  ["[::1]", "http://[::1]:11434"],
  ["[::]:9000", "http://127.0.0.1:9000"],
  ["http://box", "http://box:80"],
  ["https://box", "https://box:443"],
  ["https://box:1234/ollama/", "https://box:1234/ollama"],
])("OLLAMA_HOST %p is %p", (host, address) => {
  expect(ollamaAddress({ OLLAMA_HOST: host })).toBe(address);
  expect(resolveChoice({ provider: "ollama", model: "m" }, { OLLAMA_HOST: host }).baseUrl).toBe(
    `${address}/v1`,
  );
});

test.each([
  ["openai", "o1", true],
  ["openai", "o3-mini-2025-01-31", true],
  ["azure", "o4-mini", true],
  ["openai", "gpt-5-nano", true],
  ["openai", "gpt-6.1-sol", true],
  ["openrouter", "openai/gpt-5", true],
  ["openai", "gpt-5-chat-latest", false],
  ["openai", "gpt-4.1", false],
  ["groq", "openai/gpt-oss-120b", false],
  ["ollama", "olmo", false],
])("%s/%s reasons: %p", (provider, model, reasons) => {
  expect(quirksOf(provider, model).temperature).toBe(!reasons);
});

describe("the config slice", () => {
  const issues = (section: object) =>
    (llmSection.safeParse(section).error?.issues ?? []).map(
      ({ path, message }) => `${path.join(".")}: ${message}`,
    );

  test("takes a provider it knows, or one with an address", () => {
    expect(issues({ provider: "openai", model: "m" })).toEqual([]);
    expect(issues({ provider: "mine", model: "m", base_url: "https://x.example/v1" })).toEqual([]);
    expect(issues({ provider: "replay", model: "m", transcript: "t.jsonl" })).toEqual([]);
  });

  test("tells of an unknown provider and a missing transcript, fallbacks included, beside other problems", () => {
    const found = issues({
      provider: "gemni",
      model: "m",
      temperature: 9,
      fallback: [{ provider: "replay", model: "m" }],
    });
    expect(found).toHaveLength(3);
    expect(found).toContain(
      'provider: unknown LLM provider "gemni" (did you mean "gemini"?); a provider that is not built in needs base_url',
    );
    expect(found).toContain(
      "fallback.0.transcript: the replay provider needs a transcript to answer from: a file recorded with --record",
    );
  });
});
