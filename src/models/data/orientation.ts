/** EXIF orientations (Exif 2.32, 4.6.4, tag 0x0112): 1 is upright. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/**
 * The orientation that a PNG (chunk eXIf) or WebP (chunk EXIF) asks for; 1 where it says nothing that can be read. Those of
 * JPEG are seen to by the decoder.
 */
export function orientationOf(image: Uint8Array): Orientation {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  if (image.length < 16) return 1;
  if (view.getUint32(0) === 0x89504e47) return inTiff(pngChunk(view, image));
  if (view.getUint32(0) === RIFF && view.getUint32(8) === WEBP) return inTiff(webpChunk(view, image));
  return 1;
}
const RIFF = 0x52494646;
const WEBP = 0x57454250;

function pngChunk(view: DataView, image: Uint8Array): Uint8Array | undefined {
  for (let at = 8; at + 8 <= image.length; ) {
    const length = view.getUint32(at);
    if (view.getUint32(at + 4) === 0x65584966) return image.subarray(at + 8, at + 8 + length);
    at += 12 + length;
  }
  return undefined;
}

function webpChunk(view: DataView, image: Uint8Array): Uint8Array | undefined {
  for (let at = 12; at + 8 <= image.length; ) {
    const length = view.getUint32(at + 4, true);
    if (view.getUint32(at) === 0x45584946) return withoutMarker(image.subarray(at + 8, at + 8 + length));
    at += 8 + length + (length & 1);
  }
  return undefined;
}

/** Some writers put JPEG's "Exif\0\0" before the TIFF header. */
const withoutMarker = (exif: Uint8Array): Uint8Array =>
  exif[0] === 0x45 && exif[1] === 0x78 ? exif.subarray(6) : exif;

function inTiff(tiff: Uint8Array | undefined): Orientation {
  if (tiff === undefined || tiff.length < 10) return 1;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const little = view.getUint16(0) === 0x4949;
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return 1;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + i * 12;
    if (at + 12 > tiff.length) return 1;
    if (view.getUint16(at, little) === 0x0112) return known(view.getUint16(at + 8, little));
  }
  return 1;
}

const known = (value: number): Orientation => (value >= 1 && value <= 8 ? (value as Orientation) : 1);

/** What turns an image with this orientation upright; mirrored first top to bottom, then left to right, after the turn. */
export const UPRIGHT: Readonly<
  Record<Orientation, { degrees: 0 | 90 | 180 | 270; flip: boolean; flop: boolean }>
> = {
  1: { degrees: 0, flip: false, flop: false },
  2: { degrees: 0, flip: false, flop: true },
  3: { degrees: 180, flip: false, flop: false },
  4: { degrees: 0, flip: true, flop: false },
  5: { degrees: 90, flip: false, flop: true },
  6: { degrees: 90, flip: false, flop: false },
  7: { degrees: 270, flip: false, flop: true },
  8: { degrees: 270, flip: false, flop: false },
};
