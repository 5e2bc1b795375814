import type { GpuVendor } from "../gpus/types.ts";
import type { Inventory, InventoryProblem, NodeFacts } from "../inventory/types.ts";
import { chooseImage } from "./runtime-images.ts";
import { type Runtimes, servingTolerations } from "./serving-tolerations.ts";
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

/** How pods serve on the accelerators of other vendors, for which the cluster has a runtime of their own. */
export function servingOfOthers(
  cluster: Runtimes,
  chosen: RuntimeImage | undefined,
  others: readonly GpuVendor[],
): { serving: Inventory["otherServing"]; problems: InventoryProblem[] } {
  const own = others.flatMap((vendor) => {
    const image = chooseImage(cluster.images, vendor);
    if (image === undefined || image === chosen) return [];
    const { tolerations, problems } = servingTolerations(cluster, {
      chosen: image,
      named: undefined,
      vendor,
    });
    return [{ vendor, serving: { runtime: image.runtime, tolerations }, problems }];
  });
  if (own.length === 0) return { serving: undefined, problems: [] };
  const serving = Object.fromEntries(own.map(({ vendor, serving }) => [vendor, serving]));
  return { serving, problems: own.flatMap(({ problems }) => problems) };
}
