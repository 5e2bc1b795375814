import { expect, test } from "bun:test";
import { isSecretName, redactor, valueRedactor } from "./redact.ts";

test.each([
  ["key sk-proj-abcdefghijkl given", "key [redacted] given"],
  ["Authorization: Bearer abcdefgh.ijkl", "Authorization: Bearer [redacted]"],
  ["sent Bearer eyJhbGciOiJIUzI1NiJ9.e30.x", "sent Bearer [redacted]"],
  ["basic understanding of bearer authentication", "basic understanding of bearer authentication"],
  ["mqtts://me:hunter2@broker:8883/x", "mqtts://me:[redacted]@broker:8883/x"],
  ["a\n-----BEGIN EC PRIVATE KEY-----\nMII\n-----END EC PRIVATE KEY-----\nb", "a\n[redacted]\nb"],
  [
    "see https://example.com:8080/a@b and me@example.com",
    "see https://example.com:8080/a@b and me@example.com",
  ],
])("what has the form of a secret is masked: %j", (text, expected) => {
  expect(redactor()(text)).toBe(expected);
});

test("given values are masked, as they are and as JSON writes them, the longest first", () => {
  const redact = valueRedactor(["hunter", "hunter2hunter2", 'quo"ted\nvalue', "short"]);
  expect(redact("hunter2hunter2 hunter short")).toBe("[redacted] [redacted] short");
  expect(redact(JSON.stringify({ x: 'quo"ted\nvalue' }))).toBe('{"x":"[redacted]"}');
});

test.each([
  "api_key",
  "OPENAI_API_KEY",
  "apikey",
  "apiKey",
  "X-API-KEY",
  "token",
  "authToken",
  "password",
  "Authorization",
])("%s is the name of a secret", (name) => {
  expect(isSecretName(name)).toBe(true);
});

test.each([
  "api_key_env",
  "max_tokens",
  "monkey",
  "key_file",
  "tokenizer",
  "username",
  "keys",
  "passwords_file",
])("%s is not", (name) => {
  expect(isSecretName(name)).toBe(false);
});

test.each(["a.", "http://a:", "-----BEGIN PRIVATE KEY-----", "Bearer ", "sk-", "a://a:a"])(
  "a mebibyte of %j is looked through in time",
  (piece) => {
    const text = piece.repeat(Math.floor(2 ** 20 / piece.length));
    const started = performance.now();
    redactor()(text);
    expect(performance.now() - started).toBeLessThan(3000);
  },
);
