import { numberOf } from "../../base/lenient-json.ts";
import type { QuantizationFacts, QuantizationScheme } from "./types.ts";

/** `[rows, columns]` of the blocks that share a scale; undefined: it says of none. */
export function blockSizeOf(value: unknown): QuantizationFacts["blockSize"] {
  const [rows, columns] = Array.isArray(value) ? value.map(numberOf) : [];
  return rows === undefined || columns === undefined ? undefined : [rows, columns];
}

/** Facts of a quantization of which no more than `more` is known. */
export const quantizationFacts = (
  method: string,
  scheme: QuantizationScheme,
  more: Partial<QuantizationFacts> = {},
): QuantizationFacts => ({
  method,
  scheme,
  weightBits: undefined,
  activationBits: undefined,
  groupSize: undefined,
  symmetric: undefined,
  descAct: undefined,
  blockSize: undefined,
  kvCacheDtype: undefined,
  ignored: [],
  fromName: false,
  ...more,
});
