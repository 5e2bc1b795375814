import { LEAST_SCALE, roundToEven } from "./scales.ts";

/** Beyond it, the sum of products that a kernel adds to the bias in 32 bits could overflow. */
const GREATEST_BIAS = 2 ** 30;
/** A channel without weights has any scale; this many steps keep its bias as exact as float32 does. */
const BIAS_STEPS = 2 ** 24;

export interface FittedScales {
  scales: Float64Array;
  /** Channels whose scale had to be made coarser. */
  widened: number;
}

/**
 * Scales of weights with which each bias fits into 32 bits as a multiple of input scale × weight scale; a channel whose
 * weights are all zero takes the scale that its bias is best told by.
 */
export function fitScalesToBias(
  scales: Float64Array,
  maxima: Float64Array,
  bias: Float32Array | undefined,
  inputScale: number,
): FittedScales {
  let widened = 0;
  const sizes = biasSizes(bias ?? new Float32Array(), scales.length);
  const fitted = scales.map((scale, channel) => {
    const size = sizes[channel]!;
    if (maxima[channel] === 0) return size === 0 ? 1 : Math.max(size / BIAS_STEPS / inputScale, LEAST_SCALE);
    const least = Math.max(size / GREATEST_BIAS, LEAST_SCALE) / inputScale;
    if (scale >= least) return scale;
    widened++;
    return least;
  });
  return { scales: fitted, widened };
}

/** The greatest |bias| that each scale has to serve: one, or all of them where there is one scale. */
function biasSizes(bias: Float32Array, scales: number): Float64Array {
  const sizes = new Float64Array(scales);
  bias.forEach((value, channel) => {
    const at = scales === 1 ? 0 : channel;
    sizes[at] = Math.max(sizes[at]!, Math.abs(value));
  });
  return sizes;
}

/** The bias in steps of input scale × weight scale. */
export function integerBias(bias: Float32Array, steps: Float32Array): Int32Array {
  return Int32Array.from(bias, (value, channel) =>
    roundToEven(Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value / (steps[channel] ?? steps[0]!)))),
  );
}

export const biasSteps = (inputScale: number, weightScales: Float32Array): Float32Array =>
  weightScales.map((scale) => scale * inputScale);
