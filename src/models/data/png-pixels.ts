import type { Pixels } from "./types.ts";

const SIGNATURE_BYTES = 8;
/** Length and type before, CRC behind the data of a chunk (PNG, 5.3). */
const CHUNK_HEAD = 8;
const CHUNK_TAIL = 4;
/** The header of zlib (RFC 1950, 2.2) before the deflated data. */
const ZLIB_HEAD = 2;

/**
 * The pixels of a PNG as Bun's encoder writes it without compression: 8 bits of RGB or RGBA, rows without a filter. It is how
 * pixels leave Bun.Image, which gives none as they are. Throws for any other PNG.
 */
export function pngPixels(png: Uint8Array): Pixels {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const head = SIGNATURE_BYTES + CHUNK_HEAD;
  const [width, height] = [view.getUint32(head), view.getUint32(head + 4)];
  const [depth, colour, interlaced] = [png[head + 8], png[head + 9], png[head + 12]];
  const channels = colour === 6 ? 4 : 3;
  if (depth !== 8 || (colour !== 6 && colour !== 2) || interlaced !== 0) {
    throw new Error(
      `a PNG of ${depth} bits, colour type ${colour}, where 8 bits of RGB or RGBA are expected`,
    );
  }
  const rows = Bun.inflateSync(joined(dataChunks(view, png)).subarray(ZLIB_HEAD));
  return { width, height, channels, data: withoutFilterBytes(rows, height, width * channels) };
}

function dataChunks(view: DataView, png: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = SIGNATURE_BYTES; at + CHUNK_HEAD <= png.length; ) {
    const length = view.getUint32(at);
    const start = at + CHUNK_HEAD;
    if (view.getUint32(at + 4) === IDAT) parts.push(png.subarray(start, start + length));
    at = start + length + CHUNK_TAIL;
  }
  return parts;
}
const IDAT = 0x49444154;

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Moves the rows together over the byte that stands before each. */
function withoutFilterBytes(rows: Uint8Array, height: number, rowBytes: number): Uint8Array {
  if (rows.length !== height * (rowBytes + 1))
    throw new Error("a PNG with more or less data than its size says");
  for (let y = 0; y < height; y++) {
    const start = y * (rowBytes + 1);
    if (rows[start] !== 0)
      throw new Error(`a PNG with filter ${rows[start]} in row ${y}, where none is expected`);
    rows.copyWithin(y * rowBytes, start + 1, start + 1 + rowBytes);
  }
  return rows.subarray(0, height * rowBytes);
}
