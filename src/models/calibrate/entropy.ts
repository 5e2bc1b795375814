import type { Magnitudes } from "./histogram.ts";

/** Counts. */
const NEXT_TO_NOTHING = 1e-4;
/** Bins between two candidates: less than a hundredth of the range. */
const STRIDE = 8;

/**
 * The magnitude to clip at that keeps most of what the values tell: least Kullback-Leibler divergence between the histogram,
 * clipped, and itself in `levels` steps (S. Migacz, "8-bit Inference with TensorRT", GTC 2017). As in NVIDIA's
 * pytorch-quantization, zeros do not count: bin 0 is taken to hold what bin 1 holds. Of equal candidates the widest.
 */
export function entropyThreshold({ counts, width }: Magnitudes, levels = 128): number {
  const bins = Float64Array.from(counts);
  if (bins.length > 1) bins[0] = bins[1]!;
  const sums = runningSums(bins);
  let [best, least] = [bins.length, Number.POSITIVE_INFINITY];
  for (let size = bins.length; size >= Math.min(levels, bins.length); size -= STRIDE) {
    const divergence = divergenceOf(bins, sums, size, levels);
    if (divergence < least) [best, least] = [size, divergence];
  }
  return best * width;
}

/** Over the first i bins: counts, bins that are not empty, and Σ c·ln c. */
interface Sums {
  counts: Float64Array;
  full: Float64Array;
  logs: Float64Array;
}

function runningSums(bins: Float64Array): Sums {
  const sums = {
    counts: new Float64Array(bins.length + 1),
    full: new Float64Array(bins.length + 1),
    logs: new Float64Array(bins.length + 1),
  };
  bins.forEach((count, i) => {
    sums.counts[i + 1] = sums.counts[i]! + count;
    sums.full[i + 1] = sums.full[i]! + (count > 0 ? 1 : 0);
    sums.logs[i + 1] = sums.logs[i]! + (count > 0 ? count * Math.log(count) : 0);
  });
  return sums;
}

/**
 * Σ p·ln(p/q) of the first `size` bins, p with all that lies beyond in its last bin, q with the counts of each step spread
 * evenly over the bins in which p is not empty. A step that only holds what lies beyond has next to nothing in q, as with the
 * smoothing of ONNX Runtime. Σ p·ln q has one term a step, which makes it independent of the number of bins.
 */
function divergenceOf(
  bins: Float64Array,
  { counts, full, logs }: Sums,
  size: number,
  levels: number,
): number {
  const total = counts[bins.length]!;
  const kept = counts[size]!;
  const last = bins[size - 1]!;
  const beyond = total - kept;
  if (kept === 0) return Number.POSITIVE_INFINITY;
  let cross = 0;
  for (let level = 0; level < levels; level++) {
    const start = Math.ceil((level * size) / levels);
    const end = Math.ceil(((level + 1) * size) / levels);
    const held = counts[end]! - counts[start]!;
    const added = end === size && end > start ? beyond : 0;
    if (held + added === 0) continue;
    const spread = full[end]! - full[start]! + (added > 0 && last === 0 ? 1 : 0);
    cross += (held + added) * Math.log(Math.max(held, NEXT_TO_NOTHING) / spread);
  }
  const lastBefore = last > 0 ? last * Math.log(last) : 0;
  const lastAfter = last + beyond > 0 ? (last + beyond) * Math.log(last + beyond) : 0;
  const own = logs[size]! - lastBefore + lastAfter;
  return (own - cross) / total + Math.log(kept / total);
}
