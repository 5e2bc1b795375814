import { concat } from "../http/body.ts";
import { ReadError } from "../http/types.ts";
import type { ByteReader } from "./types.ts";

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
  return {
    get position() {
      return at;
    },
    async read(length) {
      affordable(length);
      const parts: Uint8Array[] = [];
      let left = length;
      while (left > 0 && (rest.length > 0 || (await next()))) {
        const part = rest.subarray(0, left);
        rest = rest.subarray(part.length);
        left -= part.length;
        parts.push(part);
      }
      at += length - left;
      return concat(parts, length - left);
    },
    async skip(length) {
      affordable(length);
      skipped += length;
      if (skipped > mostSkipped)
        throw new ReadError("too-large", `more than ${mostSkipped} bytes would have to be passed over`);
      let left = length;
      while (left > 0 && (rest.length > 0 || (await next()))) {
        const passed = Math.min(left, rest.length);
        rest = rest.subarray(passed);
        left -= passed;
      }
      at += length - left;
    },
    async close() {
      await chunks.return?.();
    },
  };
}
