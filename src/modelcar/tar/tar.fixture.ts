import { BLOCK } from "./header.ts";

export interface TarEntry {
  path: string;
  data?: Uint8Array | string;
  type?: string;
  /** What the header claims instead of the true size. */
  claim?: number;
  /** Writes the path in a pax header or a GNU long name. */
  long?: "pax" | "gnu";
}

const encoder = new TextEncoder();
const bytesOf = (data: Uint8Array | string): Uint8Array =>
  typeof data === "string" ? encoder.encode(data) : data;

/** A header block with its checksum. */
export function tarHeader(path: string, size: number, type = "0"): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (text: string, at: number) => block.set(encoder.encode(text), at);
  put(path.slice(0, 100), 0);
  put("0000644\0", 100);
  put(`${size.toString(8).padStart(11, "0")}\0`, 124);
  put("        ", 148);
  put(type, 156);
  put("ustar\x0000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** A tar archive of these entries. */
export function makeTar(entries: readonly TarEntry[], { end = true } = {}): Uint8Array {
  const parts: Uint8Array[] = [];
  const add = (path: string, data: Uint8Array, type: string, claim = data.length) => {
    parts.push(tarHeader(path, claim, type), data, new Uint8Array((BLOCK - (data.length % BLOCK)) % BLOCK));
  };
  for (const { path, data = "", type = "0", claim, long } of entries) {
    if (long === "pax") add("PaxHeader", encoder.encode(paxRecord("path", path)), "x");
    if (long === "gnu") add("././@LongLink", encoder.encode(`${path}\0`), "L");
    add(long === undefined ? path : "short", bytesOf(data), type, claim);
  }
  if (end) parts.push(new Uint8Array(2 * BLOCK));
  return new Uint8Array(Buffer.concat(parts));
}

export function paxRecord(key: string, value: string): string {
  const body = ` ${key}=${value}\n`;
  let length = body.length + 1;
  while (`${length}${body}`.length !== length) length = `${length}${body}`.length;
  return `${length}${body}`;
}
