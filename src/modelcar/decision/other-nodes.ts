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
const NOT_OFFERED = /^(GB10|RTX-[345]090|A800-80GB|H800|H20|L20)$/;

/** What else the same vendor sells for servers, the smallest first. */
export const largerGpus = (gpu: GpuType): GpuType[] =>
  GPU_TYPES.filter(({ vendor, id }) => vendor === gpu.vendor && id !== gpu.id && !NOT_OFFERED.test(id)).sort(
    (a, b) => a.memoryMiB - b.memoryMiB || (a.capability ?? 0) - (b.capability ?? 0),
  );
