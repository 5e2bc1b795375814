import { bytesText } from "./units.ts";

/** A number of bytes with the arithmetic that leads to it. Words in round brackets explain, and are not reckoned. */
export interface Amount {
  bytes: number;
  text: string;
  /** Has a + or − outside of brackets. */
  isSum?: boolean;
}

/** `160 MiB (buffers)`. */
export const size = (bytes: number, words?: string): Amount => ({
  bytes,
  text: words === undefined ? bytesText(bytes) : `${bytesText(bytes)} (${words})`,
});

/** The sum; what is nothing is left out. Negative amounts are taken away. */
export function sum(amounts: readonly Amount[]): Amount {
  if (amounts.length === 1) return amounts[0]!;
  let all: Amount | undefined;
  for (const amount of amounts) if (amount.bytes !== 0) all = all === undefined ? amount : plus(all, amount);
  return all ?? size(0);
}

const plus = (one: Amount, { bytes, text }: Amount): Amount => ({
  bytes: one.bytes + bytes,
  text: `${one.text} ${bytes < 0 ? "−" : "+"} ${text.startsWith("−") ? text.slice(1) : text}`,
  isSum: true,
});

/** `of × 0.2503 (the share of the fullest GPU)`. */
export const times = (of: Amount, factor: number, words: string): Amount => ({
  bytes: of.bytes * factor,
  text: `${of.isSum === true ? `(${of.text})` : of.text} × ${words}`,
});

/** The arithmetic and its result: `a × b + c = 14.96 GiB`. */
export const told = ({ bytes, text }: Amount): string =>
  text === bytesText(bytes) ? text : `${text} = ${bytesText(bytes)}`;
