import type { Pixels } from "./types.ts";

/** BITMAPFILEHEADER and the first fields of BITMAPINFOHEADER (Microsoft, "Bitmap Header Types"). */
const FILE_HEAD = 14;

/**
 * A BMP of 1, 4 or 8 bits with a palette, not compressed: the kind that Bun's decoder does not read. Undefined for any other
 * file; "damaged" for one of this kind that does not hold what its header says.
 */
export function paletteBmp(file: Uint8Array): (() => Pixels) | "damaged" | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < FILE_HEAD + 40 || view.getUint16(0) !== 0x424d) return undefined;
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  if (![1, 4, 8].includes(bits) || compression !== 0) return undefined;
  const width = view.getInt32(18, true);
  const tall = view.getInt32(22, true);
  const [height, start] = [Math.abs(tall), view.getUint32(10, true)];
  const paletteAt = FILE_HEAD + view.getUint32(14, true);
  const colours = Math.min(view.getUint32(46, true) || 2 ** bits, 2 ** bits);
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  const holds = start + rowBytes * height <= file.length && paletteAt + colours * 4 <= file.length;
  if (width <= 0 || height === 0 || !holds) return "damaged";
  const palette = file.subarray(paletteAt, paletteAt + colours * 4);
  return () => {
    const data = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; y++) {
      const row = start + (tall > 0 ? height - 1 - y : y) * rowBytes;
      paintRow(
        file.subarray(row, row + rowBytes),
        bits,
        palette,
        data.subarray(y * width * 3, (y + 1) * width * 3),
      );
    }
    return { width, height, channels: 3, data };
  };
}

/** Indices stand most significant bits first; colours as blue, green, red, 0. One that the palette lacks is black. */
function paintRow(row: Uint8Array, bits: number, palette: Uint8Array, out: Uint8Array): void {
  const perByte = 8 / bits;
  const mask = 2 ** bits - 1;
  for (let x = 0; x * 3 < out.length; x++) {
    const shift = 8 - bits - (x % perByte) * bits;
    const entry = ((row[Math.floor(x / perByte)]! >> shift) & mask) * 4;
    for (let c = 0; c < 3; c++) out[x * 3 + c] = palette[entry + 2 - c] ?? 0;
  }
}
