/** The value below which the share `p` (0 to 1) of the sorted sample lies. */
export function quantile(sample: readonly number[], p: number): number {
  const sorted = sample.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * p;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at % 1);
}

export const median = (sample: readonly number[]): number => quantile(sample, 0.5);

/** One line of the report: what was measured, against what, and the bound it is held to. */
export interface Row {
  what: string;
  ours: string;
  floor: string;
  /** ours / floor, or a plain figure where the bound is absolute. */
  value: number;
  bound: { most: number } | { least: number };
}

export const kept = ({ value, bound }: Row): boolean =>
  "most" in bound ? value <= bound.most : value >= bound.least;

export const ms = (value: number): string => `${value.toFixed(1)} ms`;
export const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** A row for a figure against the floor's, shown in their unit. */
export const ratioRow = (
  what: string,
  ours: number,
  floor: number,
  show: (value: number) => string,
  bound: Row["bound"],
): Row => ({ what, ours: show(ours), floor: show(floor), value: ours / floor, bound });
