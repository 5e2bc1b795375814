import type { MetricValue } from "prom-client";

export interface HistogramData {
  count: number;
  sum: number;
  /** Upper bounds, ascending, with the number of observations at or below each. */
  buckets: { upTo: number; count: number }[];
}

/** prom-client names the parts of a histogram, though its types do not say so. */
type Sample = MetricValue<string> & { metricName?: string };

/** The histogram over all series. */
export function histogramOf(values: MetricValue<string>[]): HistogramData {
  const buckets = new Map<number, number>();
  const data: HistogramData = { count: 0, sum: 0, buckets: [] };
  for (const { labels, value, metricName = "" } of values as Sample[]) {
    if (metricName.endsWith("_sum")) data.sum += value;
    else if (metricName.endsWith("_count")) data.count += value;
    else {
      const upTo = Number(String(labels["le"]).replace("+Inf", "Infinity"));
      buckets.set(upTo, (buckets.get(upTo) ?? 0) + value);
    }
  }
  data.buckets = [...buckets].map(([upTo, count]) => ({ upTo, count })).sort((a, b) => a.upTo - b.upTo);
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
