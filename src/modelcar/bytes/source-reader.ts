import type { ByteReader, ByteSource } from "./types.ts";

/** A reader that can look ahead. */
export interface SourceReader extends ByteReader {
  /** The next bytes, which are read again later. */
  peek(length: number): Promise<Uint8Array>;
}

/**
 * Reads a part of a source in order. Small reads are answered from a window of `ahead` bytes, so that headers beside
 * each other cost one request; what is skipped costs nothing.
 */
export function sourceReader(
  source: ByteSource,
  { start = 0, end = source.size, ahead = 16_384 }: { start?: number; end?: number; ahead?: number } = {},
): SourceReader {
  let at = start;
  let window: { start: number; bytes: Uint8Array } = { start, bytes: new Uint8Array() };
  return {
    get position() {
      return at - start;
    },
    async peek(length) {
      const before = at;
      const bytes = await this.read(length);
      at = before;
      return bytes;
    },
    async read(length) {
      const wanted = Math.max(0, Math.min(length, end - at));
      if (at < window.start || at + wanted > window.start + window.bytes.length) {
        const size = Math.min(end - at, Math.max(wanted, ahead));
        window = { start: at, bytes: size === 0 ? new Uint8Array() : await source.read(at, size) };
      }
      const from = at - window.start;
      at += wanted;
      return window.bytes.subarray(from, from + wanted);
    },
    async skip(length) {
      at += length;
    },
    async close() {},
  };
}

/** Bytes in memory as a source. */
export const memorySource = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  async read(offset, length) {
    return bytes.subarray(offset, offset + length);
  },
});
