import { type ImageShape, imageShapeOf } from "../data/image-shape.ts";
import type { Value } from "../ort/types.ts";
import type { Result } from "../report/result-schema.ts";
import { worstSamples } from "../report/summary.ts";
import type { ValidationResult } from "../report/validation-schema.ts";
import type { ValidationSamples } from "../validate/validate.ts";

const MOST = 12;
/** Of the longer side. */
const PIXELS = 160;

/**
 * Pictures of the worst samples, of what the model was given: mistakes of the preprocessing show in them. None where the
 * input is no image.
 */
export async function worstPictures(
  validation: ValidationResult,
  samples: Pick<ValidationSamples, "read">,
  [input]: readonly { name: string; dims: readonly number[] }[],
): Promise<Result["worst"]> {
  if (input === undefined || imageShapeOf(input) === undefined) return [];
  const wanted = new Set(worstSamples(validation, MOST).map(({ file }) => file));
  const pictures: Result["worst"] = [];
  for (const [index, { file }] of validation.samples.entries()) {
    if (!wanted.has(file) || pictures.some((picture) => picture.file === file)) continue;
    const value = (await samples.read(index)).feeds[input.name];
    const image = value && (await pictureOf(value));
    if (image !== undefined) pictures.push({ file, image });
  }
  return pictures;
}

/** Where the element of a pixel's channel stands in the first image of the input. */
const placeOf =
  ({ layout, channels, height, width }: ImageShape) =>
  (x: number, y: number, channel: number): number =>
    layout === "nchw" ? (channel * height + y) * width + x : (y * width + x) * channels + channel;

/** A PNG as a data: URL; the least value is black, the greatest white. */
export async function pictureOf({ dims, data }: Value): Promise<string | undefined> {
  const shape = imageShapeOf({ dims });
  if (!shape || Array.isArray(data) || data instanceof BigInt64Array || data instanceof BigUint64Array)
    return undefined;
  const { width, height, channels } = shape;
  const at = placeOf(shape);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const scale = most > least ? 255 / (most - least) : 0;
  const bmp = emptyBmp(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        const value = data[at(x, y, channels === 1 ? 0 : channel)]!;
        bmp.pixel(x, y, 2 - channel, Math.round((value - least) * scale));
      }
    }
  }
  const image = new Bun.Image(bmp.bytes);
  const factor = PIXELS / Math.max(width, height);
  // Small ones are enlarged by whole numbers, so that their pixels are seen.
  const size = factor < 1 ? factor : Math.floor(factor);
  const scaled = (side: number) => Math.max(1, Math.round(side * size));
  if (size !== 1) image.resize(scaled(width), scaled(height), { filter: size < 1 ? "lanczos3" : "nearest" });
  return `data:image/png;base64,${Buffer.from(await image.png().bytes()).toString("base64")}`;
}

const HEAD = 54;

/** 24 bits a pixel, blue first, rows from the bottom in multiples of 4 bytes (BITMAPINFOHEADER). */
function emptyBmp(width: number, height: number) {
  const stride = Math.ceil((width * 3) / 4) * 4;
  const bytes = new Uint8Array(HEAD + stride * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  for (const [offset, value] of [
    [2, bytes.length],
    [10, HEAD],
    [14, 40],
    [18, width],
    [22, height],
    [34, stride * height],
  ] as const)
    view.setUint32(offset, value, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  return {
    bytes,
    pixel(x: number, y: number, channel: number, value: number): void {
      bytes[HEAD + (height - 1 - y) * stride + x * 3 + channel] = value;
    },
  };
}
