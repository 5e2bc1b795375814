import type { HistogramSeries } from "./tally.ts";

export interface HistogramData {
  count: number;
  sum: number;
  /** Upper bounds, ascending, with the number of observations at or below each. */
  buckets: { upTo: number; count: number }[];
}

/** The histogram over several series of the same bounds. */
export function histogramOf(all: Iterable<HistogramSeries>): HistogramData {
  const data: HistogramData = { count: 0, sum: 0, buckets: [] };
  for (const { bounds, counts, sum } of all) {
    data.sum += sum;
    let below = 0;
    for (const [i, count] of counts.entries()) {
      below += count;
      data.buckets[i] ??= { upTo: bounds[i] ?? Number.POSITIVE_INFINITY, count: 0 };
      data.buckets[i].count += below;
    }
    data.count += below;
  }
  return data;
}

/** As Prometheus' histogram_quantile: linear within the bucket; above the last bound, that bound. */
export function quantile({ count, buckets }: HistogramData, q: number): number {
  if (count === 0) return 0;
  const rank = q * count;
  const index = buckets.findIndex((bucket) => bucket.count >= rank);
  const below = buckets[index - 1] ?? { upTo: 0, count: 0 };
  const bucket = buckets[index]!;
  if (bucket.upTo === Number.POSITIVE_INFINITY) return below.upTo;
  return below.upTo + (bucket.upTo - below.upTo) * ((rank - below.count) / (bucket.count - below.count));
}

export const average = ({ count, sum }: HistogramData): number => (count === 0 ? 0 : sum / count);
