import { ReadError } from "../http/types.ts";
import { concat } from "./concat.ts";
import type { ByteReader } from "./types.ts";

/** Bytes in memory as a stream. */
export async function* memoryStream(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}

/**
 * Reads a stream in order. Skipping costs as much as reading: past `budget` bytes nothing more is taken, and no more than
 * `mostSkipped` are skipped over in all.
 * @throws ReadError `too-large` from `read` and `skip` once the budget does not suffice, before it is spent.
 */
export function streamReader(
  chunks: AsyncIterator<Uint8Array, void>,
  budget: number,
  mostSkipped = Number.POSITIVE_INFINITY,
): ByteReader {
  let at = 0;
  let skipped = 0;
  let rest: Uint8Array = new Uint8Array();
  const affordable = (length: number): void => {
    if (at + length > budget)
      throw new ReadError("too-large", `more than ${budget} bytes would have to be read`);
  };
  const next = async (): Promise<boolean> => {
    const { done, value } = await chunks.next();
    if (done) return false;
    rest = value;
    return true;
  };
  /** Goes on by so many bytes, fewer only at the end. */
  const pass = async (length: number, see: (part: Uint8Array) => void): Promise<number> => {
    let left = length;
    while (left > 0 && (rest.length > 0 || (await next()))) {
      const part = rest.subarray(0, left);
      rest = rest.subarray(part.length);
      left -= part.length;
      see(part);
    }
    at += length - left;
    return length - left;
  };
  return {
    get position() {
      return at;
    },
    async read(length) {
      affordable(length);
      const parts: Uint8Array[] = [];
      const passed = await pass(length, (part) => parts.push(part));
      return concat(parts, passed);
    },
    async skip(length) {
      affordable(length);
      skipped += length;
      if (skipped > mostSkipped)
        throw new ReadError("too-large", `more than ${mostSkipped} bytes would have to be passed over`);
      await pass(length, () => {});
    },
    async close() {
      await chunks.return?.();
    },
  };
}
