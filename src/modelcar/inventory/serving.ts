import type { GpuVendor } from "../gpus/types.ts";
import { distinctTolerations } from "./tolerations.ts";
import type { Inventory, Serving, Toleration } from "./types.ts";

/** How pods serve on accelerators of a vendor. */
export const servingOn = (inventory: Inventory, vendor: GpuVendor | undefined): Serving =>
  (vendor && inventory.otherServing?.[vendor]) ?? inventory;

/** How pods serve on the accelerators of other vendors, where the cluster has a runtime of their own. */
export const otherServings = ({ otherServing = {} }: Inventory): (Serving & { vendor: GpuVendor })[] =>
  (Object.keys(otherServing) as GpuVendor[]).map((vendor) => ({ vendor, ...otherServing[vendor]! }));

/** With pods that tolerate more, whatever they run on. */
export const tolerating = (inventory: Inventory, more: readonly Toleration[]): Inventory =>
  everywhere(inventory, ({ tolerations }) => ({
    tolerations: distinctTolerations([...tolerations, ...more]),
  }));

/** With another release of vLLM on the accelerators of a vendor. */
export function withRelease(
  inventory: Inventory,
  vendor: GpuVendor | undefined,
  version: string | undefined,
): Inventory {
  const now = servingOn(inventory, vendor);
  return everywhere(inventory, (serving) =>
    serving === now ? { runtime: { ...serving.runtime, version } } : {},
  );
}

function everywhere(inventory: Inventory, change: (serving: Serving) => Partial<Serving>): Inventory {
  const { otherServing } = inventory;
  const others = Object.entries(otherServing ?? {}).map(([vendor, one]) => [
    vendor,
    { ...one, ...change(one) },
  ]);
  return {
    ...inventory,
    ...change(inventory),
    ...(others.length > 0 && { otherServing: Object.fromEntries(others) }),
  };
}
