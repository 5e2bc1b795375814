import type { Preprocessing } from "./preprocessing.ts";
import { resizeBilinear, resizeNearest } from "./resize.ts";
import type { Pixels } from "./types.ts";

export interface Size {
  width: number;
  height: number;
}

/** The image in this size: stretched, cut, or with a border. One that has it is left as it is. */
export function fitImage(image: Pixels, size: Size, how: Preprocessing): Pixels {
  if (image.width === size.width && image.height === size.height) return image;
  switch (how.resize) {
    case "stretch":
      return resized(image, size, how);
    case "crop":
      return crop(resized(image, cropFrom(image, size, how.crop_pct), how), size);
    case "letterbox":
      return padded(resized(image, letterboxed(image, size), how), size, how.padding);
  }
}

const resized = (image: Pixels, { width, height }: Size, { interpolation }: Preprocessing): Pixels =>
  interpolation === "nearest" ? resizeNearest(image, width, height) : resizeBilinear(image, width, height);

/**
 * The size before the cut: the shorter side as torchvision's Resize(int) makes it, the longer one rounded down. For an input
 * that is not square, the least that covers it with the same margin.
 */
function cropFrom(image: Size, { width, height }: Size, pct: number): Size {
  const [wide, tall] = [Math.floor(width / pct), Math.floor(height / pct)];
  return wide * image.height >= tall * image.width
    ? { width: wide, height: Math.max(height, Math.floor((wide * image.height) / image.width)) }
    : { width: Math.max(width, Math.floor((tall * image.width) / image.height)), height: tall };
}

/** As Ultralytics' LetterBox: the largest with the same aspect that fits. */
function letterboxed(image: Size, { width, height }: Size): Size {
  const ratio = Math.min(width / image.width, height / image.height);
  return {
    width: Math.max(1, Math.round(image.width * ratio)),
    height: Math.max(1, Math.round(image.height * ratio)),
  };
}

function crop(image: Pixels, { width, height }: Size): Pixels {
  const { channels } = image;
  const [left, top] = [halfEven(image.width - width), halfEven(image.height - height)];
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * image.width + left) * channels;
    data.set(image.data.subarray(from, from + width * channels), y * width * channels);
  }
  return { width, height, channels, data };
}

/** Half of it, a half rounded to the even number, as Python's round() in torchvision's CenterCrop. */
function halfEven(whole: number): number {
  const down = Math.floor(whole / 2);
  return whole % 2 === 0 || down % 2 === 0 ? down : down + 1;
}

function padded(image: Pixels, { width, height }: Size, grey: number): Pixels {
  const { channels } = image;
  const data = new Uint8Array(width * height * channels).fill(grey);
  const [left, top] = [borderOf(width - image.width), borderOf(height - image.height)];
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width * channels, (y + 1) * image.width * channels);
    data.set(row, ((top + y) * width + left) * channels);
  }
  return { width, height, channels, data };
}

/** Where an image comes to lie in an input: its size there, and its corner (negative where it is cut). */
export function placementOf(
  image: Size,
  size: Size,
  how: Pick<Preprocessing, "resize" | "crop_pct">,
): Size & { left: number; top: number } {
  if (how.resize === "stretch" || (image.width === size.width && image.height === size.height)) {
    return { ...size, left: 0, top: 0 };
  }
  if (how.resize === "crop") {
    const { width, height } = cropFrom(image, size, how.crop_pct);
    return { width, height, left: -halfEven(width - size.width), top: -halfEven(height - size.height) };
  }
  const { width, height } = letterboxed(image, size);
  return { width, height, left: borderOf(size.width - width), top: borderOf(size.height - height) };
}

/** Of two sides that share a rest, the first; as Ultralytics' LetterBox rounds it. */
const borderOf = (rest: number): number => Math.round(rest / 2 - 0.1);
