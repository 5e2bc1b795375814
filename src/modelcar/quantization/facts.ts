import type { QuantizationFacts, QuantizationScheme } from "./types.ts";

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
