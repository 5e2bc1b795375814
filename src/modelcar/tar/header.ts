import { ReadError } from "../http/types.ts";

export const BLOCK = 512;

/** One header block of a tar archive. */
export interface TarHeader {
  path: string;
  size: number;
  /** `0` file, `5` folder, `L` GNU long name, `x` and `g` pax, … */
  type: string;
}

const text = new TextDecoder();

/**
 * Reads a header block (POSIX.1-1988 ustar, GNU and V7 forms); undefined for a block of zeros, which ends an archive.
 * @throws ReadError `broken` for anything that is no header.
 */
export function parseTarHeader(block: Uint8Array): TarHeader | undefined {
  if (block.length < BLOCK) throw broken("it ends within a header");
  if (block.every((byte) => byte === 0)) return undefined;
  checkSum(block);
  const magic = textAt(block, 257, 6);
  const prefix = magic.startsWith("ustar") && !magic.endsWith(" ") ? textAt(block, 345, 155) : "";
  const name = textAt(block, 0, 100);
  const type = textAt(block, 156, 1) || "0";
  return { path: prefix === "" ? name : `${prefix}/${name}`, size: numberAt(block, 124, 12), type };
}

/** Some old writers summed signed bytes; both sums count, as in GNU tar. */
function checkSum(block: Uint8Array): void {
  const expected = numberAt(block, 148, 8);
  let [sum, signedSum] = [0, 0];
  for (let at = 0; at < BLOCK; at++) {
    const byte = at >= 148 && at < 156 ? 32 : block[at]!;
    sum += byte;
    signedSum += byte > 127 ? byte - 256 : byte;
  }
  if (expected !== sum && expected !== signedSum) throw broken("a header's checksum is wrong");
}

function textAt(block: Uint8Array, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return text.decode(end < 0 ? field : field.subarray(0, end));
}

/** Octal digits, or GNU's base 256 with the top bit set. */
function numberAt(block: Uint8Array, start: number, length: number): number {
  const first = block[start]!;
  if (first & 0x80) return base256(block, start, length);
  const digits = textAt(block, start, length).trim();
  if (digits === "") return 0;
  if (!/^[0-7]+$/.test(digits)) throw broken("where a header should be stands something else");
  return Number.parseInt(digits, 8);
}

function base256(block: Uint8Array, start: number, length: number): number {
  let value = block[start]! & 0x7f;
  for (let at = start + 1; at < start + length; at++) value = value * 256 + block[at]!;
  if (!Number.isSafeInteger(value)) throw broken("a header tells an absurd size");
  return value;
}

export const broken = (what: string): ReadError =>
  new ReadError("broken", `the layer is not a whole tar archive: ${what}`);
