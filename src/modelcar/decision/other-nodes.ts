import { pool } from "../gpus/parse.ts";
import { isGrace } from "../gpus/processor.ts";
import { GPU_TYPES } from "../gpus/table.ts";
import type { GpuType } from "../gpus/types.ts";
import type { Inventory, NodeFacts } from "../inventory/types.ts";
import type { Candidate } from "./pools.ts";

/** The inventory as it is for a node that is added, which has so many free devices; like that of a candidate where one is given. */
export function onNode(inventory: Inventory, gpu: GpuType, count: number, like?: Candidate): Inventory {
  const own = pool(gpu.name, gpu, count);
  const node: NodeFacts = {
    name: "another node",
    ready: true,
    schedulable: true,
    taints: [],
    architecture: like?.node.architecture ?? (isGrace(gpu) ? "arm64" : "amd64"),
    pools: [like === undefined ? own : { ...own, product: like.pool.product, resource: like.pool.resource }],
    ...{ ramBytes: undefined, storageBytes: undefined, instanceType: undefined },
    ...{ provider: undefined, zone: undefined },
  };
  return { ...inventory, nodes: [node] };
}

/** Sold for desks, not for servers, or made for one country's export rules. */
const NOT_OFFERED = /^(GB10|RTX-[345]090|ARC-[AB]\d+|A800-80GB|H800|H20|L20)$/;
/** Cards of workstations, and superchips, whose processors take images of their own. */
const SPECIAL = /^(RTX-|ARC-PRO|GH200)/;
/** For virtual desktops, or no longer sold. */
const OUTDATED = /^(V100|T4$|RTX-8000|A16$)/;

/**
 * What else the same vendor sells, in the order in which it is looked at: for data centers, then the rest, then the same
 * of what is older than the GPU that is there, at last what is outdated; in each the smallest first, of equal ones the newest.
 */
export function otherGpus(gpu: GpuType): GpuType[][] {
  const sold = GPU_TYPES.filter(
    ({ vendor, id }) => vendor === gpu.vendor && id !== gpu.id && !NOT_OFFERED.test(id),
  ).sort((a, b) => gigabytes(a) - gigabytes(b) || (isOlder(a, b) ? 1 : isOlder(b, a) ? -1 : 0));
  const rank = (one: GpuType): number =>
    OUTDATED.test(one.id) ? 4 : (isOlder(one, gpu) ? 2 : 0) + (SPECIAL.test(one.id) ? 1 : 0);
  return [0, 1, 2, 3, 4].map((place) => sold.filter((one) => rank(one) === place));
}

/** As they are sold: drivers tell a few MiB more or less of the same size. */
const gigabytes = ({ memoryMiB }: GpuType): number => Math.round(memoryMiB / 1024);

/** By compute capability, of other vendors by their names of generations (`gfx90a` before `gfx942`). */
const isOlder = (a: GpuType, b: GpuType): boolean =>
  a.capability !== undefined && b.capability !== undefined
    ? a.capability < b.capability
    : (a.gfx ?? a.family) < (b.gfx ?? b.family);
