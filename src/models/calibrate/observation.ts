import { type ChannelSums, mergedMeans } from "./channel-means.ts";

/** Bins on each side of zero. The value farthest from it lies in the outer half of a side. */
export const HALF = 4096;
export const BINS = 2 * HALF;

/**
 * What is kept of a tensor, however many samples pass: extremes, and a histogram over [−2^exponent, 2^exponent). The range
 * doubles when a value lies outside: two bins become one, exactly, so that neither the order of the samples nor the way
 * they are shared out among several of these changes the result (below zero, values nearer to it than 2^-53 of the range
 * aside: they may be counted just above it).
 */
export interface Observation {
  lowest: number;
  highest: number;
  exponent: number;
  /** Complete after `settle`. */
  counts: Float64Array;
  /** By channel: the value that all samples had so far, or NaN once there were two. Undefined without channels. */
  steady: Float32Array | undefined;
  /** Undefined where nobody asks for the means of the channels. */
  means: ChannelSums | undefined;
  /** Whether a value was infinite: the tensor then has no range, and nothing else of it is meant. */
  infinite: boolean;
  /** What is counted but not yet in `counts`. Undefined where there is no histogram. */
  fresh: Fresh | undefined;
}

/**
 * Counts in two halves that take values in turn: an addition need not wait for the one before it. Signed, since additions of
 * unsigned ones are not whole numbers to the compiler.
 */
interface Fresh {
  even: Int32Array;
  odd: Int32Array;
  values: number;
}

/** Before a count could pass 2^31. */
const MOST_FRESH = 2 ** 30;

/** 2^-126, the least normal float32: no smaller range is told apart. */
const LEAST_EXPONENT = -126;

export const newObservation = (histogram: boolean): Observation => ({
  lowest: Number.POSITIVE_INFINITY,
  highest: Number.NEGATIVE_INFINITY,
  exponent: LEAST_EXPONENT,
  counts: new Float64Array(BINS),
  steady: undefined,
  means: undefined,
  infinite: false,
  fresh: histogram ? { even: new Int32Array(BINS), odd: new Int32Array(BINS), values: 0 } : undefined,
});

/** Adds values. Returns the index of the first that is NaN or infinite, before which it stops; -1 when there is none. */
export function observe(into: Observation, values: Float32Array): number {
  const { fresh } = into;
  if (fresh === undefined) return widen(into, values, 0);
  if (fresh.values + values.length > MOST_FRESH) settle(into);
  fresh.values += values.length;
  const start = tally(into, fresh, values, 0);
  if (start === values.length) return -1;
  const wrong = widen(into, values, start);
  if (wrong >= 0) return wrong;
  cover(into, Math.max(Math.abs(into.lowest), Math.abs(into.highest)));
  fresh.values += values.length; // it may have been settled in between
  tally(into, fresh, values, start);
  return -1;
}

/** Extremes. A value within those known, the usual case, costs two comparisons; NaN is within none. */
function widen(into: Observation, values: Float32Array, start: number): number {
  let { lowest, highest } = into;
  for (let i = start; i < values.length; i++) {
    const value = values[i]!;
    if (value >= lowest && value <= highest) continue;
    if (!Number.isFinite(value)) return i;
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  into.lowest = lowest;
  into.highest = highest;
  return -1;
}

/** Counts values up to the first pair that is not within the extremes known, whose index it returns. */
function tally(into: Observation, { even, odd }: Fresh, values: Float32Array, start: number): number {
  const { lowest, highest, exponent } = into;
  const scale = 2 ** -exponent * HALF;
  const pairs = values.length - ((values.length - start) % 2);
  let i = start;
  for (; i < pairs; i += 2) {
    const x = values[i]!;
    const y = values[i + 1]!;
    if (!(x >= lowest && x <= highest && y >= lowest && y <= highest)) return i;
    const a = (HALF + x * scale) | 0;
    const b = (HALF + y * scale) | 0;
    even[a] = (even[a]! + 1) | 0;
    odd[b] = (odd[b]! + 1) | 0;
  }
  if (i === values.length) return i;
  const last = values[i]!;
  if (!(last >= lowest && last <= highest)) return i;
  even[(HALF + last * scale) | 0]! += 1;
  return values.length;
}

/** Adds what is fresh to the counts. */
export function settle({ counts, fresh }: Observation): void {
  if (fresh === undefined || fresh.values === 0) return;
  const { even, odd } = fresh;
  for (let i = 0; i < BINS; i++) counts[i]! += even[i]! + odd[i]!;
  even.fill(0);
  odd.fill(0);
  fresh.values = 0;
}

/** Doubles the range until it reaches beyond `magnitude`. */
function cover(into: Observation, magnitude: number): void {
  const needed = exponentFor(magnitude);
  if (needed <= into.exponent) return;
  settle(into);
  into.counts = rebinned(into.counts, needed - into.exponent);
  into.exponent = needed;
}

/** The least exponent with magnitude < 2^exponent. */
export function exponentFor(magnitude: number): number {
  let exponent = Math.max(LEAST_EXPONENT, Math.ceil(Math.log2(magnitude)));
  while (2 ** exponent <= magnitude) exponent++;
  while (exponent > LEAST_EXPONENT && 2 ** (exponent - 1) > magnitude) exponent--;
  return exponent;
}

/** The same counts with 2^doublings bins as one. */
function rebinned(counts: Float64Array, doublings: number): Float64Array {
  const wider = new Float64Array(BINS);
  const shift = Math.min(doublings, 31);
  for (let i = 0; i < BINS; i++) {
    if (counts[i] !== 0) wider[((i - HALF) >> shift) + HALF]! += counts[i]!;
  }
  return wider;
}

/** Remembers which channels have had one value only. Planes lie one behind the other: N×C×(the rest). */
export function observeChannels(
  into: Observation,
  values: Float32Array,
  { channels, plane, relu = false }: { channels: number; plane: number; relu?: boolean },
): void {
  const fresh = into.steady?.length !== channels;
  const steady = fresh ? new Float32Array(channels).fill(Number.POSITIVE_INFINITY) : into.steady!;
  for (let start = 0, c = 0; start + plane <= values.length; start += plane, c = (c + 1) % channels) {
    const known = steady[c]!;
    if (Number.isNaN(known)) continue;
    const first = relu ? Math.max(0, values[start]!) : values[start]!;
    const value = known === Number.POSITIVE_INFINITY ? first : known;
    const same = relu && value === 0 ? noneAbove : allAre;
    steady[c] = same(values, value, start, start + plane) ? value : Number.NaN;
  }
  into.steady = steady;
}

function allAre(values: Float32Array, value: number, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (values[i] !== value) return false;
  return true;
}

function noneAbove(values: Float32Array, value: number, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (values[i]! > value) return false;
  return true;
}

/** What both have seen; of `from` nothing is changed but that it is settled. */
export function merge(into: Observation, from: Observation): void {
  settle(into);
  settle(from);
  into.lowest = Math.min(into.lowest, from.lowest);
  into.highest = Math.max(into.highest, from.highest);
  const exponent = Math.max(into.exponent, from.exponent);
  const [own, other] = [into, from].map((each) => rebinned(each.counts, exponent - each.exponent));
  for (let i = 0; i < BINS; i++) own![i]! += other![i]!;
  into.counts = own!;
  into.exponent = exponent;
  into.infinite ||= from.infinite;
  into.steady = mergedSteady(into.steady, from.steady);
  into.means = mergedMeans(into.means, from.means);
}

function mergedSteady(a: Float32Array | undefined, b: Float32Array | undefined): Float32Array | undefined {
  if (!a || !b || a.length !== b.length) return a ?? b;
  return a.map((value, c) => {
    if (value === Number.POSITIVE_INFINITY) return b[c]!;
    return b[c] === Number.POSITIVE_INFINITY || b[c] === value ? value : Number.NaN;
  });
}
