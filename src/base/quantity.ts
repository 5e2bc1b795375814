/**
 * The Kubernetes quantity (k8s.io/apimachinery, pkg/api/resource, type Quantity): a signed number and a suffix, which is
 * binary (Ki … Ei), decimal (n, u, m, none, k, M … E) or an exponent (e3, E-2). Case counts: 1m is a thousandth, 1M a
 * million, and 1K is none.
 */
const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([KMGTPE]i)|([numkMGTPE]?)|([eE][+-]?\d+))$/;

/** Powers of 1024. */
const BINARY = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** Powers of ten. */
const DECIMAL: Readonly<Record<string, number>> = {
  ...{ n: -9, u: -6, m: -3, "": 0, k: 3 },
  ...{ M: 6, G: 9, T: 12, P: 15, E: 18 },
};

/** A quantity in units: "16Gi" is 17179869184, "250m" is 0.25; a number is itself. Undefined for what is none. */
export function parseQuantity(value: string | number | undefined): number | undefined {
  const [, number, binary, decimal = "", exponent] = QUANTITY.exec(String(value ?? "")) ?? [];
  if (number === undefined) return undefined;
  const result =
    binary === undefined
      ? Number(`${number}${exponent ?? `e${DECIMAL[decimal]}`}`)
      : Number(number) * 1024 ** (BINARY.indexOf(binary) + 1);
  return Number.isFinite(result) ? result : undefined;
}

/** What a quantity that a schema has let through is in units. */
export function quantityValue(quantity: string): number {
  const value = parseQuantity(quantity);
  if (value === undefined) throw new Error(`not a quantity: ${quantity}`);
  return value;
}

/** Whole things, as devices: of a part there is none. */
export const wholeQuantity = (value: string | number | undefined): number =>
  Math.floor(parseQuantity(value) ?? 0);

export const mebibytes = (quantity: string): number => quantityValue(quantity) / 2 ** 20;

export const gibibytes = (quantity: string): number => quantityValue(quantity) / 2 ** 30;
