import type { QuantizationScheme } from "./types.ts";

/** Methods that `--quantization` applies to a 16-bit checkpoint while it is loaded: what they make of it, in bits a weight. */
export const ONLINE: Readonly<Record<string, { scheme: QuantizationScheme; bits: number }>> = {
  fp8: { scheme: "w8a8-fp8", bits: 8 },
  bitsandbytes: { scheme: "bnb-4bit", bits: 4.5 },
  experts_int8: { scheme: "experts-int8", bits: 8 },
  mxfp8: { scheme: "mxfp8", bits: 8.25 },
  deepspeedfp: { scheme: "deepspeedfp", bits: 8 },
};
