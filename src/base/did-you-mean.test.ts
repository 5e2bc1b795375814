import { expect, test } from "bun:test";
import { closest } from "./did-you-mean.ts";

const names = ["system_prompt", "temperature", "max_tokens", "model", "tag", "run", "log-level"];

test.each([
  ["sytem_promt", "system_prompt"],
  ["Temperature", "temperature"],
  ["maxTokens", "max_tokens"],
  ["max_token", "max_tokens"],
  ["tokens", "max_tokens"],
  ["tga", "tag"],
  ["rnu", "run"],
  ["modle", "model"],
  ["temp", "temperature"],
  ["loglevel", "log-level"],
  ["openai_model", "model"],
  ["m", undefined],
  ["xyz", undefined],
  ["", undefined],
  ["tag".repeat(1000), undefined],
])("%p means %p", (word, meant) => {
  expect(closest(word, names)).toBe(meant);
});
