import type { QuantizationFacts, QuantizationScheme } from "../quantization/types.ts";

/** Bits of the scale (and zero point) that a group of weights shares. */
const SCALE_BITS: Partial<Record<QuantizationScheme, number>> = {
  "awq-int4": 16 + 4,
  "gptq-int4": 16 + 4,
  "gptq-int8": 16 + 8,
  "gptq-other": 16 + 4,
  "auto-round": 16 + 4,
  w4a16: 16,
  "w8a16-int8": 16,
  "w4a8-int8": 16,
  "w4a8-fp8": 16,
  nvfp4: 8,
  "w4a16-nvfp4": 8,
  "fp-quant": 8,
  mxfp4: 8,
  "quark-mxfp4": 8,
  mxfp8: 8,
  "bnb-4bit": 32,
  hqq: 32,
};

/** Weights that a scheme keeps out of the attention: only the experts are quantized. */
export const EXPERTS_ONLY: ReadonlySet<QuantizationScheme> = new Set(["experts-int8"]);

/**
 * Bits that one quantized weight takes, its share of scales and zero points included: 4-bit AWQ in groups of 128 is
 * 4 + (16 + 4) / 128 = 4.16. Undefined when the scheme does not tell.
 */
export function storedBits(quantization: QuantizationFacts): number | undefined {
  const { weightBits, scheme, groupSize, blockSize, symmetric } = quantization;
  if (weightBits === undefined) return undefined;
  if (blockSize !== undefined) return weightBits + 32 / (blockSize[0] * blockSize[1]);
  if (groupSize === undefined) return weightBits;
  const zeroPoint = scheme === "w4a16" && symmetric === false ? weightBits : 0;
  return weightBits + ((SCALE_BITS[scheme] ?? 16) + zeroPoint) / groupSize;
}
