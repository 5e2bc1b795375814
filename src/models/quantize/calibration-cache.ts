import { activationScale } from "./scales.ts";
import type { Ranges } from "./types.ts";

export interface CacheHeader {
  /** Of TensorRT, as its header has it: 8602 for 8.6.2, 100300 for 10.3.0. */
  version: number;
  algorithm: "EntropyCalibration2" | "MinMaxCalibration";
}

/** NV_TENSORRT_VERSION: major·1000 + minor·100 + patch up to TensorRT 9, major·10000 + minor·100 + patch since 10. */
export const tensorRtVersionNumber = (major: number, minor: number, patch: number): number =>
  (major >= 10 ? major * 10_000 : major * 1000) + minor * 100 + patch;

/**
 * A calibration cache for the implicit quantization of TensorRT 8 to 10: a line for each tensor, with the bits of the
 * float32 scale, max(|min|, |max|) / 127, as 8 hexadecimal digits. Sorted by name.
 */
export function calibrationCache(ranges: Ranges, { version, algorithm }: CacheHeader): string {
  const names = [...ranges.keys()].sort();
  const lines = names.map(
    (name) => `${name}: ${hexOf(activationScale(name, ranges.get(name)!, "s8-symmetric").scale)}`,
  );
  return [`TRT-${version}-${algorithm}`, ...lines, ""].join("\n");
}

function hexOf(value: number): string {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return view.getUint32(0).toString(16).padStart(8, "0");
}
