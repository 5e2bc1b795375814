import type { MetricValueWithName } from "prom-client";

/**
 * Counts that cost next to nothing: plain numbers, which the registry reads when it is asked for them. (A counter of
 * prom-client's looks its series up and checks its labels each time: 5 % of a task that takes 0.1 ms.)
 */
export interface Tally<Series> {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "histogram";
  /** The series of these labels, made at 0 when it is new. To be looked up once, and kept. */
  series(labels: Labels): Series;
  all(): Iterable<Series>;
  /** What a registry asks for: https://prometheus.io/docs/instrumenting/exposition_formats */
  get(): Promise<TallyValues>;
}

export type Labels = Readonly<Record<string, string>>;

export interface TallyValues {
  name: string;
  help: string;
  type: "counter" | "histogram";
  values: MetricValueWithName<string>[];
}

export interface CounterSeries {
  readonly labels: Labels;
  value: number;
}

export function createCounter(name: string, help: string): Tally<CounterSeries> {
  const create = (labels: Labels): CounterSeries => ({ labels, value: 0 });
  return tally({ name, help, type: "counter" }, create, (series) => [series]);
}

export interface HistogramSeries {
  readonly labels: Labels;
  /** Upper bounds, ascending. */
  readonly bounds: readonly number[];
  /** How many were at or below each bound and above the one before; the last are those above all bounds. */
  readonly counts: number[];
  sum: number;
}

export function createHistogram(
  name: string,
  help: string,
  bounds: readonly number[],
): Tally<HistogramSeries> {
  const create = (labels: Labels): HistogramSeries => ({
    labels,
    bounds,
    counts: Array.from({ length: bounds.length + 1 }, () => 0),
    sum: 0,
  });
  return tally({ name, help, type: "histogram" }, create, (series) => histogramValues(name, series));
}

export function observe(series: HistogramSeries, value: number): void {
  const { bounds, counts } = series;
  let bucket = 0;
  while (bucket < bounds.length && value > bounds[bucket]!) bucket += 1;
  counts[bucket]! += 1;
  series.sum += value;
}

function histogramValues(name: string, { labels, bounds, counts, sum }: HistogramSeries) {
  let count = 0;
  const buckets = counts.map((own, i) => {
    count += own;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: bounds[i] ?? "+Inf" }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

function tally<Series>(
  about: Pick<TallyValues, "name" | "help" | "type">,
  create: (labels: Labels) => Series,
  valuesOf: (series: Series) => TallyValues["values"],
): Tally<Series> {
  const known = new Map<string, Series>();
  return {
    ...about,
    series(labels) {
      const key = JSON.stringify(labels);
      const series = known.get(key) ?? create(labels);
      known.set(key, series);
      return series;
    },
    all: () => known.values(),
    get: async () => ({ ...about, values: [...known.values()].flatMap(valuesOf) }),
  };
}
