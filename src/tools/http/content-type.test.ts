import { expect, test } from "bun:test";
import { type ContentKind, contentKind, decodeText } from "./content-type.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = bytes("hello");
const binary = new Uint8Array([0x50, 0x4b, 3, 4, 0, 0]);

test.each<[string, Uint8Array, ContentKind]>([
  ["text/html; charset=utf-8", text, "html"],
  ["application/xhtml+xml", text, "html"],
  ["TEXT/HTML", text, "html"],
  ["text/plain", text, "text"],
  ["text/csv", text, "text"],
  ["application/json", text, "text"],
  ["application/problem+json; charset=utf-8", text, "text"],
  ["application/atom+xml", text, "text"],
  ["application/yaml", text, "text"],
  ["application/javascript", text, "text"],
  ["image/svg+xml", text, "text"],
  ["application/x-ndjson", text, "text"],
  ["image/png", text, "binary"],
  ["application/pdf", text, "binary"],
  ["application/zip", binary, "binary"],
  ["video/mp4", binary, "binary"],
  ["application/jsonish", text, "binary"],
  ["", text, "text"],
  ["", binary, "binary"],
  ["", bytes("  <!doctype HTML><p>"), "html"],
  ["application/octet-stream", bytes("<html lang=en>"), "html"],
  ["application/octet-stream", text, "text"],
  ["application/octet-stream", new Uint8Array([0xff, 0xfe, 0xfd]), "binary"],
])("%p with its bytes is %#", (type, body, kind) => {
  expect(contentKind(type, body)).toBe(kind);
});

test("bytes that are UTF-8 but for being cut in the middle of a character are text", () => {
  const cut = bytes("ü".repeat(5000)).subarray(0, 8193);
  expect(contentKind("", cut)).toBe("text");
});

test.each([
  ["text/plain; charset=utf-8", "text", [0xc3, 0xbc], "ü"],
  ["text/plain", "text", [0xc3, 0xbc], "ü"],
  ["text/plain", "text", [0xef, 0xbb, 0xbf, 0x61], "a"],
  ["text/plain; charset=ISO-8859-1", "text", [0xfc], "ü"],
  ['text/plain; charset="windows-1251"', "text", [0xe4, 0xe0], "да"],
  ["text/plain; charset=no-such-charset", "text", [0x61], "a"],
  ["text/plain; charset=utf-8", "text", [0xff, 0xfe, 0x61, 0], "a"],
  ["text/plain", "text", [0xfe, 0xff, 0, 0x61], "a"],
  ["text/plain", "text", [0x61, 0xff], "a\uFFFD"],
] as const)("decodes %p as %p", (type, kind, body, expected) => {
  expect(decodeText(type, kind, new Uint8Array(body))).toBe(expected);
});
