import { isAtLeast } from "../runtime/version.ts";
import type { QuantizationScheme } from "./types.ts";

/** Methods that `--quantization` applies to a 16-bit checkpoint while it is loaded: what they make of it, in bits a weight. */
export const ONLINE: Readonly<Record<string, { scheme: QuantizationScheme; bits: number }>> = {
  fp8: { scheme: "w8a8-fp8", bits: 8 },
  bitsandbytes: { scheme: "bnb-4bit", bits: 4.5 },
  experts_int8: { scheme: "experts-int8", bits: 8 },
  mxfp8: { scheme: "mxfp8", bits: 8.25 },
  deepspeedfp: { scheme: "deepspeedfp", bits: 8 },
};

/**
 * Whether a GPU holds all weights in 16 bits before any is quantized: so with `fp8` up to 0.14; from 0.16 on its layers
 * are made on the meta device and quantized one by one (vllm#31914; fp8.py, Fp8OnlineLinearMethod). Undefined: the release
 * does not tell. The other methods quantize each tensor as it is read (bitsandbytes_loader.py, _unquantized_generator;
 * experts_int8.py, quantizing_weight_loader; deepspeedfp.py, ds_quantize_; mxfp8.py, Mxfp8OnlineLinearMethod).
 */
export function quantizedAfterLoading(
  method: string | undefined,
  version: string | undefined,
): boolean | undefined {
  if (method !== "fp8" || isAtLeast(version, "0.16.0") === true) return false;
  return isAtLeast(version, "0.15.0") === false ? true : undefined;
}
