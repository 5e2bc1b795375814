/**
 * What the mean of each channel is worked out from, in whole numbers of `STEP`: their sums are exact, so that neither the
 * order of the samples nor the way they are shared out changes the result.
 */
export interface ChannelSums {
  /** By channel: the sum of the means of its planes. */
  sums: Float64Array;
  /** How many planes each channel had. */
  planes: number;
}

const STEP = 2 ** -24;

/** How channels lie in the values: planes one behind the other, N×C×(the rest). */
export interface Planes {
  channels: number;
  /** Values in a plane. */
  plane: number;
  /** Whether values below zero count as zero. */
  relu?: boolean;
}

/** Adds what these values tell; a tensor whose number of channels changes from sample to sample begins anew. */
export function addMeans(
  known: ChannelSums | undefined,
  values: Float32Array,
  { channels, plane, relu = false }: Planes,
): ChannelSums {
  const { sums, planes } =
    known?.sums.length === channels ? known : { sums: new Float64Array(channels), planes: 0 };
  const sumOf = relu ? sumAboveZero : sum;
  for (let start = 0, c = 0; start + plane <= values.length; start += plane, c = (c + 1) % channels) {
    sums[c]! += Math.round(sumOf(values, start, start + plane) / plane / STEP);
  }
  return { sums, planes: planes + values.length / (channels * plane) };
}

export function mergedMeans(a: ChannelSums | undefined, b: ChannelSums | undefined): ChannelSums | undefined {
  if (!a || !b || a.sums.length !== b.sums.length) return a ?? b;
  return { sums: a.sums.map((value, c) => value + b.sums[c]!), planes: a.planes + b.planes };
}

export const meansOf = ({ sums, planes }: ChannelSums): Float64Array =>
  sums.map((value) => (value * STEP) / planes);

/** Two sums in turn or more: an addition need not wait for the one before it. */
function sum(values: Float32Array, start: number, end: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = start;
  for (; i + 3 < end; i += 4) {
    a += values[i]!;
    b += values[i + 1]!;
    c += values[i + 2]!;
    d += values[i + 3]!;
  }
  for (; i < end; i++) a += values[i]!;
  return a + b + c + d;
}

/** The same of max(0, x) = (x + |x|) / 2, which needs no branch. */
function sumAboveZero(values: Float32Array, start: number, end: number): number {
  let a = 0;
  let b = 0;
  let i = start;
  for (; i + 1 < end; i += 2) {
    const x = values[i]!;
    const y = values[i + 1]!;
    a += x + Math.abs(x);
    b += y + Math.abs(y);
  }
  if (i < end) a += values[i]! + Math.abs(values[i]!);
  return (a + b) / 2;
}
