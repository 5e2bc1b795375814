import { quantityValue } from "../../../base/quantity.ts";

/** Cores as Compose writes them: "0.5". */
export const cpus = (quantity: string): string => String(Number(quantityValue(quantity).toFixed(3)));

const UNITS = [
  ["g", 2 ** 30],
  ["m", 2 ** 20],
  ["k", 2 ** 10],
] as const;

/** Compose's byte value, whose k, m and g are powers of 1024. */
export function byteValue(quantity: string): string {
  const bytes = Math.round(quantityValue(quantity));
  const unit = UNITS.find(([, size]) => bytes >= size && bytes % size === 0);
  return unit === undefined ? `${bytes}b` : `${bytes / unit[1]}${unit[0]}`;
}
