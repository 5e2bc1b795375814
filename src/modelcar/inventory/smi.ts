/** A GPU, or a slice of one, as nvidia-smi tells it. */
export interface Device {
  product: string;
  /** Undefined where it shares the machine's memory (GB10), and of slices: the kind of GPU tells it then. */
  memoryMiB: number | undefined;
  usedMiB: number;
  capability: number | undefined;
  driver: string | undefined;
  /** Whether it is cut into MIG slices. */
  isSliced: boolean;
}

/** What is asked of `nvidia-smi --query-gpu`, in the order in which {@link parseSmi} reads it. */
export const SMI_FIELDS = [
  "name",
  "memory.total",
  "memory.used",
  "compute_cap",
  "driver_version",
  "mig.mode.current",
] as const;

/** Lines of `nvidia-smi --query-gpu=… --format=csv,noheader,nounits`; what is not a device is left out. */
export function parseSmi(text: string): Device[] {
  return text.split("\n").flatMap((line) => {
    const fields = line.split(",").map((field) => field.trim());
    const [product = "", total = "", used = "", capability = "", driver = "", mig = ""] = fields;
    if (product === "" || fields.length < SMI_FIELDS.length - 1) return [];
    const [, major, minor] = /^(\d+)\.(\d+)$/.exec(capability) ?? [];
    return [
      {
        product,
        memoryMiB: Number(total) > 0 ? Number(total) : undefined,
        usedMiB: Number(used) || 0,
        capability: major === undefined ? undefined : Number(major) * 10 + Number(minor),
        driver: /^\d/.test(driver) ? driver : undefined,
        isSliced: mig === "Enabled",
      },
    ];
  });
}

/**
 * The devices with those that are cut into slices replaced by these, as `nvidia-smi -L` lists them: a line for each GPU,
 * and below it one for each slice. Of a GPU in use all slices count as taken: which of them is, is not told.
 */
export function inSlices(devices: readonly Device[], listing: string): Device[] {
  const slices = new Map<number, string[]>();
  let gpu = -1;
  for (const line of listing.split("\n")) {
    gpu = Number(/^GPU (\d+):/.exec(line)?.[1] ?? gpu);
    const profile = /^\s+MIG (\S+)\s+Device\s/.exec(line)?.[1];
    if (profile !== undefined) slices.set(gpu, [...(slices.get(gpu) ?? []), profile]);
  }
  return devices.flatMap((device, at) =>
    device.isSliced
      ? (slices.get(at) ?? []).map((profile) => ({
          ...device,
          product: `${device.product}-MIG-${profile}`,
          memoryMiB: undefined,
        }))
      : [device],
  );
}
