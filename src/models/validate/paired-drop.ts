/** How often only one of two was right about the same sample. */
export interface Discordance {
  samples: number;
  /** Baseline right, deployed wrong. */
  lost: number;
  /** Baseline wrong, deployed right. */
  won: number;
}

/** A share of all samples, with the bounds between which it lies with 95 % confidence. */
export interface Drop {
  value: number;
  low: number;
  high: number;
}

/** Two-sided 95 % of the standard normal distribution. */
const Z = 1.959964;

/**
 * The accuracy lost: (lost − won) / n. Its interval is the Wald interval of paired proportions with half a count more on
 * either side, which keeps it from closing when few samples differ (Agresti & Min, "Simple improved confidence intervals
 * for comparing matched proportions", Statistics in Medicine 24, 2005).
 */
export function pairedDrop({ samples, lost, won }: Discordance): Drop {
  if (samples === 0) return { value: 0, low: -1, high: 1 };
  const n = samples + 2;
  const [l, w] = [(lost + 0.5) / n, (won + 0.5) / n];
  const centre = l - w;
  const reach = Z * Math.sqrt((l + w - centre ** 2) / n);
  return {
    value: (lost - won) / samples,
    low: Math.max(-1, centre - reach),
    high: Math.min(1, centre + reach),
  };
}
