import { errorCode } from "../../base/errors.ts";
import { DataError } from "./data-error.ts";
import { orientationOf, UPRIGHT } from "./orientation.ts";
import { paletteBmp } from "./palette-bmp.ts";
import { pngPixels } from "./png-pixels.ts";
import type { Pixels } from "./types.ts";

/** 10,000 × 10,000: 400 MB of memory for one image. Its header is read before anything is decoded. */
export const MAX_PIXELS = 100_000_000;
export const IMAGE_EXTENSIONS = ["jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp", "gif"] as const;

/**
 * Decodes JPEG, PNG, WebP, BMP or GIF (its first picture), whatever the name says, beside the event loop, upright as EXIF has
 * it. The pixels are those that Pillow gives (libjpeg-turbo, libwebp). Rejects with a DataError that says why, without `where`.
 */
export async function decodeImage(file: Uint8Array): Promise<Pixels> {
  const own = ownBmp(file);
  if (own) return own();
  refuseTruncatedJpeg(file);
  return pngPixels(await decoded(upright(file).png({ compressionLevel: 0 })));
}

/** Decodes and keeps nothing. */
export async function checkImage(file: Uint8Array): Promise<void> {
  if (ownBmp(file)) return;
  refuseTruncatedJpeg(file);
  await decoded(upright(file).resize(1, 1, { filter: "nearest" }).png());
}

function ownBmp(file: Uint8Array): (() => Pixels) | undefined {
  if (file.length === 0) throw new DataError("the file is empty");
  const reader = paletteBmp(file);
  if (reader === "damaged") throw new DataError("the BMP is damaged or truncated");
  return reader;
}

function upright(file: Uint8Array): Bun.Image {
  const { degrees, flip, flop } = UPRIGHT[orientationOf(file)];
  const image = new Bun.Image(file, { maxPixels: MAX_PIXELS });
  if (degrees !== 0) image.rotate(degrees);
  if (flip) image.flip();
  if (flop) image.flop();
  return image;
}

async function decoded(image: Bun.Image): Promise<Uint8Array> {
  try {
    return await image.bytes();
  } catch (thrown) {
    const reason = REASONS.get(errorCode(thrown) ?? "");
    if (reason === undefined) throw thrown;
    throw new DataError(reason, { cause: thrown });
  }
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ERR_IMAGE_TOO_MANY_PIXELS", `it has more than ${MAX_PIXELS / 1e6} million pixels`],
  ["ERR_IMAGE_DECODE_FAILED", "the image is damaged, truncated, or of a kind that is not read"],
  ["ERR_IMAGE_ENCODE_FAILED", "the image has a size that is not read"],
  ["ERR_IMAGE_UNKNOWN_FORMAT", "it is no JPEG, PNG, WebP, BMP or GIF"],
  ["ERR_IMAGE_FORMAT_UNSUPPORTED", "this image format is not read here (JPEG, PNG, WebP, BMP and GIF are)"],
]);

/**
 * libjpeg only warns of an image that stops half way, and paints the rest grey. Coded data never holds a marker (ITU T.81,
 * B.1.1.5), so that the end of the image is missing where no EOI follows the first scan.
 */
function refuseTruncatedJpeg(file: Uint8Array): void {
  if (file[0] !== 0xff || file[1] !== 0xd8) return;
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const scan = firstScan(bytes);
  if (scan === undefined || bytes.indexOf(EOI, scan) < 0) throw new DataError("the JPEG is truncated");
}
const EOI = Uint8Array.of(0xff, 0xd9);

/** Steps over the segments before the first start of scan: thumbnails among them have ends of their own. */
function firstScan(bytes: Buffer): number | undefined {
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) at = bytes.indexOf(0xff, at);
    if (at < 0) return undefined;
    const marker = bytes[at + 1]!;
    if (marker === 0xda) return at;
    const alone = marker === 0xff || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    if (marker === 0xff) at += 1;
    else at += alone ? 2 : 2 + Math.max(2, at + 4 <= bytes.length ? bytes.readUInt16BE(at + 2) : 2);
  }
  return undefined;
}
