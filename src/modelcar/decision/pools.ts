import { reason } from "../compatibility/context.ts";
import type { Reason } from "../compatibility/types.ts";
import { splitProduct } from "../gpus/match.ts";
import type { GpuType } from "../gpus/types.ts";
import { servingOn } from "../inventory/serving.ts";
import { taintText, tolerates } from "../inventory/tolerations.ts";
import type { GpuPool, Inventory, NodeFacts, Taint, Toleration } from "../inventory/types.ts";

/** Devices of one kind in one node that a model might be put on. */
export interface Candidate {
  node: NodeFacts;
  pool: GpuPool;
  /** Undefined: the product is not known. */
  gpu: GpuType | undefined;
  /** Whole devices that the node gives out, and those that are free; undefined when pods could not be listed. */
  devices: number;
  free: number | undefined;
}

/** What keeps pods off a node, each told by itself. */
export interface Excluded {
  node: string;
  reason: Reason;
  /** Those that nothing tolerates, when they alone keep pods off. */
  taints: Taint[];
}

/** The devices of an inventory that pods can get, and why the others are left out. */
export function candidates(inventory: Inventory): { open: Candidate[]; excluded: Excluded[] } {
  const open: Candidate[] = [];
  const excluded: Excluded[] = [];
  const tolerationsOf = ({ vendor }: GpuPool): Toleration[] => servingOn(inventory, vendor).tolerations;
  for (const node of inventory.nodes)
    for (const [tolerations, pools] of Map.groupBy(node.pools, tolerationsOf)) {
      const taints = node.taints.filter((taint) => keepsOff(taint, tolerations));
      const why = exclusion(node, taints);
      if (why !== undefined)
        excluded.push({ node: node.name, reason: why, taints: node.ready && node.schedulable ? taints : [] });
      else open.push(...pools.map((pool) => candidate(node, pool)));
    }
  return { open: open.filter(({ devices }) => devices > 0), excluded };
}

const keepsOff = (taint: Taint, tolerations: readonly Toleration[]): boolean =>
  taint.effect !== "PreferNoSchedule" && !tolerates(tolerations, taint);

function exclusion(node: NodeFacts, [taint]: readonly Taint[]): Reason | undefined {
  if (!node.ready) return reason("blocks", "node-not-ready", `node ${node.name} is not ready`);
  if (!node.schedulable)
    return reason(
      "blocks",
      "node-cordoned",
      `node ${node.name} is cordoned or drained: no pods are put on it`,
    );
  if (taint === undefined) return undefined;
  return reason(
    "blocks",
    "node-taint",
    `node ${node.name} has the taint ${taintText(taint)}, which the pod does not tolerate`,
  );
}

function candidate(node: NodeFacts, pool: GpuPool): Candidate {
  const free = pool.allocated === undefined ? undefined : Math.max(0, pool.allocatable - pool.allocated);
  return {
    node,
    pool,
    gpu: gpuOf(pool),
    devices: wholeDevices(pool.allocatable, pool),
    free: free === undefined ? undefined : wholeDevices(free, pool),
  };
}

/** Whole devices that so many of what a node gives out stand for: of shared ones each is given out several times. */
export const wholeDevices = (count: number, { replicas }: Pick<GpuPool, "replicas">): number =>
  Math.floor(count / Math.max(1, replicas ?? 1));

/** The type with what the node itself says of its memory and capability. */
function gpuOf({ type, memoryMiB, capability, mig, product }: GpuPool): GpuType | undefined {
  if (type === undefined) return undefined;
  const slice = mig ?? splitProduct(product).mig;
  const id = slice !== undefined && !type.id.includes("-MIG-") ? `${type.id}-MIG-${slice}` : type.id;
  return { ...type, id, memoryMiB: memoryMiB ?? type.memoryMiB, capability: capability ?? type.capability };
}

/** Of candidates that differ in nothing but how many devices are free, the one with most: what runs on fewer runs there. */
export function roomiest(all: readonly Candidate[]): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const candidate of all) {
    const key = sortOf(candidate);
    const held = found.get(key);
    if (held === undefined || roomOf(candidate) > roomOf(held)) found.set(key, candidate);
  }
  return [...found.values()];
}

/** Devices that a model may get of a candidate. */
export const roomOf = ({ free, devices }: Candidate): number => free ?? devices;

const sortOf = ({ node, pool, gpu, free }: Candidate): string =>
  [gpuKey(gpu), pool.resource, pool.replicas, node.architecture, free === undefined].join(" ");

/** The same for devices that are alike. */
export const gpuKey = (gpu: GpuType | undefined): string =>
  gpu === undefined ? "" : `${gpu.id} ${gpu.memoryMiB} ${gpu.capability}`;

/** The first of those that have the same key. */
export function firstOfEach<T>(all: readonly T[], keyOf: (one: T) => string): T[] {
  const found = new Map<string, T>();
  for (const one of all) {
    const key = keyOf(one);
    if (!found.has(key)) found.set(key, one);
  }
  return [...found.values()];
}
