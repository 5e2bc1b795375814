import type { ModelEntry } from "../manifest/types.ts";
import { devicesOf, type Parallel } from "../settings/devices.ts";
import { withArgument } from "../settings/edit.ts";
import { changeOf } from "./refused-edits.ts";
import type { Change } from "./types.ts";

/** An entry over so many GPUs a stage. */
export interface Spread {
  entry: ModelEntry;
  devices: number;
  change: (why: string) => Change;
}

/** `gpu_count`, where the entry has one, goes with the size, since the pod gets no more. */
export function spread(entry: ModelEntry, parallel: Parallel, size: number): Spread {
  const devices = devicesOf({ ...parallel, tensorParallel: size });
  const value = String(size);
  const isChanged = entry.gpuCount !== undefined && entry.gpuCount !== devices;
  const count = isChanged ? `, with gpu_count: ${devices}` : "";
  return {
    entry: {
      ...entry,
      args: withArgument(entry.args, "tensor-parallel-size", value),
      gpuCount: isChanged ? devices : entry.gpuCount,
    },
    devices,
    change: (why) => changeOf({ flag: "tensor-parallel-size", value, why: `${why}${count}` }),
  };
}
