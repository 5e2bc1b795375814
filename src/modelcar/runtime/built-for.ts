import type { GpuVendor } from "../gpus/types.ts";
import type { RuntimePlatform } from "./types.ts";

/** What a runtime is built for, by the maker of the device. */
export const BUILT_FOR: Readonly<Record<GpuVendor, RuntimePlatform>> = {
  nvidia: "cuda",
  amd: "rocm",
  gaudi: "gaudi",
  intel: "xpu",
  spyre: "spyre",
  tpu: "tpu",
  cpu: "cpu",
};
