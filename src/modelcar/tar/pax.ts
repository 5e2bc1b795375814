import { broken } from "./header.ts";

/** Records of a pax header that matter here: `path`, `size`. */
export interface Pax {
  path?: string;
  size?: number;
}

const text = new TextDecoder();

/** Reads the records `LENGTH KEY=VALUE\n` of a pax header (POSIX.1-2001). @throws ReadError `broken`. */
export function parsePax(bytes: Uint8Array): Pax {
  const pax: Pax = {};
  let at = 0;
  while (at < bytes.length && bytes[at] !== 0) {
    const space = bytes.indexOf(32, at);
    const digits = space < 0 || space - at > 8 ? "" : text.decode(bytes.subarray(at, space));
    const length = /^[1-9]\d*$/.test(digits) ? Number(digits) : 0;
    if (length <= digits.length + 1 || at + length > bytes.length)
      throw broken("a pax record has no sound length");
    const record = text.decode(bytes.subarray(space + 1, at + length - 1));
    keep(pax, record);
    at += length;
  }
  return pax;
}

function keep(pax: Pax, record: string): void {
  const equals = record.indexOf("=");
  const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
  if (key === "path") pax.path = value;
  if (key === "size") pax.size = sizeOf(value);
  // Sparse files of GNU tar: their true size is another, and their data is in pieces.
  if (key === "GNU.sparse.major")
    throw broken("it holds sparse files of GNU tar, which container layers do not");
}

function sizeOf(value: string): number {
  const size = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(size)) throw broken("a pax record tells an absurd size");
  return size;
}
