import { expect, test } from "bun:test";
import { matchesHost, parseHostPattern } from "./host-pattern.ts";

const matches = (pattern: string, url: string): boolean =>
  matchesHost(parseHostPattern(pattern)!, new URL(url));

test.each([
  ["example.com", "https://example.com/a"],
  ["example.com", "http://EXAMPLE.com:8080"],
  ["example.com", "https://example.com./"],
  ["Example.COM", "https://example.com"],
  ["*.example.com", "https://a.example.com"],
  ["*.example.com", "https://a.b.example.com"],
  ["example.com:443", "https://example.com"],
  ["example.com:80", "http://example.com"],
  ["localhost:11434", "http://localhost:11434"],
  ["10.0.0.5", "http://10.0.0.5"],
  ["10.0.0.5", "http://0xa.0.0.5"],
  ["::1", "http://[::1]:3000"],
  ["[::1]:3000", "http://[0:0::1]:3000"],
  ["bücher.example", "https://xn--bcher-kva.example"],
])("%p means %p", (pattern, url) => {
  expect(matches(pattern, url)).toBe(true);
});

test.each([
  ["example.com", "https://a.example.com"],
  ["example.com", "https://example.com.evil.test"],
  ["example.com", "https://evilexample.com"],
  ["example.com", "https://evil.test/example.com"],
  ["example.com", "https://example.com@evil.test"],
  ["*.example.com", "https://example.com"],
  ["*.example.com", "https://evilexample.com"],
  ["example.com:443", "http://example.com"],
  ["localhost:11434", "http://localhost:8080"],
])("%p does not mean %p", (pattern, url) => {
  expect(matches(pattern, url)).toBe(false);
});

test.each([
  "",
  "*",
  "*.",
  "https://example.com",
  "example.com/path",
  "a b",
  "example.com:99999",
  "user@example.com",
  "a.*.com",
])("%p is not a pattern", (text) => {
  expect(parseHostPattern(text)).toBeUndefined();
});
