import type { GpuVendor } from "../gpus/types.ts";
import type { InventoryProblem, NodeFacts } from "../inventory/types.ts";
import { chooseImage } from "./runtime-images.ts";
import type { RuntimeImage } from "./types.ts";

/** The vendors of the accelerators: first who has most that a pod could get now, then most at all. */
export function vendorsOf(nodes: readonly NodeFacts[]): GpuVendor[] {
  const counts = new Map<GpuVendor, { open: number; all: number }>();
  for (const { ready, schedulable, pools } of nodes)
    for (const { vendor, allocatable, allocated } of pools) {
      if (vendor === undefined) continue;
      const { open, all } = counts.get(vendor) ?? { open: 0, all: 0 };
      const free = ready && schedulable ? allocatable - (allocated ?? 0) : 0;
      counts.set(vendor, { open: open + free, all: all + allocatable });
    }
  return [...counts].sort(([, a], [, b]) => b.open - a.open || b.all - a.all).map(([vendor]) => vendor);
}

/** One runtime is decided for; that the cluster has another for its other accelerators is told. */
export function otherRuntimes(
  images: readonly RuntimeImage[],
  chosen: RuntimeImage | undefined,
  others: readonly GpuVendor[],
): InventoryProblem[] {
  return others.flatMap((vendor) => {
    const own = chooseImage(images, vendor);
    if (own?.runtime.image === undefined || own === chosen) return [];
    return [
      {
        code: "other-runtime",
        text: `the accelerators of ${NAMES[vendor]} have a runtime of their own (${own.from}), which is not decided for`,
        hint: `To decide for them: --runtime-image ${own.runtime.image}`,
      },
    ];
  });
}

const NAMES: Readonly<Record<GpuVendor, string>> = {
  nvidia: "NVIDIA",
  amd: "AMD",
  intel: "Intel",
  gaudi: "Intel Gaudi",
  spyre: "IBM Spyre",
  tpu: "Google",
  cpu: "the CPU",
};
