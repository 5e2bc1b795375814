import type { GpuVendor } from "./types.ts";

/** Whose accelerators they are, for people. */
export const VENDOR_NAMES: Readonly<Record<GpuVendor, string>> = {
  nvidia: "NVIDIA",
  amd: "AMD",
  intel: "Intel",
  gaudi: "Intel Gaudi",
  spyre: "IBM Spyre",
  tpu: "Google TPU",
  cpu: "the CPU",
};
