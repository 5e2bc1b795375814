import type { Numbers } from "./numbers.ts";

/**
 * How far deployed values d lie from those of the baseline, b, over all elements of all samples. Elements that are not
 * finite are counted and left out of all else.
 */
export interface Differences {
  samples: number;
  /** Finite in both. */
  elements: number;
  /** max |d − b| */
  maxAbsolute: number;
  /** Σ|d − b| / n */
  meanAbsolute: number;
  /** Σ|d − b| / Σ|b|: how large the difference is beside the values themselves. 0 for equal, Infinity beside zeros alone. */
  relative: number;
  /** Of each sample's vectors, Σbd / √(Σb²·Σd²); the mean and the least. 1 where both are zero, 0 where one is. */
  cosine: { mean: number; least: number };
  /** 10·log₁₀(Σb² / Σ(d − b)²) in dB; Infinity for equal, -Infinity where the baseline is zero and the other is not. */
  sqnr: number;
  /**
   * √(Σ(d − b)² / n) / (max b − min b): the root mean square difference as a share of the range that the baseline covers
   * (NRMSE; 1 % is a PSNR of 40 dB). Where the baseline is constant, as a share of its size; for zeros as it is.
   */
  normalised: number;
  /** Least and greatest value of the baseline. */
  range: { min: number; max: number };
  /** Elements that are equal, of all. */
  equal: number;
  notFinite: NotFinite;
}

/** Elements that are NaN or infinite. The same infinity in both counts as equal: masks of attention are made of them. */
export interface NotFinite {
  /** In the baseline, finite or another infinity in the deployed. */
  baseline: number;
  /** In the deployed, finite in the baseline. */
  deployed: number;
}

/** Of one sample. */
export interface SampleDifference {
  maxAbsolute: number;
  /** √(Σ(d − b)² / n): divide by the range of all samples to compare with `normalised`. */
  rootMeanSquare: number;
  cosine: number;
  notFinite: NotFinite;
}

export interface DifferenceTally {
  /** Both have the same length. */
  add(baseline: Numbers, deployed: Numbers): SampleDifference;
  result(): Differences;
}

interface Sums {
  elements: number;
  equal: number;
  absolute: number;
  maxAbsolute: number;
  baselineAbsolute: number;
  squares: number;
  baselineSquares: number;
  deployedSquares: number;
  products: number;
  min: number;
  max: number;
  lostBaseline: number;
  lostDeployed: number;
}

const nothing = (): Sums => ({
  elements: 0,
  equal: 0,
  absolute: 0,
  maxAbsolute: 0,
  baselineAbsolute: 0,
  squares: 0,
  baselineSquares: 0,
  deployedSquares: 0,
  products: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  lostBaseline: 0,
  lostDeployed: 0,
});

/** Adds up differences sample by sample; nothing of a sample is kept. */
export function tallyDifferences(): DifferenceTally {
  const total = nothing();
  const cosines = { sum: 0, least: 1, samples: 0 };
  return {
    add(baseline, deployed) {
      const sums = sumsOf(baseline, deployed);
      addTo(total, sums);
      const cosine = cosineOf(sums);
      cosines.sum += cosine;
      cosines.least = Math.min(cosines.least, cosine);
      cosines.samples++;
      return {
        maxAbsolute: sums.maxAbsolute,
        rootMeanSquare: Math.sqrt(share(sums.squares, sums.elements)),
        cosine,
        notFinite: { baseline: sums.lostBaseline, deployed: sums.lostDeployed },
      };
    },
    result: () => summed(total, cosines),
  };
}

/** The differences between two vectors. */
export function differencesOf(baseline: Numbers, deployed: Numbers): Differences {
  const tally = tallyDifferences();
  tally.add(baseline, deployed);
  return tally.result();
}

function sumsOf(baseline: Numbers, deployed: Numbers): Sums {
  const sums = nothing();
  for (let i = 0; i < baseline.length; i++) {
    const b = baseline[i]!;
    const d = deployed[i]!;
    if (b === d) sums.equal++;
    const difference = d - b;
    // One test for all that is not finite: NaN and ∞ − ∞ are not equal to themselves.
    if (difference - difference !== 0) {
      countLost(sums, b, d);
      continue;
    }
    const distance = Math.abs(difference);
    sums.elements++;
    sums.absolute += distance;
    if (distance > sums.maxAbsolute) sums.maxAbsolute = distance;
    sums.baselineAbsolute += Math.abs(b);
    sums.squares += difference * difference;
    sums.baselineSquares += b * b;
    sums.deployedSquares += d * d;
    sums.products += b * d;
    if (b < sums.min) sums.min = b;
    if (b > sums.max) sums.max = b;
  }
  return sums;
}

function countLost(sums: Sums, b: number, d: number): void {
  if (b === d) return;
  if (!Number.isFinite(b)) {
    if (Number.isNaN(b) && Number.isNaN(d)) sums.equal++;
    sums.lostBaseline++;
  } else if (!Number.isFinite(d)) sums.lostDeployed++;
}

function addTo(total: Sums, sums: Sums): void {
  total.elements += sums.elements;
  total.equal += sums.equal;
  total.absolute += sums.absolute;
  total.baselineAbsolute += sums.baselineAbsolute;
  total.squares += sums.squares;
  total.baselineSquares += sums.baselineSquares;
  total.maxAbsolute = Math.max(total.maxAbsolute, sums.maxAbsolute);
  total.min = Math.min(total.min, sums.min);
  total.max = Math.max(total.max, sums.max);
  total.lostBaseline += sums.lostBaseline;
  total.lostDeployed += sums.lostDeployed;
}

function cosineOf({ products, baselineSquares, deployedSquares }: Sums): number {
  if (baselineSquares === 0 && deployedSquares === 0) return 1;
  if (baselineSquares === 0 || deployedSquares === 0) return 0;
  // Rounding may lead a little beyond 1.
  return Math.max(-1, Math.min(1, products / (Math.sqrt(baselineSquares) * Math.sqrt(deployedSquares))));
}

function summed(total: Sums, cosines: { sum: number; least: number; samples: number }): Differences {
  const { elements, min, max } = total;
  const rootMeanSquare = Math.sqrt(share(total.squares, elements));
  return {
    samples: cosines.samples,
    elements,
    maxAbsolute: total.maxAbsolute,
    meanAbsolute: share(total.absolute, elements),
    relative: share(total.absolute, total.baselineAbsolute),
    cosine: { mean: cosines.samples === 0 ? 1 : cosines.sum / cosines.samples, least: cosines.least },
    sqnr: decibels(total.baselineSquares, total.squares),
    normalised: rootMeanSquare / scaleOf(min, max),
    range: { min, max },
    equal: total.equal,
    notFinite: { baseline: total.lostBaseline, deployed: total.lostDeployed },
  };
}

/** `part` of `whole`; nothing of nothing is 0, something of nothing Infinity. */
const share = (part: number, whole: number): number => (part === 0 ? 0 : part / whole);

/** What a difference is measured by: the range, of a constant its size, of zeros 1. */
export function scaleOf(min: number, max: number): number {
  if (max > min) return max - min;
  return Math.abs(min) > 0 && Number.isFinite(min) ? Math.abs(min) : 1;
}

/** 10·log₁₀(signal / noise). */
function decibels(signal: number, noise: number): number {
  if (noise === 0) return Number.POSITIVE_INFINITY;
  return 10 * Math.log10(signal / noise);
}
