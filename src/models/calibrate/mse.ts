import type { TensorRange } from "../quantize/types.ts";
import type { Filled } from "./histogram.ts";

const LEVELS = 256;
const STEP = 0.04;

/** The limit T for which values clipped to ±T and rounded to 8 signed bits are off least, by the mean of squares. */
export function mseThreshold(bins: Filled, widest: number): number {
  return (
    leastPart((part) =>
      squaredError(bins, (part * widest * 2) / (LEVELS - 2), 1 - LEVELS / 2, LEVELS / 2 - 1),
    ) * widest
  );
}

/** The same for a lower and an upper limit of unsigned 8 bits: each in turn, until neither moves. */
export function mseLimits(bins: Filled, { min, max }: TensorRange): TensorRange {
  const [lowest, highest] = [Math.min(min, 0), Math.max(max, 0)];
  let [low, high] = [1, 1];
  for (let round = 0; round < 4; round++) {
    const before = [low, high];
    if (highest > 0) high = leastPart((part) => limitsError(bins, lowest * low, highest * part));
    if (lowest < 0) low = leastPart((part) => limitsError(bins, lowest * part, highest * high));
    if (before[0] === low && before[1] === high) break;
  }
  return { min: lowest * low, max: highest * high };
}

function limitsError(bins: Filled, min: number, max: number): number {
  const scale = (max - min) / (LEVELS - 1);
  const zero = Math.round(-min / scale);
  return squaredError(bins, scale, -zero, LEVELS - 1 - zero);
}

/** Σ count · (x − scale·clamp(round(x/scale)))², with the values in the middle of their bins. */
function squaredError({ centres, counts }: Filled, scale: number, first: number, last: number): number {
  if (!(scale > 0)) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < centres.length; i++) {
    const x = centres[i]!;
    let step = Math.round(x / scale);
    if (step < first) step = first;
    else if (step > last) step = last;
    const off = x - step * scale;
    sum += counts[i]! * off * off;
  }
  return sum;
}

/** The part of the full width, from 1 down to a twentieth, with the least cost: in steps, then in finer ones around the best. */
function leastPart(cost: (part: number) => number): number {
  const coarse = Array.from({ length: 24 }, (_, i) => 1 - i * STEP);
  const near = least(coarse, cost);
  const fine = Array.from({ length: 7 }, (_, i) => near + ((i - 3) * STEP) / 4);
  return least([near, ...fine.filter((part) => part > 0 && part <= 1)], cost);
}

/** The first of those with the least cost. */
function least(candidates: readonly number[], cost: (candidate: number) => number): number {
  let [best, lowest] = [candidates[0]!, Number.POSITIVE_INFINITY];
  for (const candidate of candidates) {
    const here = cost(candidate);
    if (here < lowest) [best, lowest] = [candidate, here];
  }
  return best;
}
