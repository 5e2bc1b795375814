import { describe, expect, test } from "bun:test";
import type { LlmSection } from "./config.ts";
import table from "./prices.json";
import { costOf, rateOf, unpricedModels } from "./pricing.ts";
import { PROVIDERS } from "./providers.ts";
import { sectionFor } from "./testing.fixture.ts";

const usage = (inputTokens: number, outputTokens = 0, cachedInputTokens = 0) => ({
  inputTokens,
  outputTokens,
  cachedInputTokens,
});

describe("the price of a model", () => {
  test.each([
    ["openai", "gpt-4o-mini", 0.15],
    ["openai", "gpt-4o-mini-2024-07-18", 0.15],
    ["openai", "gpt-4o-2024-08-06", 2.5],
    ["openai", "gpt-4o-2024-05-13", 5],
    ["azure", "gpt-4o", 2.5],
    ["anthropic", "claude-haiku-4-5-20251001", 1],
    ["anthropic", "claude-opus-4-0", 15],
    ["anthropic", "claude-3-5-haiku-latest", 0.8],
    ["gemini", "gemini-2.0-flash-001", 0.1],
    ["gemini", "gemini-2.5-flash-preview-09-2025", 0.3],
    ["groq", "llama-3.3-70b-versatile", 0.59],
    ["ollama", "whatever:70b", 0],
    ["vllm", "whatever", 0],
  ])("%s/%s: %p", (provider, model, input) => {
    expect(rateOf({ provider, model })?.input).toBe(input);
  });

  test.each([
    ["openai", "gpt-4o-audio-preview"],
    ["openai", "gpt-5-something-new"],
    ["openai", "gpt-9"],
    ["openai", "constructor"],
    ["anthropic", "gpt-4o"],
    ["mine", "gpt-4o"],
    ["constructor", "toString"],
    ["openrouter", "openai/gpt-4o"],
  ])("%s/%s is not known", (provider, model) => {
    expect(rateOf({ provider, model })).toBeUndefined();
  });

  test("the config's own come first, by provider and model before model alone", () => {
    const prices = {
      "gpt-4o": { input: 1, output: 2 },
      "azure/gpt-4o": { input: 3, output: 4 },
      llama3: { input: 5, output: 6 },
    };
    expect(rateOf({ provider: "openai", model: "gpt-4o" }, prices)?.input).toBe(1);
    expect(rateOf({ provider: "openai", model: "gpt-4o-2024-08-06" }, prices)?.input).toBe(1);
    expect(rateOf({ provider: "azure", model: "gpt-4o" }, prices)?.input).toBe(3);
    expect(rateOf({ provider: "ollama", model: "llama3" }, prices)?.input).toBe(5);
  });
});

describe("the cost of a call", () => {
  test("cached input at its own price, or at that of input", () => {
    expect(
      costOf({ input: 2, output: 8, cached_input: 0.5 }, usage(1_000_000, 500_000, 400_000)),
    ).toBeCloseTo(1.2 + 0.2 + 4);
    expect(costOf({ input: 2, output: 8 }, usage(1_000_000, 0, 400_000))).toBe(2);
  });

  test("above the threshold all tokens cost more", () => {
    const rate = rateOf({ provider: "gemini", model: "gemini-2.5-pro" })!;
    expect(costOf(rate, usage(200_000, 1000))).toBeCloseTo((200_000 * 1.25 + 1000 * 10) / 1e6);
    expect(costOf(rate, usage(200_001, 1000))).toBeCloseTo((200_001 * 2.5 + 1000 * 15) / 1e6);
  });

  test("more cached than input (a provider's slip) does not make it negative", () => {
    expect(costOf({ input: 2, output: 0, cached_input: 1 }, usage(10, 0, 50))).toBe(10 / 1e6);
  });
});

test("the models without a price are told, those that are free or tell their cost are not", () => {
  const fallback = [
    { provider: "ollama", model: "llama3" },
    { provider: "openrouter", model: "x/y" },
    { provider: "replay", model: "z", transcript: "t" },
    { provider: "mine", model: "m", base_url: "http://x" },
    { provider: "openai", model: "gpt-4o" },
  ];
  const section = sectionFor("http://x", { model: "gpt-99", fallback }) as LlmSection;
  expect(unpricedModels(section)).toEqual(["openai/gpt-99", "mine/m"]);
});

describe("the table", () => {
  test.each(Object.entries(table))(
    "%s is dated, has a source, and its figures are sound",
    (provider, entry) => {
      expect(Object.keys(PROVIDERS)).toContain(provider);
      expect(entry.as_of).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      expect(entry.source).toMatch(/^https:\/\//);
      for (const [model, rate] of Object.entries<{ input: number; output: number; cached_input?: number }>(
        entry.models,
      )) {
        const { input, output, cached_input = 0 } = rate;
        expect(`${model} ${input > 0 && output >= input && cached_input < input}`).toBe(`${model} true`);
      }
    },
  );
});
