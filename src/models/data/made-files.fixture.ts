/** Images and arrays made in a test. */

export type Colour = readonly [red: number, green: number, blue: number];

/** A BMP of 24 bits. */
export function bmp(
  width: number,
  height: number,
  colour: (x: number, y: number) => Colour,
): Uint8Array<ArrayBuffer> {
  const row = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.alloc(54 + row * height);
  file.write("BM");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      file.set([...colour(x, y)].reverse(), 54 + (height - 1 - y) * row + x * 3);
    }
  }
  return Uint8Array.from(file);
}

/** A BMP of 8 bits with these colours. */
export function bmpWithPalette(
  width: number,
  height: number,
  palette: Colour[],
  index: (x: number, y: number) => number,
) {
  const row = Math.ceil(width / 4) * 4;
  const start = 54 + palette.length * 4;
  const file = Buffer.alloc(start + row * height);
  file.write("BM");
  file.writeUInt32LE(start, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(8, 28);
  file.writeUInt32LE(palette.length, 46);
  for (const [i, colour] of palette.entries()) file.set([...colour].reverse(), 54 + i * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) file[start + (height - 1 - y) * row + x] = index(x, y);
  }
  return Uint8Array.from(file);
}

export const png = (image: Uint8Array) => new Bun.Image(image).png().bytes();
export const jpeg = (image: Uint8Array) => new Bun.Image(image).jpeg({ quality: 95 }).bytes();
export const webp = (image: Uint8Array) => new Bun.Image(image).webp({ lossless: true }).bytes();

type NpyElements = Float32Array | Float64Array | Uint8Array | BigInt64Array | Int32Array;

/** An .npy file of version 1, as numpy.save writes it. */
export function npy(
  dims: readonly number[],
  elements: NpyElements,
  { descr = descriptionOf(elements), fortran = false } = {},
): Uint8Array<ArrayBuffer> {
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${shape}), }`;
  const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  const data = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
  return Uint8Array.from(
    Buffer.concat([Buffer.from("\x93NUMPY\x01\x00", "latin1"), length, Buffer.from(header), data]),
  );
}

function descriptionOf(elements: NpyElements): string {
  if (elements instanceof Float32Array) return "<f4";
  if (elements instanceof Float64Array) return "<f8";
  if (elements instanceof BigInt64Array) return "<i8";
  return elements instanceof Int32Array ? "<i4" : "|u1";
}

/** An IDX file of bytes. */
export function idx(dims: readonly number[], elements: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = Buffer.alloc(4 + dims.length * 4);
  head.set([0, 0, 8, dims.length]);
  for (const [i, dim] of dims.entries()) head.writeUInt32BE(dim, 4 + i * 4);
  return Uint8Array.from(Buffer.concat([head, elements]));
}
