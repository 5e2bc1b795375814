import type { Value, ValueData } from "../ort/types.ts";

/** Elements that can be reckoned with. */
export type Numbers = Exclude<ValueData, string[] | BigInt64Array | BigUint64Array>;

/** The elements as numbers, a view where they are that; undefined for text. 64-bit integers beyond 2^53 are rounded. */
export function numbersOf({ data }: Value): Numbers | undefined {
  if (Array.isArray(data)) return undefined;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float64Array.from(data, Number);
  return data;
}
