import { reason } from "../compatibility/context.ts";
import { splitProduct } from "../gpus/match.ts";
import type { GpuPool, GpuType, Inventory, ModelFacts, NodeFacts, Reason } from "../types.ts";

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
}

/** The devices of an inventory that pods can get, and why the others are left out. */
export function candidates(inventory: Inventory): { open: Candidate[]; excluded: Excluded[] } {
  const open: Candidate[] = [];
  const excluded: Excluded[] = [];
  for (const node of inventory.nodes) {
    const why = exclusion(node, inventory.tolerations);
    if (why !== undefined) excluded.push({ node: node.name, reason: why });
    else open.push(...node.pools.map((pool) => candidate(node, pool)));
  }
  return { open: open.filter(({ devices }) => devices > 0), excluded };
}

function exclusion(node: NodeFacts, tolerated: readonly string[]): Reason | undefined {
  if (!node.ready) return reason("blocks", "node-not-ready", `node ${node.name} is not ready`);
  if (!node.schedulable)
    return reason(
      "blocks",
      "node-cordoned",
      `node ${node.name} is cordoned or drained: no pods are put on it`,
    );
  const taint = node.taints.find(
    ({ key, effect }) => effect !== "PreferNoSchedule" && !tolerated.includes(key),
  );
  if (taint === undefined) return undefined;
  const written = `${taint.key}${taint.value === undefined ? "" : `=${taint.value}`}:${taint.effect}`;
  return reason(
    "blocks",
    "node-taint",
    `node ${node.name} has the taint ${written}, which the pod does not tolerate`,
  );
}

function candidate(node: NodeFacts, pool: GpuPool): Candidate {
  const share = Math.max(1, pool.replicas ?? 1);
  const free = pool.allocated === undefined ? undefined : Math.max(0, pool.allocatable - pool.allocated);
  return {
    node,
    pool,
    gpu: gpuOf(pool),
    devices: Math.floor(pool.allocatable / share),
    free: free === undefined ? undefined : Math.floor(free / share),
  };
}

/** The type with what the node itself says of its memory and capability. */
export function gpuOf({ type, memoryMiB, capability, mig, product }: GpuPool): GpuType | undefined {
  if (type === undefined) return undefined;
  const slice = mig ?? splitProduct(product).mig;
  const id = slice !== undefined && !type.id.includes("-MIG-") ? `${type.id}-MIG-${slice}` : type.id;
  return { ...type, id, memoryMiB: memoryMiB ?? type.memoryMiB, capability: capability ?? type.capability };
}

/** What the node, the quota and the image say against `gpus` devices of this candidate for the model. */
export function capacityReasons(
  { node, pool, devices, free }: Candidate,
  gpus: number,
  facts: ModelFacts,
  inventory: Inventory,
): Reason[] {
  const reasons: Reason[] = [];
  const have = (count: number): string => `${count} ${count === 1 ? "GPU" : "GPUs"}`;
  if (gpus > devices)
    reasons.push(
      reason(
        "blocks",
        "gpu-count",
        `the model asks for ${have(gpus)} in one node; ${node.name} has ${devices}`,
      ),
    );
  else if (free === undefined)
    reasons.push(
      reason(
        "unknown",
        "gpu-free-unknown",
        `how many of the GPUs of ${node.name} are free is not known: its pods could not be listed`,
      ),
    );
  else if (gpus > free)
    reasons.push(
      reason(
        "memory",
        "gpu-busy",
        `the model asks for ${have(gpus)}; of ${devices} in ${node.name}, ${free} are free`,
      ),
    );
  if (pool.replicas !== undefined && pool.replicas > 1)
    reasons.push(
      reason(
        "warning",
        "gpu-shared",
        `the GPUs of ${node.name} are shared ${pool.replicas} ways: memory is not kept apart`,
      ),
    );
  const images = facts.container?.architectures ?? [];
  if (node.architecture !== undefined && images.length > 0 && !images.includes(node.architecture))
    reasons.push(
      reason(
        "blocks",
        "image-architecture",
        `the image is built for ${images.join(", ")}; node ${node.name} is ${node.architecture}`,
      ),
    );
  return [...reasons, ...quotaReasons(pool.resource, gpus, inventory)];
}

function quotaReasons(resource: string, gpus: number, { quotas }: Inventory): Reason[] {
  return quotas
    .filter((quota) => quota.resource.replace(/^(requests|limits)\./, "") === resource)
    .filter(({ hard, used }) => used + gpus > hard)
    .map(({ name, hard, used }) =>
      reason(
        "blocks",
        "quota",
        `quota ${name} allows ${hard} of ${resource}, ${used} are used, and the model asks for ${gpus}`,
      ),
    );
}
