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
  const some = amounts.filter(({ bytes }, i) => bytes !== 0 || (i === 0 && amounts.length === 1));
  const [first, ...rest] = some;
  if (first === undefined) return size(0);
  const text = rest.reduce(
    (all, { bytes, text: own }) => `${all} ${bytes < 0 ? "−" : "+"} ${own.replace(/^−/, "")}`,
    first.text,
  );
  return {
    bytes: some.reduce((total, { bytes }) => total + bytes, 0),
    text,
    isSum: rest.length > 0 || first.isSum === true,
  };
}

/** `of × 0.2503 (the share of the fullest GPU)`. */
export const times = (of: Amount, factor: number, words: string): Amount => ({
  bytes: of.bytes * factor,
  text: `${of.isSum === true ? `(${of.text})` : of.text} × ${words}`,
});

/** The arithmetic and its result: `a × b + c = 14.96 GiB`. */
export const told = ({ bytes, text }: Amount): string =>
  text === bytesText(bytes) ? text : `${text} = ${bytesText(bytes)}`;
