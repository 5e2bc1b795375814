import type { ModelEntry } from "../manifest/types.ts";
import { devicesOf, type Parallel } from "../settings/devices.ts";
import { withArgument } from "../settings/edit.ts";

/** An entry over `size` GPUs a stage; `gpu_count`, where it has one, goes with it, since the pod gets no more. */
export function spread(
  entry: ModelEntry,
  parallel: Parallel,
  size: number,
): { entry: ModelEntry; devices: number; gpuCountText: string } {
  const devices = devicesOf({ ...parallel, tensorParallel: size });
  const args = withArgument(entry.args, "tensor-parallel-size", String(size));
  const isChanged = entry.gpuCount !== undefined && entry.gpuCount !== devices;
  return {
    entry: { ...entry, args, gpuCount: isChanged ? devices : entry.gpuCount },
    devices,
    gpuCountText: isChanged ? `, with gpu_count: ${devices}` : "",
  };
}
