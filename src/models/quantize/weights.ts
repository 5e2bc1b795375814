import { ModelFileError } from "../onnx/model-error.ts";
import { LEAST_SCALE } from "./scales.ts";

/** Weights in integers: weight ≈ scales[channel] · integer. */
export interface IntegerWeights {
  integers: Int8Array;
  scales: Float32Array;
  /** 10·log₁₀(Σw² / Σ(w−ŵ)²) in dB; Infinity when nothing was lost. */
  sqnr: number;
}

/** How channels lie in the weights: elements come in runs of one channel each, and the channels take turns. */
export interface ChannelLayout {
  channels: number;
  /** Elements in a run. */
  run: number;
}

export const channelLayout = (dims: readonly number[], axis: number | undefined): ChannelLayout => ({
  channels: axis === undefined ? 1 : dims[axis]!,
  run: dims.slice((axis ?? -1) + 1).reduce((product, dim) => product * dim, 1),
});

/** What the scale of each channel is taken from. */
export interface ChannelExtents {
  /** The greatest |weight|. */
  maxima: Float64Array;
  /** 1 where all weights are whole numbers: counting kernels, one-hot ones, the distribution head of YOLOv8. */
  whole: Uint8Array;
}

/** Throws a ModelFileError that names the tensor for NaN and infinities. */
export function channelExtents(
  name: string,
  weights: Float32Array,
  { channels, run }: ChannelLayout,
): ChannelExtents {
  const maxima = new Float64Array(channels);
  const whole = new Uint8Array(channels).fill(1);
  for (let start = 0, channel = 0; start < weights.length; start += run) {
    let greatest = maxima[channel]!;
    let counts = whole[channel] === 1;
    for (let at = start; at < start + run; at++) {
      const size = Math.abs(weights[at]!);
      if (size > greatest) greatest = size;
      else if (Number.isNaN(size)) refuseNotFinite(name, weights);
      counts &&= Number.isInteger(size);
    }
    if (greatest === Number.POSITIVE_INFINITY) refuseNotFinite(name, weights);
    maxima[channel] = greatest;
    whole[channel] = counts ? 1 : 0;
    if (++channel === channels) channel = 0;
  }
  return { maxima, whole };
}

/** Throws a ModelFileError that names the tensor for the first NaN or infinity among its elements. */
export function refuseNotFinite(name: string, elements: Float32Array): void {
  const wrong = elements.find((value) => !Number.isFinite(value));
  if (wrong === undefined) return;
  throw new ModelFileError(`among its weights is ${wrong}`, {
    where: name,
    hint: "The model is damaged, or its training diverged: it cannot be quantized.",
  });
}

/** A scale for each channel, symmetric: its greatest weight becomes `greatest`, 127 or 63; whole numbers stay themselves. */
export const weightScales = ({ maxima, whole }: ChannelExtents, greatest: number): Float64Array =>
  maxima.map((max, channel) => {
    if (max === 0 || (whole[channel] === 1 && max <= greatest)) return 1;
    return Math.max(max / greatest, LEAST_SCALE);
  });

export function integerWeights(
  weights: Float32Array,
  wished: Float64Array,
  { channels, run }: ChannelLayout,
  greatest: number,
): IntegerWeights {
  const scales = Float32Array.from(wished);
  const integers = new Int8Array(weights.length);
  let signal = 0;
  let noise = 0;
  for (let start = 0, channel = 0; start < weights.length; start += run) {
    const scale = scales[channel]!;
    for (let at = start; at < start + run; at++) {
      const weight = weights[at]!;
      const near = Math.max(-greatest, Math.min(greatest, weight / scale + NO_FRACTION - NO_FRACTION));
      integers[at] = near;
      const lost = weight - near * scale;
      signal += weight * weight;
      noise += lost * lost;
    }
    if (++channel === channels) channel = 0;
  }
  return {
    integers,
    scales,
    sqnr: noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise),
  };
}

/** See `roundToEven`: written out here, as this loop is where quantizing takes its time. */
const NO_FRACTION = 1.5 * 2 ** 52;
