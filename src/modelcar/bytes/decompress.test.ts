import { expect, test } from "bun:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { isReadError, ReadError } from "../http/types.ts";
import { decompressed } from "./decompress.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function unpack(bytes: Uint8Array, form: "gzip" | "zstd", size = 100): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(decompressed(pieces(bytes, size), form)));
}

test.each([
  ["gzip", gzipSync],
  ["zstd", zstdCompressSync],
] as const)("several parts of %s one after the other are one stream", async (form, pack) => {
  const [a, b] = [Buffer.from("a".repeat(5_000)), Buffer.from(crypto.getRandomValues(new Uint8Array(5_000)))];
  const packed = new Uint8Array(Buffer.concat([pack(a), pack(b)]));
  expect((await unpack(packed, form)).equals(Buffer.concat([a, b]))).toBe(true);
});

test("broken data is told, whatever it is (fuzz)", async () => {
  const base = new Uint8Array(gzipSync("the text ".repeat(100)));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("gzip", "zstd"),
      fc.nat(base.length - 1),
      fc.nat(255),
      fc.nat(base.length),
      async (form, at, value, end) => {
        try {
          await unpack(base.with(at, value).subarray(0, end), form, 7);
        } catch (thrown) {
          if (!isReadError(thrown)) throw thrown;
        }
      },
    ),
    { numRuns: 200 },
  );
  await expect(unpack(base.subarray(0, 20), "gzip")).rejects.toThrow("the gzip data is broken");
});

test("an error of the source is passed on as it is, and leaving early ends it", async () => {
  let ended = false;
  async function* failing(): AsyncGenerator<Uint8Array, void> {
    try {
      yield new Uint8Array(gzipSync("x".repeat(1_000)));
      throw new ReadError("unreachable", "the source");
    } finally {
      ended = true;
    }
  }
  await expect(Array.fromAsync(decompressed(failing(), "gzip"))).rejects.toMatchObject({
    code: "unreachable",
  });
  expect(ended).toBe(true);
});
