import type { Report } from "../report/types.ts";
import { reportDigest } from "./digest.ts";

const SIZE =
  /(?<![\w.,])(\d{1,3}(?:[,\u00a0\u202f ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s?(k|K)?\s?(GiB|GB|MiB|MB|TiB|tokens)\b/g;

/** Sizes and numbers of tokens in a text that stand nowhere in the result, rounded as they may be. */
export function foreignNumbers(text: string, report: Report): string[] {
  const known = [...numbersIn(reportDigest({ ...report, accelerators: undefined }, true))];
  return [...text.matchAll(SIZE)].flatMap(([whole, digits = "", thousand]) => {
    const plain = digits.replace(/[^\d.]/g, "");
    const factors = thousand === undefined ? [1] : [1000, 1024];
    const isKnown = factors.some((factor) => known.some((value) => rounds(value / factor, plain)));
    return isKnown ? [] : [`${whole.trim()} is a number of its own: the result does not hold it`];
  });
}

/** Whether a value is written so when it is rounded to as many decimals. */
function rounds(value: number, written: string): boolean {
  const decimals = written.split(".")[1]?.length ?? 0;
  return Math.abs(value - Number(written)) <= 0.5 * 10 ** -decimals + 1e-9;
}

/** All numbers of a value, those in its texts, too. */
function* numbersIn(value: unknown): Generator<number> {
  if (typeof value === "number") yield Math.abs(value);
  else if (typeof value === "string")
    for (const [number] of value.matchAll(/\d+(?:[,]\d{3})*(?:\.\d+)?/g))
      yield Number(number.replaceAll(",", ""));
  else if (value !== null && typeof value === "object")
    for (const inner of Object.values(value)) yield* numbersIn(inner);
}
