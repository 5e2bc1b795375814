const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * A quantity as the API writes it, in units: "16Gi", "250m", "1e3", a number (k8s.io/apimachinery, resource.Quantity).
 * Undefined for what is none.
 */
export function quantity(value: string | number | undefined): number | undefined {
  if (value === undefined) return undefined;
  const [, number, exponent, suffix = ""] =
    /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([a-zA-Z]{0,2}))$/.exec(String(value).trim()) ?? [];
  if (number === undefined) return undefined;
  const factor = FACTORS[suffix];
  return factor === undefined ? undefined : Number(`${number}${exponent ?? ""}`) * factor;
}

/** Whole devices: a fraction counts as none of the last. */
export const count = (value: string | number | undefined): number => Math.floor(quantity(value) ?? 0);
