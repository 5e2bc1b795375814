import { BINS, HALF, type Observation } from "./observation.ts";

/** Counts of magnitudes: bin i holds those from i·width to before (i+1)·width. */
export interface Magnitudes {
  counts: Float64Array;
  width: number;
}

/** Values by how far they are from zero, on either side, up to the last bin that holds any; `most` bins at most. */
export function magnitudes({ counts, exponent }: Observation, most = HALF): Magnitudes {
  let merged = Float64Array.from({ length: HALF }, (_, i) => counts[HALF + i]! + counts[HALF - 1 - i]!);
  let width = 2 ** exponent / HALF;
  merged = merged.subarray(0, merged.findLastIndex((count) => count > 0) + 1);
  while (merged.length > most) {
    const wide = new Float64Array(Math.ceil(merged.length / 2));
    for (let i = 0; i < merged.length; i++) wide[i >> 1]! += merged[i]!;
    merged = wide;
    width *= 2;
  }
  return { counts: merged, width };
}

/** The bins that hold values: their middles, and how many there are. */
export interface Filled {
  centres: Float64Array;
  counts: Float64Array;
}

export function filledBins({ counts, exponent, lowest, highest }: Observation): Filled {
  const width = 2 ** exponent / HALF;
  const full: number[] = [];
  for (let i = 0; i < BINS; i++) if (counts[i]! > 0) full.push(i);
  return {
    centres: Float64Array.from(full, (i) => Math.min(highest, Math.max(lowest, (i - HALF + 0.5) * width))),
    counts: Float64Array.from(full, (i) => counts[i]!),
  };
}

/** Where the share of the counts below reaches `part`, straight within a bin; in bins from the beginning. */
export function reach(counts: Float64Array, part: number): number {
  const wanted = counts.reduce((sum, count) => sum + count, 0) * part;
  let below = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    if (count > 0 && below + count >= wanted) return i + Math.max(0, wanted - below) / count;
    below += count;
  }
  return counts.length;
}
