import type { Pixels } from "./types.ts";

/** Weights of the source pixels for each target pixel along one axis. */
interface Axis {
  /** First source pixel of each target pixel. */
  first: Int32Array;
  /** How many there are. */
  count: Int32Array;
  /** `reach` weights for each, scaled by 2^22. */
  weights: Int32Array;
  reach: number;
}

/** Bits behind the point: 8 of the pixel and these fit 32 with a sign, as in Pillow (Resample.c). */
const PRECISION = 22;

/**
 * Bilinear; when an image gets smaller the triangle widens with it, so that every source pixel counts (antialias). Rounded to
 * 8 bits after the horizontal and after the vertical pass: the pixels are those of Pillow's Image.resize(…, BILINEAR). Its
 * newest versions begin with the pass that shrinks more; theirs differ by 1 then, in some pixels.
 */
export function resizeBilinear(image: Pixels, width: number, height: number): Pixels {
  const across = image.width === width ? image : resizeRows(image, width);
  return image.height === height ? across : resizeColumns(across, height);
}

function axisOf(from: number, to: number): Axis {
  const scale = from / to;
  const support = Math.max(scale, 1);
  const reach = Math.ceil(support) * 2 + 1;
  const axis = {
    first: new Int32Array(to),
    count: new Int32Array(to),
    weights: new Int32Array(to * reach),
    reach,
  };
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(from, Math.trunc(centre + support + 0.5)) - first;
    axis.first[i] = first;
    axis.count[i] = count;
    const weights = Array.from({ length: count }, (_, k) =>
      Math.max(0, 1 - Math.abs((first + k - centre + 0.5) / support)),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    for (let k = 0; k < count; k++) {
      axis.weights[i * reach + k] = Math.trunc(0.5 + (weights[k]! / sum) * 2 ** PRECISION);
    }
  }
  return axis;
}

function resizeRows(image: Pixels, width: number): Pixels {
  const { height, channels, data } = image;
  const { first, count, weights, reach } = axisOf(image.width, width);
  const out = new Uint8Array(width * height * channels);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = y * image.width;
    for (let x = 0; x < width; x++) {
      const start = (row + first[x]!) * channels;
      const [w, end] = [x * reach, x * reach + count[x]!];
      for (let c = 0; c < channels; c++) {
        let sum = 1 << (PRECISION - 1);
        for (let k = w, at = start + c; k < end; k++, at += channels) {
          sum = (sum + Math.imul(data[at]!, weights[k]!)) | 0;
        }
        out[to++] = byteOf(sum);
      }
    }
  }
  return { width, height, channels, data: out };
}

function resizeColumns(image: Pixels, height: number): Pixels {
  const { width, channels, data } = image;
  const { first, count, weights, reach } = axisOf(image.height, height);
  const row = width * channels;
  const out = new Uint8Array(row * height);
  const sums = new Int32Array(row);
  for (let y = 0; y < height; y++) {
    sums.fill(1 << (PRECISION - 1));
    for (let k = 0; k < count[y]!; k++) {
      const [weight, from] = [weights[y * reach + k]!, (first[y]! + k) * row];
      for (let i = 0; i < row; i++) sums[i] = (sums[i]! + Math.imul(data[from + i]!, weight)) | 0;
    }
    for (let i = 0; i < row; i++) out[y * row + i] = byteOf(sums[i]!);
  }
  return { width, height, channels, data: out };
}

/** A sum of weights that were rounded up can pass 255 by one. */
const byteOf = (sum: number): number => Math.min(255, sum >> PRECISION);

/** The pixel that lies in the middle of each target pixel, as Pillow's NEAREST. */
export function resizeNearest(image: Pixels, width: number, height: number): Pixels {
  const { channels, data } = image;
  const out = new Uint8Array(width * height * channels);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * image.height) / height) * image.width;
    for (let x = 0; x < width; x++) {
      const from = (row + Math.floor(((x + 0.5) * image.width) / width)) * channels;
      for (let c = 0; c < channels; c++) out[to++] = data[from + c]!;
    }
  }
  return { width, height, channels, data: out };
}
