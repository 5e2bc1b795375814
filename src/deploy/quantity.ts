const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  "": 1,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** What a quantity of Kubernetes' (checked by the config's schema) is in units: "100m" is 0.1, "1Ki" is 1024. */
export function quantityValue(quantity: string): number {
  const [, number = "", suffix = ""] = /^([\d.]+)(\w*)$/.exec(quantity) ?? [];
  const factor = FACTORS[suffix];
  if (number === "" || factor === undefined) throw new Error(`not a quantity: ${quantity}`);
  return Number(number) * factor;
}

export const mebibytes = (quantity: string): number => quantityValue(quantity) / 2 ** 20;

export const gibibytes = (quantity: string): number => quantityValue(quantity) / 2 ** 30;
