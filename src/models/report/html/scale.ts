/** Where a value lies on an axis, in the units of the drawing. */
export interface Scale {
  at(value: number): number;
  /** Round values along the axis. */
  ticks: number[];
  most: number;
}

/** Steps that people count in. */
const STEPS = [1, 2, 2.5, 5, 10];

/** An axis from 0 (or `least`) to a round value at or above `most`, on `length` units. */
export function linearScale(most: number, length: number, { ticks = 4, least = 0 } = {}): Scale {
  const span = most > least ? most - least : 1;
  const magnitude = 10 ** Math.floor(Math.log10(span / ticks));
  const step = magnitude * STEPS.find((candidate) => candidate * magnitude * ticks >= span * (1 - 1e-9))!;
  const count = Math.ceil((span / step) * (1 - 1e-9));
  const end = least + count * step;
  return {
    at: (value) => ((value - least) / (end - least)) * length,
    ticks: Array.from({ length: count + 1 }, (_, i) => Number((least + i * step).toPrecision(12))),
    most: end,
  };
}

export interface Bin {
  from: number;
  to: number;
  count: number;
}

/** How many values lie in each of `count` bins of one width from `least` to `most`; what lies beyond is in the last. */
export function binned(values: readonly number[], least: number, most: number, count: number): Bin[] {
  const width = (most - least) / count || 1;
  const counts = new Array<number>(count).fill(0);
  for (const value of values) {
    const place = Math.floor((value - least) / width);
    counts[Math.min(count - 1, Math.max(0, place))]! += 1;
  }
  return counts.map((each, i) => ({ from: least + i * width, to: least + (i + 1) * width, count: each }));
}
